import Addressing
import Timeline
import VPCModel

struct DescribeNetworkInterfaces: QueryCall, Hashable {
    static let operation = EC2Operation.describeNetworkInterfaces

    var ids: [ENIID]
    var filters: DescribeFilters
    var page: ResultPage

    init(_ parameters: inout CallParameters) throws(VPCError) {
        ids = try parameters.identifiers("NetworkInterfaceId")
        filters = try DescribeFilters(&parameters, known: ENIElements.filters)
        page = try ResultPage(&parameters, namesResults: !ids.isEmpty)
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.admit(Self.operation, at: now)
        let enis = try vpc.enis.named(ids) {
            VPCError(.invalidNetworkInterfaceIDNotFound, "The networkInterface ID '\($0)' does not exist")
        }
        let model = vpc
        let found = enis.filter { eni in filters.pass { ENIElements(eni, in: model, account, at: now).filtered } }
        return page.elements("networkInterfaceSet", found, name: \.id.rawValue) { ENIElements($0, in: model, account, at: now).all }
    }
}

extension Dictionary where Key: CloudIdentifier {
    /// Returns the values of these identifiers, or all when there are none, in the order of the identifiers.
    func named(_ ids: [Key], orRefuse refusal: (Key) -> VPCError) throws(VPCError) -> [Value] {
        if let missing = ids.first(where: { self[$0] == nil }) { throw refusal(missing) }
        let wanted = ids.isEmpty ? Set(keys) : Set(ids)
        return wanted.sorted().compactMap { self[$0] }
    }
}
