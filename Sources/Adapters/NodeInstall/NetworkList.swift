public import CNISpec
public import JSON

/// The conflist by which a container runtime gives pods their addresses from Berth.
public struct NetworkList: Hashable, Sendable {
    /// A sysctl of a pod's namespace, such as `net.core.somaxconn`.
    public struct Sysctl: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The version in which the runtime and the plugins talk. An old runtime loads a list of a version that it does not know, and
    /// then fails every ADD.
    public var version = CNIVersion.v100
    /// The network's name, unique on the node. Runtimes keep what they know of a pod under it.
    public var name = Self.defaultName
    /// What the names of pods' links on the node begin with (`AWS_VPC_K8S_CNI_VETHPREFIX`).
    public var vethPrefix = NetworkConfiguration.vethPrefixDefault
    /// The MTU of pods' links in bytes (`POD_MTU`).
    public var mtu = NetworkConfiguration.mtuDefault
    /// Whether `portmap` serves the `hostPort`s of pods. CRI-O does that by itself.
    public var hasPortMappings = true
    /// Whether `bandwidth` limits pods that have the annotations for it.
    public var hasBandwidth = false
    /// Set by `tuning` in every pod; it is not in the list without any.
    public var sysctls: [Sysctl] = []

    public static let defaultName = "berth"
    /// Lists exist since CNI 0.3.0 (CNI spec 0.3.0, "Network Configuration Lists").
    public static let versions = CNIVersion.allCases.filter { $0 >= .v030 }

    public init() {}

    /// The plugins besides ours that the runtime has to find.
    public var chainedPlugins: [String] {
        (hasPortMappings ? ["portmap"] : []) + (hasBandwidth ? ["bandwidth"] : []) + (sysctls.isEmpty ? [] : ["tuning"])
    }

    /// The list as a document; the same value gives the same document.
    public var json: JSONValue {
        var plugins: [JSONValue] = [
            [
                "type": .string(NetworkConfiguration.pluginType), "vethPrefix": .string(vethPrefix), "mtu": JSONValue(mtu),
                "capabilities": ["io.kubernetes.cri.pod-annotations": true],
            ]
        ]
        if hasPortMappings { plugins.append(["type": "portmap", "snat": true, "capabilities": ["portMappings": true]]) }
        if hasBandwidth { plugins.append(["type": "bandwidth", "capabilities": ["bandwidth": true]]) }
        if !sysctls.isEmpty {
            let members = sysctls.map { JSONObject.Member(name: $0.name, value: .string($0.value)) }
            plugins.append(["type": "tuning", "sysctl": .object(JSONObject(members))])
        }
        return ["cniVersion": .string(version.rawValue), "name": .string(name), "plugins": .array(plugins)]
    }

    /// The list as it is in a file: two spaces for each level, and a line end.
    public var bytes: [UInt8] { json.indentedBytes }
}
