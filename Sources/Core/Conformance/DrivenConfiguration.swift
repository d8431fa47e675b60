public import CNISpec
public import JSON

/// The configuration under which a plugin is driven: what a runtime makes of a conflist for one of its plugins.
public struct DrivenConfiguration: Hashable, Sendable {
    /// The plugin's `type`.
    public let type: String
    /// A network of the run's own, so that its GC cannot touch the pods of the file's network.
    public let network: String
    /// The plugins before it in its list, in order; none in a configuration of its own.
    public let earlier: [DrivenConfiguration]
    private let object: JSONObject

    /// Takes a plugin's configuration, or of a list the first plugin of the type.
    ///
    /// - Parameter type: The plugin's name, which is that of its file.
    /// - Throws: ``Fault`` for a document in which no plugin's configuration is found.
    public init(parsing json: JSONValue, type: String) throws(Fault) {
        guard let document = json.object else { throw Fault(problem: "it is \(json.kind), not an object") }
        guard let name = document["name"]?.string, !name.isEmpty else { throw Fault(problem: "it has no name") }
        self.type = type
        network = "\(name)-conformance"
        guard let list = document["plugins"] else {
            (object, earlier) = (document, [])
            return
        }
        let plugins = (list.array ?? []).compactMap(\.object)
        guard let place = plugins.firstIndex(where: { $0["type"]?.string == type }) else {
            throw Fault(problem: "its plugins hold none of the type \(type)")
        }
        object = plugins[place]
        earlier = plugins[..<place].map { [network] in DrivenConfiguration($0, of: network) }
    }

    /// One of the plugins of a list.
    private init(_ object: JSONObject, of network: String) {
        type = object["type"]?.string ?? ""
        self.network = network
        self.object = object
        earlier = []
    }

    /// Why a file cannot be driven.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        public let problem: String

        public var description: String { problem }
    }

    /// Whether the plugin leaves its addresses to another one.
    public var delegatesAddresses: Bool { object["ipam"]?["type"] != nil }

    /// What is sent to the plugin: the runtime's members, and none that a runtime takes away.
    ///
    /// - Parameter version: Nil to leave `cniVersion` out.
    public func object(in version: CNIVersion?, previousResult: JSONValue? = nil) -> JSONObject {
        var sent: JSONObject = [:]
        sent["cniVersion"] = version.map { .string($0.rawValue) }
        sent["name"] = .string(network)
        sent["type"] = .string(type)
        for member in object.members where !["cniVersion", "name", "type", "capabilities", "prevResult"].contains(member.name) {
            sent[member.name] = member.value
        }
        sent["prevResult"] = previousResult
        return sent
    }

    /// The configuration of a main plugin that takes its addresses from this plugin.
    public func asIPAM(of mainPlugin: String, in version: CNIVersion) -> JSONObject {
        var own = object(in: nil)
        own["name"] = nil
        return ["cniVersion": .string(version.rawValue), "name": .string(network), "type": .string(mainPlugin), "ipam": .object(own)]
    }

    /// The configuration with another IPAM plugin, for one that delegates its addresses.
    public func object(in version: CNIVersion, ipam: String) -> JSONObject {
        var sent = object(in: version)
        sent["ipam"] = ["type": .string(ipam)]
        return sent
    }
}
