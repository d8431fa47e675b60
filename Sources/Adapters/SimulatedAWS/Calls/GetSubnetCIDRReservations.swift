import Addressing
import Timeline
import VPCModel

/// The model has no reservations, so there are none to tell of.
struct GetSubnetCIDRReservations: QueryCall, Hashable {
    static let operation = EC2Operation.getSubnetCIDRReservations

    var subnet: SubnetID
    var page: ResultPage

    init(_ parameters: inout CallParameters) throws(VPCError) {
        subnet = try parameters.identifier("SubnetId")
        page = try ResultPage(&parameters, namesResults: false)
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.admit(Self.operation, at: now)
        let subnet = subnet
        guard vpc.subnets[subnet] != nil else {
            throw VPCError(.invalidSubnetIDNotFound, "The subnet ID '\(subnet)' does not exist")
        }
        return [.list("subnetIpv4CidrReservationSet", []), .list("subnetIpv6CidrReservationSet", [])]
    }
}
