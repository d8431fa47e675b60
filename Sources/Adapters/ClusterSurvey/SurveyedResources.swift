import JSON
import KubernetesAdapter

/// A kind of object that is listed for a plan. Each object is cut to what is read of it as it comes, which is a tenth of most.
protocol SurveyedResource: Resource {
    /// Members of `spec` that are read.
    static var specification: Set<String> { get }
}

extension SurveyedResource {
    /// What is read of an object.
    static func cut(_ object: JSONObject) -> JSONObject {
        var cut = JSONObject()
        cut["metadata"] = object["metadata"].map { .object(members($0, ["name", "namespace", "labels", "ownerReferences"])) }
        cut["spec"] = object["spec"].map { .object(members($0, specification)) }
        cut["status"] = object["status"].map { .object(members($0, ["phase", "allocatable", "capacity"])) }
        return cut
    }

    private static func members(_ value: JSONValue, _ names: Set<String>) -> JSONObject {
        JSONObject((value.object?.members ?? []).filter { names.contains($0.name) })
    }
}

enum Surveyed {
    struct Node: SurveyedResource {
        static let kind = NodeResource.kind
        static let specification: Set<String> = ["providerID", "taints"]
        var object: JSONObject
        init(_ object: JSONObject) { self.object = Self.cut(object) }
    }

    struct Pod: SurveyedResource {
        static let kind = PodResource.kind
        static let specification: Set<String> = [
            "hostNetwork", "nodeSelector", "affinity", "tolerations", "terminationGracePeriodSeconds", "containers",
        ]
        var object: JSONObject

        init(_ object: JSONObject) {
            var cut = Self.cut(object)
            if var spec = cut["spec"]?.object, let containers = spec["containers"]?.array {
                let resources = containers.map { container -> JSONValue in
                    var kept = JSONObject()
                    kept["resources"] = container["resources"]
                    return .object(kept)
                }
                spec["containers"] = .array(resources)
                cut["spec"] = .object(spec)
            }
            self.object = cut
        }
    }

    struct Deployment: SurveyedResource {
        static let kind = ResourceKind(group: "apps", version: "v1", kind: "Deployment", plural: "deployments", isNamespaced: true)
        static let specification: Set<String> = ["replicas", "template", "strategy", "minReadySeconds"]
        var object: JSONObject
        init(_ object: JSONObject) { self.object = Self.cut(object) }
    }

    struct StatefulSet: SurveyedResource {
        static let kind = ResourceKind(group: "apps", version: "v1", kind: "StatefulSet", plural: "statefulsets", isNamespaced: true)
        static let specification: Set<String> = ["replicas", "template", "updateStrategy", "minReadySeconds"]
        var object: JSONObject
        init(_ object: JSONObject) { self.object = Self.cut(object) }
    }

    struct DaemonSet: SurveyedResource {
        static let kind = ResourceKind(group: "apps", version: "v1", kind: "DaemonSet", plural: "daemonsets", isNamespaced: true)
        static let specification: Set<String> = ["template", "updateStrategy", "minReadySeconds"]
        var object: JSONObject
        init(_ object: JSONObject) { self.object = Self.cut(object) }
    }

    struct ReplicaSet: SurveyedResource {
        static let kind = ResourceKind(group: "apps", version: "v1", kind: "ReplicaSet", plural: "replicasets", isNamespaced: true)
        static let specification: Set<String> = ["replicas", "template", "minReadySeconds"]
        var object: JSONObject
        init(_ object: JSONObject) { self.object = Self.cut(object) }
    }

    struct Autoscaler: SurveyedResource {
        static let kind = ResourceKind(
            group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler", plural: "horizontalpodautoscalers", isNamespaced: true)
        static let specification: Set<String> = ["scaleTargetRef", "minReplicas", "maxReplicas"]
        var object: JSONObject
        init(_ object: JSONObject) { self.object = Self.cut(object) }
    }

    struct ENIConfig: SurveyedResource {
        static let kind = ENIConfigResource.kind
        static let specification: Set<String> = ["subnet"]
        var object: JSONObject
        init(_ object: JSONObject) { self.object = Self.cut(object) }
    }
}
