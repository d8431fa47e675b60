import Addressing
import Timeline
import VPCModel

struct CreateNetworkInterface: QueryCall, Hashable {
    static let operation = EC2Operation.createNetworkInterface

    var subnet: SubnetID
    var description: String
    var securityGroups: [SecurityGroupID]
    var content: VPCModel.ENI.Content
    var ipv6Prefixes: Int
    var tags: [String: String]
    var clientToken: String?

    init(_ parameters: inout CallParameters) throws(VPCError) {
        subnet = try parameters.identifier("SubnetId")
        description = parameters.text("Description") ?? ""
        securityGroups = try parameters.identifiers("SecurityGroupId")
        ipv6Prefixes = try parameters.number("Ipv6PrefixCount") ?? 0
        clientToken = parameters.text("ClientToken")
        tags = try TagParameters.specified(&parameters, for: "network-interface")
        let (addresses, prefixes) = (try parameters.number("SecondaryPrivateIpAddressCount"), try parameters.number("Ipv4PrefixCount"))
        switch (addresses, prefixes) {
        case (nil, let count?): content = .prefixes(count)
        case (let count, nil): content = .addresses(count ?? 0)
        case (_?, _?):
            throw VPCError(
                .invalidParameterCombination, "The parameters SecondaryPrivateIpAddressCount and Ipv4PrefixCount cannot be used together")
        }
        _ = try parameters.value("InterfaceType") { $0 == "interface" ? $0 : nil }
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        let eni = try vpc.createENI(
            in: subnet, securityGroups: securityGroups, content: content, ipv6Prefixes: ipv6Prefixes, description: description, tags: tags,
            clientToken: clientToken, at: now)
        return [XMLElement("networkInterface", of: ENIElements(eni, in: vpc, account, at: now).all)]
            + [XMLElement("clientToken", ifKnown: clientToken)].compactMap { $0 }
    }
}

struct DeleteNetworkInterface: QueryCall, Hashable {
    static let operation = EC2Operation.deleteNetworkInterface

    var eni: ENIID

    init(_ parameters: inout CallParameters) throws(VPCError) {
        eni = try parameters.identifier("NetworkInterfaceId")
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.deleteENI(eni, at: now)
        return [.done]
    }
}

extension XMLElement {
    /// What EC2 adds to the answers of calls that only say they were carried out.
    static let done = XMLElement("return", true)
}
