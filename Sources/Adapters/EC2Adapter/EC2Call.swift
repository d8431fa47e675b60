package import AWSClient

/// One call of the EC2 Query API: its parameters, and what its answer is read as.
package struct EC2Call<Answer: Decodable & Sendable>: Hashable, Sendable {
    package let action: EC2Action
    package var parameters: QueryParameters
    /// Whether carrying it out twice is the same as once. An assignment by count is not: the second one assigns more.
    package let isRepeatable: Bool

    init(_ action: EC2Action, isRepeatable: Bool, _ fill: (inout QueryParameters) -> Void) {
        self.action = action
        self.isRepeatable = isRepeatable
        parameters = QueryParameters(action: action.rawValue, version: "2016-11-15")
        fill(&parameters)
    }
}

/// The operations that are asked of EC2, by EC2's names.
package enum EC2Action: String, Hashable, Sendable, CaseIterable {
    case describeNetworkInterfaces = "DescribeNetworkInterfaces"
    case describeInstances = "DescribeInstances"
    case describeInstanceTypes = "DescribeInstanceTypes"
    case describeSubnets = "DescribeSubnets"
    case describeVPCs = "DescribeVpcs"
    case getSubnetCIDRReservations = "GetSubnetCidrReservations"
    case createNetworkInterface = "CreateNetworkInterface"
    case attachNetworkInterface = "AttachNetworkInterface"
    case modifyNetworkInterfaceAttribute = "ModifyNetworkInterfaceAttribute"
    case detachNetworkInterface = "DetachNetworkInterface"
    case deleteNetworkInterface = "DeleteNetworkInterface"
    case assignPrivateIPAddresses = "AssignPrivateIpAddresses"
    case unassignPrivateIPAddresses = "UnassignPrivateIpAddresses"
    case assignIPv6Addresses = "AssignIpv6Addresses"
    case unassignIPv6Addresses = "UnassignIpv6Addresses"
    case createTags = "CreateTags"

    /// Whether it changes nothing, so that one answer will do for all who ask the same.
    package var isDescribe: Bool {
        switch self {
        case .describeNetworkInterfaces, .describeInstances, .describeInstanceTypes, .describeSubnets, .describeVPCs,
            .getSubnetCIDRReservations:
            true
        case .createNetworkInterface, .attachNetworkInterface, .modifyNetworkInterfaceAttribute, .detachNetworkInterface,
            .deleteNetworkInterface, .assignPrivateIPAddresses, .unassignPrivateIPAddresses, .assignIPv6Addresses,
            .unassignIPv6Addresses, .createTags:
            false
        }
    }
}

/// A filter of a describe: any of the values will do.
package struct EC2Filter: Hashable, Sendable {
    package var name: String
    package var values: [String]

    package init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = values
    }
}
