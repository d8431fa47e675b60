public import JSON

/// The configuration that the runtime sends on standard input (CNI spec 1.1.0, sections 1 and 2).
public struct NetworkConfiguration: Hashable, Sendable {
    public let version: CNIVersion
    /// The network's name, unique on the node.
    public let name: String
    /// The plugin's name in the conflist; nil where the runtime left it out.
    public let type: String?
    /// Whether another plugin makes the pod's interface and wants addresses alone: it names us as the `type` of its `ipam`
    /// section and hands its own configuration on (CNI spec 1.1.0, section 4, "Plugin Delegation").
    public let wantsAddressesAlone: Bool
    /// The plugin of others that gives the pod its addresses, as our own `ipam` section names it; nil where we give them.
    public let ipamPlugin: String?
    /// The result of the plugins before us on ADD, of the whole ADD on CHECK and DEL.
    public let previousResult: PreviousResult?
    /// What the runtime gives for the capabilities in the conflist, such as the pod's annotations.
    public let runtimeConfig: JSONObject?
    public let args: JSONObject?
    /// What the name of a host's veth begins with: 1 to 4 bytes.
    public let vethPrefix: String
    /// The MTU of the pod's link in bytes, 576 to 9001.
    public let mtu: Int
    /// The configuration as it came, with the keys that are not ours.
    public let json: JSONObject

    /// The name under which a conflist names us.
    public static let pluginType = "berth-cni"
    public static let vethPrefixDefault = "eni"
    /// The largest MTU of an ENI (EC2 user guide, "Network maximum transmission unit").
    public static let mtuDefault = 9001
    /// From the least that every IPv4 host must accept (RFC 1122, section 3.3.3) to the largest of an ENI.
    public static let mtuRange = 576...9001

    /// Checks the configuration in the order of the reference library.
    ///
    /// For DEL and GC, a `prevResult` or a key of ours that cannot be read counts as absent: what an ADD made must stay
    /// deletable when the conflist has gone bad since.
    ///
    /// - Throws: Code 6 for what cannot be decoded, 7 for the name, 1 for the version, 2 for keys of ours.
    init(_ json: JSONObject, for command: CNICommand) throws(CNIError) {
        let versionText = try Self.versionText(in: json)
        name = try Self.name(in: json)
        guard let version = CNIVersion(versionText) else { throw .incompatibleVersion(versionText) }
        guard version >= command.since else { throw .commandTooRecent(command, for: version) }
        self.version = version
        self.json = json
        type = json["type"]?.string
        let ipamType = try Self.read(json, for: command, otherwise: nil, Self.ipamType(in:))
        wantsAddressesAlone = ipamType == Self.pluginType && type != Self.pluginType
        ipamPlugin = ipamType == Self.pluginType ? nil : ipamType
        runtimeConfig = json["runtimeConfig"]?.object
        args = json["args"]?.object
        previousResult = try Self.read(json, for: command, otherwise: nil, PreviousResult.init(in:))
        // In another plugin's configuration these keys are that plugin's, or nobody's.
        let own = wantsAddressesAlone ? JSONObject() : json
        vethPrefix = try Self.read(own, for: command, otherwise: Self.vethPrefixDefault, Self.vethPrefix(in:))
        mtu = try Self.read(own, for: command, otherwise: Self.mtuDefault, Self.mtu(in:))
    }
}

/// A result that came with the request, read and as it came.
public struct PreviousResult: Hashable, Sendable {
    public let result: CNIResult
    /// With the keys that are not ours.
    public let json: JSONValue

    fileprivate init?(in configuration: JSONObject) throws(CNIError) {
        guard let json = configuration["prevResult"], !json.isNull else { return nil }
        do {
            result = try CNIResult(parsing: json)
        } catch {
            throw .undecodablePreviousResult(error)
        }
        self.json = json
    }
}

extension NetworkConfiguration {
    private static func read<Value>(
        _ json: JSONObject, for command: CNICommand, otherwise fallback: Value, _ read: (JSONObject) throws(CNIError) -> Value
    ) throws(CNIError) -> Value {
        do throws(CNIError) {
            return try read(json)
        } catch {
            guard command.isCleanup else { throw error }
            return fallback
        }
    }

    /// The text of `cniVersion`, whether or not we speak that version.
    private static func versionText(in json: JSONObject) throws(CNIError) -> String {
        guard let value = json["cniVersion"], value != "" else { return CNIVersion.unstated.rawValue }
        guard let text = value.string, CNIVersion.isWellFormed(text) else {
            throw .undecodable("cniVersion", value, expected: "a version such as \"\(CNIVersion.newest)\"")
        }
        return text
    }

    private static func name(in json: JSONObject) throws(CNIError) -> String {
        guard let value = json["name"], value != "" else { throw .missingName() }
        guard let name = value.string, CNIEnvironment.isName(name) else { throw .malformedName(value) }
        return name
    }

    /// The plugin that the section `ipam` names; nil without the section.
    private static func ipamType(in json: JSONObject) throws(CNIError) -> String? {
        guard let value = json["ipam"]?["type"], value != "", !value.isNull else { return nil }
        guard let type = value.string, Delegation.canName(type) else {
            throw .unsupportedField("ipam.type", value, supported: "\(quoted(pluginType)), or the name of a plugin in CNI_PATH")
        }
        return type
    }

    private static func vethPrefix(in json: JSONObject) throws(CNIError) -> String {
        guard let value = json["vethPrefix"], value != "", !value.isNull else { return vethPrefixDefault }
        guard let prefix = value.string, prefix.utf8.count <= 4, !["eth", "lo", "vlan"].contains(prefix), CNIEnvironment.isIfname(prefix)
        else {
            throw .unsupportedField("vethPrefix", value, supported: "a text of 1 to 4 bytes other than \"eth\", \"lo\" and \"vlan\"")
        }
        return prefix
    }

    /// The AWS VPC CNI's conflist has the MTU as a string; a number is what one would write.
    private static func mtu(in json: JSONObject) throws(CNIError) -> Int {
        guard let value = json["mtu"], value != "", !value.isNull else { return mtuDefault }
        guard let mtu = value.integer ?? value.string.flatMap({ Int($0) }), mtuRange.contains(mtu) else {
            throw .unsupportedField("mtu", value, supported: "a whole number from \(mtuRange.lowerBound) to \(mtuRange.upperBound)")
        }
        return mtu
    }
}
