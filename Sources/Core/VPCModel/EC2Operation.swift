/// The calls of EC2 that the model answers, under EC2's names; each has a token bucket of its own.
public enum EC2Operation: String, Hashable, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
    case runInstances = "RunInstances"
    case terminateInstances = "TerminateInstances"
    case describeNetworkInterfaces = "DescribeNetworkInterfaces"
    case createNetworkInterface = "CreateNetworkInterface"
    case modifyNetworkInterfaceAttribute = "ModifyNetworkInterfaceAttribute"
    case deleteNetworkInterface = "DeleteNetworkInterface"
    case attachNetworkInterface = "AttachNetworkInterface"
    case detachNetworkInterface = "DetachNetworkInterface"
    case assignPrivateIPAddresses = "AssignPrivateIpAddresses"
    case unassignPrivateIPAddresses = "UnassignPrivateIpAddresses"

    /// What an account may ask in a Region: calls in one burst, and calls a second after it (EC2 Developer Guide, "Request
    /// throttling for the Amazon EC2 API"). Describe calls are taken as filtered.
    public var publishedLimit: (burst: Int, perSecond: Int) {
        switch self {
        case .createNetworkInterface, .deleteNetworkInterface, .modifyNetworkInterfaceAttribute: (100, 5)
        case .assignPrivateIPAddresses, .unassignPrivateIPAddresses: (100, 5)
        case .attachNetworkInterface, .detachNetworkInterface: (50, 5)
        case .describeNetworkInterfaces: (100, 20)
        case .runInstances: (5, 2)
        case .terminateInstances: (100, 5)
        }
    }
}
