public import Addressing
public import Timeline

extension VPCModel {
    /// An ENI and what it holds.
    public struct ENI: Hashable, Sendable, Codable {
        public let id: ENIID
        public let mac: MACAddress
        public let subnet: SubnetID
        public let primaryAddress: IPv4Address
        /// Without the primary; in the order of assignment.
        public internal(set) var secondaryAddresses: [IPv4Address]
        /// Delegated /28 blocks; in the order of assignment.
        public internal(set) var prefixes: [IPv4CIDR]
        public internal(set) var securityGroups: [SecurityGroupID]
        /// Nil when the ENI is available.
        public internal(set) var attachment: Attachment?
        /// What was asked for, to tell a repeated call from another one with the same token; nil for a primary ENI.
        let creation: Creation?

        /// Address slots in use; the primary address and each prefix take one.
        public var slotsUsed: Int { 1 + secondaryAddresses.count + prefixes.count }

        /// Every address that the ENI keeps from others, those in its prefixes included.
        public var addresses: [IPv4Address] { [primaryAddress] + secondaryAddresses + prefixes.flatMap(\.addresses) }

        public func state(at now: Instant) -> State {
            guard let attachment else { return .available }
            if let detachedAt = attachment.detachedAt { return now < detachedAt ? .detaching : .available }
            return now < attachment.attachedAt ? .attaching : .attached
        }

        public enum State: Hashable, Sendable {
            case available, attaching, attached, detaching
        }

        /// What an ENI holds from the beginning besides its primary address; EC2 takes one kind in a call.
        public enum Content: Hashable, Sendable, Codable {
            case addresses(Int)
            /// /28 blocks.
            case prefixes(Int)

            var slots: Int {
                switch self {
                case .addresses(let count), .prefixes(let count): count
                }
            }
        }
    }

    struct Creation: Hashable, Sendable, Codable {
        var subnet: SubnetID
        var securityGroups: [SecurityGroupID]
        var content: ENI.Content
        var clientToken: String?
    }

    /// An ENI's place on an instance. It takes the place from the call to attach until the detachment is complete.
    public struct Attachment: Hashable, Sendable, Codable {
        public let id: ENIAttachmentID
        public let instance: InstanceID
        /// 0 is the primary ENI.
        public let deviceIndex: Int
        /// Whether the ENI ends with the instance; EC2 sets it for the primary ENI alone.
        public internal(set) var deleteOnTermination: Bool

        private let attachedAtNanoseconds: Int64
        private var detachedAtNanoseconds: Int64?

        /// When the attachment is complete.
        public var attachedAt: Instant { Instant(nanoseconds: attachedAtNanoseconds) }

        /// When the detachment is complete; nil while none was asked for.
        public internal(set) var detachedAt: Instant? {
            get { detachedAtNanoseconds.map(Instant.init(nanoseconds:)) }
            set { detachedAtNanoseconds = newValue?.nanoseconds }
        }

        init(id: ENIAttachmentID, instance: InstanceID, deviceIndex: Int, deleteOnTermination: Bool, attachedAt: Instant) {
            self.id = id
            self.instance = instance
            self.deviceIndex = deviceIndex
            self.deleteOnTermination = deleteOnTermination
            attachedAtNanoseconds = attachedAt.nanoseconds
        }
    }
}
