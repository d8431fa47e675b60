public import JSON

/// What the VPC resource controller of EKS and a node tell each other (group and version as in aws/amazon-vpc-resource-controller-k8s,
/// apis/vpcresources/v1alpha1).
public struct CNINodeResource: Resource {
    public static let kind = ResourceKind(
        group: "vpcresources.k8s.aws", version: "v1alpha1", kind: "CNINode", plural: "cninodes", isNamespaced: false)

    public var object: JSONObject

    public init(_ object: JSONObject) { self.object = object }

    /// Something that a node has or asks for.
    public struct Feature: Hashable, Sendable {
        /// `SecurityGroupsForPods` or `CustomNetworking`.
        public var name: String
        /// For `CustomNetworking` the name of an ENIConfig.
        public var value: String

        public init(name: String, value: String = "") {
            self.name = name
            self.value = value
        }
    }

    /// Setting them keeps everything else of the object.
    public var features: [Feature] {
        get {
            (spec["features"]?.array ?? []).map { Feature(name: $0["name"]?.string ?? "", value: $0["value"]?.string ?? "") }
        }
        set {
            spec["features"] = .array(
                newValue.map { feature in
                    var object: JSONObject = ["name": .string(feature.name)]
                    if !feature.value.isEmpty { object["value"] = .string(feature.value) }
                    return .object(object)
                })
        }
    }

    /// Tags for the ENIs that the controller makes.
    public var tags: [String: String] { Self.texts(spec["tags"]) }
}
