public import VPCModel

/// How long EC2 takes to answer once it has acted, by call; attaching and detaching take what the VPC's ``Physics`` say.
public struct Latencies: Hashable, Sendable {
    public var describe: Duration
    public var create: Duration
    public var delete: Duration
    /// Of addresses and prefixes, both ways.
    public var assign: Duration

    public init(
        describe: Duration = .milliseconds(10), create: Duration = .milliseconds(50), delete: Duration = .milliseconds(30),
        assign: Duration = .milliseconds(30)
    ) {
        self.describe = describe
        self.create = create
        self.delete = delete
        self.assign = assign
    }

    /// That of an operation; attaching and detaching are answered at once, before they are complete.
    public subscript(operation: EC2Operation) -> Duration {
        switch operation {
        case .describeAvailabilityZones, .describeInstances, .describeInstanceTypes, .describeNetworkInterfaces, .describeSecurityGroups,
            .describeSubnets, .describeVPCs, .getSubnetCIDRReservations:
            describe
        case .createNetworkInterface: create
        case .deleteNetworkInterface: delete
        case .assignPrivateIPAddresses, .unassignPrivateIPAddresses, .assignIPv6Addresses, .unassignIPv6Addresses: assign
        case .attachNetworkInterface, .detachNetworkInterface, .modifyNetworkInterfaceAttribute, .createTags, .deleteTags: .zero
        }
    }

    public static let none = Latencies(describe: .zero, create: .zero, delete: .zero, assign: .zero)
}
