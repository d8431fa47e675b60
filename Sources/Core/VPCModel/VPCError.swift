import Addressing

/// A refusal with EC2's own code, and a message like EC2's.
public struct VPCError: Error, Hashable, Sendable, CustomStringConvertible {
    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }

    /// EC2's error codes (EC2 API Reference, "Error codes for the Amazon EC2 API").
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case attachmentLimitExceeded = "AttachmentLimitExceeded"
        case idempotentParameterMismatch = "IdempotentParameterMismatch"
        case incorrectState = "IncorrectState"
        case insufficientCIDRBlocks = "InsufficientCidrBlocks"
        case insufficientFreeAddressesInSubnet = "InsufficientFreeAddressesInSubnet"
        case invalidAction = "InvalidAction"
        case invalidAttachmentIDNotFound = "InvalidAttachmentID.NotFound"
        case invalidAttachmentNotFound = "InvalidAttachment.NotFound"
        case invalidGroupNotFound = "InvalidGroup.NotFound"
        case invalidID = "InvalidID"
        case invalidInstanceIDNotFound = "InvalidInstanceID.NotFound"
        case invalidInstanceType = "InvalidInstanceType"
        case invalidNetworkInterfaceIDNotFound = "InvalidNetworkInterfaceID.NotFound"
        case invalidNetworkInterfaceInUse = "InvalidNetworkInterface.InUse"
        case invalidParameterCombination = "InvalidParameterCombination"
        case invalidParameterValue = "InvalidParameterValue"
        case invalidSubnetConflict = "InvalidSubnet.Conflict"
        case invalidSubnetIDNotFound = "InvalidSubnetID.NotFound"
        case invalidSubnetRange = "InvalidSubnet.Range"
        case invalidVPCIDNotFound = "InvalidVpcID.NotFound"
        case invalidVPCRange = "InvalidVpc.Range"
        case missingParameter = "MissingParameter"
        case networkInterfaceLimitExceeded = "NetworkInterfaceLimitExceeded"
        case operationNotPermitted = "OperationNotPermitted"
        case privateIPAddressLimitExceeded = "PrivateIpAddressLimitExceeded"
        case requestLimitExceeded = "RequestLimitExceeded"
        case securityGroupsPerInterfaceLimitExceeded = "SecurityGroupsPerInterfaceLimitExceeded"
        case tagLimitExceeded = "TagLimitExceeded"
        case unknownParameter = "UnknownParameter"
        case unsupportedOperation = "UnsupportedOperation"
    }
}

extension VPCError {
    static func noSuch(_ eni: ENIID) -> VPCError {
        VPCError(.invalidNetworkInterfaceIDNotFound, "The networkInterface ID '\(eni)' does not exist")
    }

    static func noSuch(_ instance: InstanceID) -> VPCError {
        VPCError(.invalidInstanceIDNotFound, "The instance ID '\(instance)' does not exist")
    }

    static func noSuch(_ subnet: SubnetID) -> VPCError {
        VPCError(.invalidSubnetIDNotFound, "The subnet ID '\(subnet)' does not exist")
    }

    static let throttled = VPCError(.requestLimitExceeded, "Request limit exceeded.")

    static let noFreeAddresses = VPCError(
        .insufficientFreeAddressesInSubnet, "The specified subnet does not have enough free addresses to satisfy the request.")

    static let noFreeBlocks = VPCError(
        .insufficientCIDRBlocks, "The specified subnet does not have enough free cidr blocks to satisfy the request.")

    /// What EC2 answers to a new ENI with prefixes in a subnet with fewer free addresses than those hold; a subnet that is only
    /// fragmented gives ``noFreeBlocks`` (cilium #31016, amazon-vpc-cni-k8s #3105).
    static let noRoomForPrefixes = VPCError(.invalidParameterValue, "There aren't sufficient free Ipv4 addresses or prefixes")

    static let tooManyAddresses = VPCError(.privateIPAddressLimitExceeded, "Number of private addresses will exceed limit.")

    /// The API reference names one code for the addresses of an ENI, whatever their family.
    static let tooManyIPv6Prefixes = VPCError(.privateIPAddressLimitExceeded, "Number of IPv6 addresses will exceed limit.")

    /// The code that EC2 has for other requests that need the subnet's IPv6 block, such as ModifySubnetAttribute; which one it
    /// has for this request it does not publish.
    static func noIPv6(in subnet: SubnetID) -> VPCError {
        VPCError(.invalidParameterValue, "The subnet (\(subnet)) has no IPv6 CIDR block associated with it.")
    }

    /// A chosen block that cannot be had.
    static func notFree(_ block: String, _ kind: String, in subnet: SubnetID) -> VPCError {
        VPCError(.invalidParameterValue, "The block \(block) is no free \(kind) of \(subnet)")
    }

    static func otherParameters(token: String) -> VPCError {
        VPCError(.idempotentParameterMismatch, "The client token '\(token)' was used before with other parameters")
    }
}
