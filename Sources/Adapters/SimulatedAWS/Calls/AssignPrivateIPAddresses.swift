import Addressing
import Timeline
import VPCModel

struct AssignPrivateIPAddresses: QueryCall, Hashable {
    static let operation = EC2Operation.assignPrivateIPAddresses

    enum Wish: Hashable, Sendable {
        case addressCount(Int)
        case addresses([IPv4Address])
        case prefixCount(Int)
        case prefixes([IPv4CIDR])
    }

    var eni: ENIID
    var wish: Wish

    init(_ parameters: inout CallParameters) throws(VPCError) {
        eni = try parameters.identifier("NetworkInterfaceId")
        var wishes: [Wish] = []
        if let count = try parameters.number("SecondaryPrivateIpAddressCount") { wishes.append(.addressCount(count)) }
        if let count = try parameters.number("Ipv4PrefixCount") { wishes.append(.prefixCount(count)) }
        let addresses = try parameters.list("PrivateIpAddress") { IPv4Address($0) }
        if !addresses.isEmpty { wishes.append(.addresses(addresses)) }
        let prefixes = try parameters.list("Ipv4Prefix") { IPv4CIDR($0) }
        if !prefixes.isEmpty { wishes.append(.prefixes(prefixes)) }
        if try parameters.flag("AllowReassignment") == true {
            throw VPCError(.unsupportedOperation, "The simulated VPC does not move addresses from one network interface to another")
        }
        wish = try wishes.only("SecondaryPrivateIpAddressCount, PrivateIpAddress, Ipv4PrefixCount, Ipv4Prefix")
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        var (addresses, prefixes): ([IPv4Address], [IPv4CIDR]) = ([], [])
        switch wish {
        case .addressCount(let count): addresses = try vpc.assignAddresses(count, to: eni, at: now)
        case .addresses(let chosen): addresses = try vpc.assignAddresses(chosen, to: eni, at: now)
        case .prefixCount(let count): prefixes = try vpc.assignPrefixes(count, to: eni, at: now)
        case .prefixes(let chosen): prefixes = try vpc.assignPrefixes(chosen, to: eni, at: now)
        }
        return [
            XMLElement("networkInterfaceId", eni),
            .list("assignedPrivateIpAddressesSet", addresses.map { [XMLElement("privateIpAddress", $0)] }),
            .list("assignedIpv4PrefixSet", prefixes.map { [XMLElement("ipv4Prefix", $0)] }), .done,
        ]
    }
}

struct UnassignPrivateIPAddresses: QueryCall, Hashable {
    static let operation = EC2Operation.unassignPrivateIPAddresses

    var eni: ENIID
    var addresses: [IPv4Address]
    var prefixes: [IPv4CIDR]

    init(_ parameters: inout CallParameters) throws(VPCError) {
        eni = try parameters.identifier("NetworkInterfaceId")
        addresses = try parameters.list("PrivateIpAddress") { IPv4Address($0) }
        prefixes = try parameters.list("Ipv4Prefix") { IPv4CIDR($0) }
        guard addresses.isEmpty || prefixes.isEmpty else {
            throw VPCError(.invalidParameterCombination, "The parameters PrivateIpAddress and Ipv4Prefix cannot be used together")
        }
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.unassign(addresses: addresses, prefixes: prefixes, from: eni, at: now)
        return [.done]
    }
}

extension Array {
    /// Returns the one element of ways to say what is wanted, of which EC2 takes one in a call.
    func only(_ names: String) throws(VPCError) -> Element {
        guard let first else { throw VPCError(.missingParameter, "The request must contain one of the parameters \(names)") }
        guard count == 1 else { throw VPCError(.invalidParameterCombination, "The parameters \(names) cannot be used together") }
        return first
    }
}
