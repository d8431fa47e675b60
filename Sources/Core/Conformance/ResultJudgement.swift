import Addressing
public import CNISpec
public import JSON
public import NodePorts
import PodNetwork

/// Holds the result of an ADD against the specification and against the kernel.
public struct ResultJudgement: Sendable {
    public let version: CNIVersion
    /// `CNI_NETNS` and `CNI_IFNAME` of the call.
    public let netns: String
    public let ifname: String
    /// The object as it was printed.
    public let object: JSONObject
    public let result: CNIResult
    /// What the plugins before it in a chain had made, which it has to pass on; empty without a chain.
    private let earlier: CNIResult

    /// - Parameter earlier: The result of the plugin before it; nil without one.
    /// - Throws: ``MalformedResult`` for a result that cannot be read in any version.
    public init(
        of object: JSONObject, in version: CNIVersion, netns: String, ifname: String, behind earlier: CNIResult? = nil
    ) throws(MalformedResult) {
        self.version = version
        // In the words of the version: an older one cannot tell everything.
        let told = earlier.flatMap { try? $0.json(in: version) }
        if let told { self.earlier = try CNIResult(parsing: told) } else { self.earlier = CNIResult() }
        self.netns = netns
        self.ifname = ifname
        self.object = object
        result = try CNIResult(parsing: .object(object))
    }

    /// The addresses that are the plugin's own work.
    private var addresses: [CNIResult.Address] {
        result.addresses.filter { address in !earlier.addresses.contains { $0.address == address.address } }
    }

    private var routes: [CNIResult.Route] { result.routes.filter { !earlier.routes.contains($0) } }

    /// Whether the result has the members of its version, and points at the container's interface (row 21).
    public var faultsOfShape: [String] {
        var faults: [String] = []
        if object["cniVersion"]?.string != version.rawValue {
            faults.append("the result has cniVersion \(object["cniVersion"].map { "\($0)" } ?? "missing") instead of \(version)")
        }
        if addresses.isEmpty { faults.append("the result has no address") }
        for interface in earlier.interfaces where !result.interfaces.contains(interface) {
            faults.append("the interface \(interface.name) of the plugin before it is not in the result")
        }
        for address in earlier.addresses where !result.addresses.contains(address) {
            faults.append("\(address.address) of the plugin before it is not in the result, or at another interface")
        }
        return faults + (version < .v030 ? faultsOfOldShape : faultsOfListShape)
    }

    private var faultsOfOldShape: [String] {
        ["interfaces", "ips", "routes"].filter { object[$0] != nil }.map { "the result has \($0), which \(version) does not know" }
    }

    private var faultsOfListShape: [String] {
        var faults = ["ip4", "ip6"].filter { object[$0] != nil }.map { "the result has \($0), which \(version) does not know" }
        let places = result.interfaces.indices.filter { result.interfaces[$0].sandbox == netns && result.interfaces[$0].name == ifname }
        guard let place = places.first else { return faults + ["no interface \(ifname) with the sandbox \(netns) in the result"] }
        if result.interfaces[place...].contains(where: { $0.sandbox == nil }) {
            faults.append("an interface of the host comes behind the container's")
        }
        for address in addresses where address.interface != place {
            faults.append("\(address.address) points at interface \(address.interface.map(String.init) ?? "none") instead of \(place)")
        }
        let familyCount = (object["ips"]?.array ?? []).count { $0["version"] != nil }
        let expected = version < .v100 ? result.addresses.count : 0
        if familyCount != expected { faults.append("\(familyCount) of ips have a version in \(version) instead of \(expected)") }
        return faults
    }

    /// Whether addresses have the length of their prefix and a gateway that the container can reach (row 39).
    public var faultsOfAddresses: [String] {
        addresses.compactMap { address in
            guard let gateway = address.gateway else { return nil }
            let isWithin: Bool
            switch (address.address, gateway) {
            case (.v4(let own), .v4(let gateway)):
                isWithin =
                    IPv4CIDR(containing: own, prefixLength: address.prefixLength).contains(gateway)
                    || Self.linkLocal.contains(gateway)
            case (.v6(let own), .v6(let gateway)):
                isWithin =
                    IPv6CIDR(containing: own, prefixLength: address.prefixLength).contains(gateway)
                    || Self.linkLocal6.contains(gateway)
            default: isWithin = false
            }
            return isWithin ? nil : "gateway \(gateway) is neither within \(address.address)/\(address.prefixLength) nor link-local"
        }
    }

    private static let linkLocal = IPv4CIDR(containing: IPv4Address(169, 254, 0, 0), prefixLength: 16)
    private static let linkLocal6 = IPv6CIDR(containing: IPv6Address(bits: 0xfe80 << 112), prefixLength: 10)

    /// Whether the extras of 1.1.0 are told in 1.1.0, and not before (row 25).
    ///
    /// - Parameter mtuBytes: That of the link in the container.
    public func faultsOfExtras(mtuBytes: Int?) -> [String] {
        guard version < .v110 else {
            let told = result.interfaces.first { $0.sandbox == netns && $0.name == ifname }?.mtu
            return told == mtuBytes ? [] : ["mtu of \(ifname) is \(Self.text(told)) in the result and \(Self.text(mtuBytes)) in the kernel"]
        }
        let interfaces = Self.members(of: object["interfaces"], among: ["mtu", "socketPath", "pciID"])
        let routes = Self.members(of: object["routes"], among: ["mtu", "advmss", "priority", "table", "scope"])
        return (interfaces.map { "interfaces have \($0)" } + routes.map { "routes have \($0)" }).map {
            "\($0), which \(version) does not know"
        }
    }

    private static func members(of list: JSONValue?, among names: [String]) -> [String] {
        names.filter { name in (list?.array ?? []).contains { $0[name] != nil } }
    }

    private static func text(_ number: Int?) -> String { number.map(String.init) ?? "missing" }

    /// Whether the container has what the result tells (row 21).
    public func faults(against container: NamespaceContents) -> [String] {
        guard let link = container.links.first(where: { $0.name.rawValue == ifname }) else {
            return ["the container has no link \(ifname)"]
        }
        var faults = link.isUp ? [] : ["\(ifname) is down in the container"]
        let told = result.interfaces.first { $0.sandbox == netns && $0.name == ifname }?.mac
        if let told, told.lowercased() != "\(link.mac)".lowercased() {
            faults.append("\(ifname) has \(link.mac) in the container and \(told) in the result")
        }
        for address in addresses
        where !container.addresses.contains(where: {
            $0.device == link.name && $0.address == address.address && $0.prefixLength == address.prefixLength
        }) {
            faults.append("\(address.address)/\(address.prefixLength) of the result is not on \(ifname)")
        }
        for route in routes where !container.routes.contains(where: { $0.destination == route.destination }) {
            faults.append("the route to \(route.destination) of the result is not in the container")
        }
        return faults
    }

    /// Whether the result is printed as a conversion of the library would print it (row 38).
    public var faultsOfConversion: [String] {
        guard let expected = try? result.json(in: version), let again = try? CNIResult(parsing: expected) else {
            return ["the result cannot be told in \(version)"]
        }
        return again == result ? [] : ["the result holds what \(version) cannot tell"]
    }
}
