public import JSON

/// The list of plugins that the incumbent installs for the container runtime (reference §3.1).
public struct IncumbentConflist: Hashable, Sendable {
    /// The network's name, `aws-cni`.
    public let name: String
    /// Such as `0.4.0`.
    public let version: String
    /// What the names of links begin with; nil where it is not said.
    public let vethPrefix: String?
    /// `strict` or `standard`; nil where it is not said.
    public let securityGroupMode: String?
    /// The types of the plugins behind the first.
    public let chained: [String]
    /// Whether `egress-cni` is in the list and told to do something.
    public let hasEgress: Bool
    public let json: JSONObject

    /// The largest file that is read, in bytes.
    public static let bytesMax = 256 << 10
    /// The name of the incumbent's plugin, under which ours is placed too.
    public static let pluginType = "aws-cni"
    static let egressType = "egress-cni"

    /// - Throws: ``Fault`` for what is no list of plugins of which the first is the incumbent's.
    public init(json bytes: [UInt8]) throws(Fault) {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(parsing: bytes, bytesMax: Self.bytesMax)
        } catch {
            throw Fault(problem: "it is not JSON: \(error)")
        }
        guard let object = document.object, let plugins = document["plugins"]?.array, let first = plugins.first else {
            throw Fault(problem: "it has no list of plugins")
        }
        guard first["type"]?.string == Self.pluginType else {
            throw Fault(
                problem: "its first plugin is \(first["type"]?.string.map { "\"\($0)\"" } ?? "unnamed"), not \"\(Self.pluginType)\"")
        }
        guard let name = document["name"]?.string, !name.isEmpty else { throw Fault(problem: "it has no name") }
        self.name = name
        version = document["cniVersion"]?.string ?? ""
        vethPrefix = first["vethPrefix"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        securityGroupMode = first["podSGEnforcingMode"]?.string
        chained = plugins.dropFirst().map { $0["type"]?.string ?? "" }
        hasEgress = plugins.contains { $0["type"]?.string == Self.egressType && $0["enabled"]?.string == "true" }
        json = object
    }

    public struct Fault: Error, Hashable, Sendable {
        public let problem: String
    }

    /// Whether the list is one that ``adopted(socket:)`` gave.
    public var isAdopted: Bool { json["plugins"]?.array?.first?["berthSocket"] != nil }

    /// Types of plugins that every node has, from the CNI project's release that the incumbent installs.
    static let usualTypes: Set<String> = ["portmap", "bandwidth", "tuning"]

    /// The list for the same network with our plugin behind the incumbent's name.
    ///
    /// Name, type and version stay: the runtime keeps the results of running pods under the network's name, gives them back at DEL, and
    /// the incumbent finds its allocations by it after a roll-back. An `egress-cni` that does nothing is left out.
    ///
    /// - Parameter socket: Where the daemon listens. It is always said, which tells the list from the incumbent's own.
    public func adopted(socket: String) -> JSONObject {
        var plugins = (json["plugins"]?.array ?? []).filter { hasEgress || $0["type"]?.string != Self.egressType }
        if var first = plugins.first?.object {
            first["berthSocket"] = .string(socket)
            plugins[0] = .object(first)
        }
        var list = json
        list["plugins"] = .array(plugins)
        return list
    }
}
