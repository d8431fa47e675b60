import Addressing
import Timeline
import VPCModel

/// Prefixes alone: the model's ENIs have no single IPv6 addresses.
struct AssignIPv6Addresses: QueryCall, Hashable {
    static let operation = EC2Operation.assignIPv6Addresses

    enum Wish: Hashable, Sendable {
        case prefixCount(Int)
        case prefixes([IPv6CIDR])
    }

    var eni: ENIID
    var wish: Wish

    init(_ parameters: inout CallParameters) throws(VPCError) {
        eni = try parameters.identifier("NetworkInterfaceId")
        var wishes: [Wish] = []
        if let count = try parameters.number("Ipv6PrefixCount") { wishes.append(.prefixCount(count)) }
        let prefixes = try parameters.list("Ipv6Prefix") { IPv6CIDR($0) }
        if !prefixes.isEmpty { wishes.append(.prefixes(prefixes)) }
        // Single addresses are told to be unknown, rather than that a prefix is missing.
        if wishes.isEmpty { try parameters.finish() }
        wish = try wishes.only("Ipv6PrefixCount, Ipv6Prefix")
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        let prefixes: [IPv6CIDR]
        switch wish {
        case .prefixCount(let count): prefixes = try vpc.assignIPv6Prefixes(count, to: eni, at: now)
        case .prefixes(let chosen): prefixes = try vpc.assignIPv6Prefixes(chosen, to: eni, at: now)
        }
        return [
            XMLElement("networkInterfaceId", eni), .list("assignedIpv6Addresses", []), .texts("assignedIpv6PrefixSet", prefixes),
        ]
    }
}

struct UnassignIPv6Addresses: QueryCall, Hashable {
    static let operation = EC2Operation.unassignIPv6Addresses

    var eni: ENIID
    var prefixes: [IPv6CIDR]

    init(_ parameters: inout CallParameters) throws(VPCError) {
        eni = try parameters.identifier("NetworkInterfaceId")
        prefixes = try parameters.list("Ipv6Prefix") { IPv6CIDR($0) }
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.unassignIPv6Prefixes(prefixes, from: eni, at: now)
        return [
            XMLElement("networkInterfaceId", eni), .list("unassignedIpv6Addresses", []), .texts("unassignedIpv6PrefixSet", prefixes),
        ]
    }
}
