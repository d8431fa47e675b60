import Timeline
import VPCModel

/// One operation of EC2's Query API: read from its parameters, carried out on the model, told in XML.
protocol QueryCall: Sendable {
    static var operation: EC2Operation { get }

    /// Takes what it knows of the parameters; what it leaves is refused.
    init(_ parameters: inout CallParameters) throws(VPCError)

    /// Carries the operation out and returns the elements of its answer.
    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement]
}

/// Whose cloud is simulated.
public struct SimulatedAccount: Hashable, Sendable {
    /// The account of the examples in Amazon's documentation.
    public var id = "123456789012"
    /// Such as `eu-central-1`.
    public var region: String

    public init(region: String) {
        self.region = region
    }

    /// The region of a zone such as `eu-central-1a`, whose last letter tells it from the region's others.
    public init(zone: String) {
        self.init(region: zone.last?.isLetter == true ? String(zone.dropLast()) : zone)
    }
}

/// The operations that are answered. Any other is refused, as one that EC2 does not have is.
enum QueryCalls {
    private static let all: [any QueryCall.Type] = [
        AssignIPv6Addresses.self, AssignPrivateIPAddresses.self, AttachNetworkInterface.self, CreateNetworkInterface.self, CreateTags.self,
        DeleteNetworkInterface.self, DeleteTags.self, DescribeAvailabilityZones.self, DescribeInstanceTypes.self, DescribeInstances.self,
        DescribeNetworkInterfaces.self, DescribeSecurityGroups.self, DescribeSubnets.self, DescribeVPCs.self, DetachNetworkInterface.self,
        GetSubnetCIDRReservations.self,
        ModifyNetworkInterfaceAttribute.self, UnassignIPv6Addresses.self, UnassignPrivateIPAddresses.self,
    ]
    private static let byAction = Dictionary(all.map { ($0.operation.rawValue, $0) }) { first, _ in first }

    /// Nil for an action that is not answered.
    static func named(_ action: String) -> (any QueryCall.Type)? { byAction[action] }
}
