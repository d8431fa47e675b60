public import Addressing

/// What a node asks of EC2, each a question in the node's own words. A closure left unset in a test fails it by name.
public struct EC2Control: Sendable {
    /// Returns the ENIs attached to this node, with every address and prefix they hold.
    public var describeENIs: @Sendable () async throws(EC2Failure) -> [ENIDescription]
    /// Creates an ENI that already holds the wanted addresses or prefixes. Asked again with the same token, EC2 answers
    /// with the same ENI.
    public var createENI: @Sendable (ENIRequest) async throws(EC2Failure) -> ENIDescription
    /// Attaches an ENI to this node and returns when the attachment is complete, delete-on-termination set.
    public var attachENI: @Sendable (ENIID, _ deviceIndex: Int) async throws(EC2Failure) -> ENIAttachmentID
    /// Detaches an ENI and returns when it is available.
    public var detachENI: @Sendable (ENIID) async throws(EC2Failure) -> Void
    /// Deletes an ENI that is not attached.
    public var deleteENI: @Sendable (ENIID) async throws(EC2Failure) -> Void
    /// Assigns secondary addresses and returns the new ones, at most `count`.
    public var assignAddresses: @Sendable (ENIID, _ count: Int) async throws(EC2Failure) -> [IPv4Address]
    /// Assigns /28 prefixes and returns the new ones, at most `count`.
    public var assignPrefixes: @Sendable (ENIID, _ count: Int) async throws(EC2Failure) -> [IPv4CIDR]
    /// Takes secondary addresses and prefixes from an ENI.
    public var unassign: @Sendable (ENIID, _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) async throws(EC2Failure) -> Void

    public init(
        describeENIs: @escaping @Sendable () async throws(EC2Failure) -> [ENIDescription],
        createENI: @escaping @Sendable (ENIRequest) async throws(EC2Failure) -> ENIDescription,
        attachENI: @escaping @Sendable (ENIID, _ deviceIndex: Int) async throws(EC2Failure) -> ENIAttachmentID,
        detachENI: @escaping @Sendable (ENIID) async throws(EC2Failure) -> Void,
        deleteENI: @escaping @Sendable (ENIID) async throws(EC2Failure) -> Void,
        assignAddresses: @escaping @Sendable (ENIID, _ count: Int) async throws(EC2Failure) -> [IPv4Address],
        assignPrefixes: @escaping @Sendable (ENIID, _ count: Int) async throws(EC2Failure) -> [IPv4CIDR],
        unassign: @escaping @Sendable (ENIID, _ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) async throws(EC2Failure) -> Void
    ) {
        self.describeENIs = describeENIs
        self.createENI = createENI
        self.attachENI = attachENI
        self.detachENI = detachENI
        self.deleteENI = deleteENI
        self.assignAddresses = assignAddresses
        self.assignPrefixes = assignPrefixes
        self.unassign = unassign
    }
}

/// What a new ENI shall be.
public struct ENIRequest: Hashable, Sendable {
    public var subnet: SubnetID
    public var securityGroups: [SecurityGroupID]
    /// Makes the call safe to repeat; at most 64 bytes.
    public var clientToken: String
    public var content: Content

    /// What the ENI holds besides its primary address; EC2 takes one kind in a call.
    public enum Content: Hashable, Sendable {
        case addresses(Int)
        case prefixes(Int)
    }

    public init(subnet: SubnetID, securityGroups: [SecurityGroupID], clientToken: String, content: Content) {
        self.subnet = subnet
        self.securityGroups = securityGroups
        self.clientToken = clientToken
        self.content = content
    }
}

/// An ENI as EC2 describes it.
public struct ENIDescription: Hashable, Sendable, Codable {
    public var id: ENIID
    public var mac: MACAddress
    public var subnet: SubnetID
    public var subnetBlock: IPv4CIDR
    public var primaryAddress: IPv4Address
    /// Without the primary; no order.
    public var secondaryAddresses: [IPv4Address]
    /// Delegated /28 blocks; no order.
    public var prefixes: [IPv4CIDR]
    public var attachment: Attachment?

    /// Where the ENI is attached.
    public struct Attachment: Hashable, Sendable, Codable {
        public var id: ENIAttachmentID
        /// 0 is the primary ENI.
        public var deviceIndex: Int

        public init(id: ENIAttachmentID, deviceIndex: Int) {
            self.id = id
            self.deviceIndex = deviceIndex
        }
    }

    public init(
        id: ENIID, mac: MACAddress, subnet: SubnetID, subnetBlock: IPv4CIDR, primaryAddress: IPv4Address,
        secondaryAddresses: [IPv4Address] = [], prefixes: [IPv4CIDR] = [], attachment: Attachment? = nil
    ) {
        self.id = id
        self.mac = mac
        self.subnet = subnet
        self.subnetBlock = subnetBlock
        self.primaryAddress = primaryAddress
        self.secondaryAddresses = secondaryAddresses
        self.prefixes = prefixes
        self.attachment = attachment
    }
}

/// An answer of EC2 that is not what was asked for, or no answer.
public struct EC2Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// EC2's own code, such as `InsufficientCidrBlocks`; the client's for calls without an answer.
    public var code: String
    public var message: String
    /// EC2's identifier of the call; nil when there was no answer.
    public var requestID: String?

    public init(code: String, message: String, requestID: String? = nil) {
        self.code = code
        self.message = message
        self.requestID = requestID
    }

    public var description: String {
        requestID.map { "\(code): \(message) (request \($0))" } ?? "\(code): \(message)"
    }
}
