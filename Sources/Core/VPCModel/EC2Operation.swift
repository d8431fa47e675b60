/// The calls by which nodes ask the model, under EC2's names; each has a token bucket of its own.
///
/// Those that start and end instances are not among them: one call of theirs is for any number of instances.
public enum EC2Operation: String, Hashable, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
    case describeAvailabilityZones = "DescribeAvailabilityZones"
    case describeInstances = "DescribeInstances"
    case describeInstanceTypes = "DescribeInstanceTypes"
    case describeSecurityGroups = "DescribeSecurityGroups"
    case describeSubnets = "DescribeSubnets"
    case describeVPCs = "DescribeVpcs"
    case describeNetworkInterfaces = "DescribeNetworkInterfaces"
    case getSubnetCIDRReservations = "GetSubnetCidrReservations"
    case createNetworkInterface = "CreateNetworkInterface"
    case modifyNetworkInterfaceAttribute = "ModifyNetworkInterfaceAttribute"
    case deleteNetworkInterface = "DeleteNetworkInterface"
    case attachNetworkInterface = "AttachNetworkInterface"
    case detachNetworkInterface = "DetachNetworkInterface"
    case assignPrivateIPAddresses = "AssignPrivateIpAddresses"
    case unassignPrivateIPAddresses = "UnassignPrivateIpAddresses"
    case assignIPv6Addresses = "AssignIpv6Addresses"
    case unassignIPv6Addresses = "UnassignIpv6Addresses"
    case createTags = "CreateTags"
    case deleteTags = "DeleteTags"

    /// What an account may ask in a Region: calls in one burst, and calls a second after it (EC2 Developer Guide, "Request
    /// throttling for the Amazon EC2 API"). Describe calls are taken as filtered.
    public var publishedLimit: (burst: Int, perSecond: Int) {
        switch self {
        case .createNetworkInterface, .deleteNetworkInterface, .modifyNetworkInterfaceAttribute: (100, 5)
        case .assignPrivateIPAddresses, .unassignPrivateIPAddresses, .assignIPv6Addresses: (100, 5)
        case .attachNetworkInterface, .detachNetworkInterface, .unassignIPv6Addresses: (50, 5)
        case .createTags, .deleteTags: (100, 10)
        case .describeAvailabilityZones, .describeInstances, .describeInstanceTypes, .describeNetworkInterfaces, .describeSecurityGroups,
            .describeSubnets, .describeVPCs, .getSubnetCIDRReservations:
            (100, 20)
        }
    }
}
