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
        /// Delegated /80 blocks; in the order of assignment.
        public internal(set) var ipv6Prefixes: [IPv6CIDR]
        public internal(set) var securityGroups: [SecurityGroupID]
        /// Nil when the ENI is available.
        public internal(set) var attachment: Attachment?
        public internal(set) var description: String
        public internal(set) var tags: [String: String]
        let origin: Origin

        /// IPv4 address slots in use; the primary address and each /28 take one. IPv6 has slots of its own, one for each /80.
        public var slotsUsed: Int { 1 + secondaryAddresses.count + prefixes.count }

        /// Every IPv4 address that the ENI keeps from others, those in its prefixes included.
        public var addresses: [IPv4Address] { [primaryAddress] + secondaryAddresses + prefixes.flatMap(\.addresses) }

        public func state(at now: Instant) -> State {
            guard let attachment else { return .available }
            if let detachedAt = attachment.detachedAt { return now < detachedAt ? .detaching : .available }
            return now < attachment.attachedAt ? .attaching : .attached
        }

        public enum State: Hashable, Sendable {
            case available, attaching, attached, detaching
        }

        /// What an ENI holds of IPv4 from the beginning besides its primary address; EC2 takes one kind in a call.
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

    /// How an ENI came to be. Indirect, as ENIs are copied in every call and this is looked at in few.
    indirect enum Origin: Hashable, Sendable, Codable {
        /// With its instance, as the primary ENI.
        case launch
        /// What was asked for, to tell a repeated call from another one with the same token.
        case request(Creation)

        var description: String {
            switch self {
            case .launch: ""
            case .request(let creation): creation.description
            }
        }

        /// Those of the request; what became of them is told by the ENI.
        var tags: [String: String] {
            switch self {
            case .launch: [:]
            case .request(let creation): creation.tags
            }
        }

        var clientToken: String? {
            switch self {
            case .launch: nil
            case .request(let creation): creation.clientToken
            }
        }
    }

    struct Creation: Hashable, Sendable, Codable {
        var subnet: SubnetID
        var securityGroups: [SecurityGroupID]
        var content: ENI.Content
        var ipv6Prefixes: Int
        var description: String
        var tags: [String: String]
        var clientToken: String?
    }

    /// An ENI's place on an instance. It takes the place from the call to attach until the detachment is complete.
    public struct Attachment: Hashable, Sendable, Codable {
        public let id: ENIAttachmentID
        public let instance: InstanceID
        public let place: Place
        /// Whether the ENI ends with the instance; EC2 sets it for the primary ENI alone.
        public internal(set) var deleteOnTermination: Bool

        private let attachedAtNanoseconds: Int64
        private var detachedAtNanoseconds: Int64?

        public var card: Int { place.card }
        /// 0 on the default card is the primary ENI.
        public var deviceIndex: Int { place.deviceIndex }

        /// When the attachment is complete.
        public var attachedAt: Instant { Instant(nanoseconds: attachedAtNanoseconds) }

        /// When the detachment is complete; nil while none was asked for.
        public internal(set) var detachedAt: Instant? {
            get { detachedAtNanoseconds.map(Instant.init(nanoseconds:)) }
            set { detachedAtNanoseconds = newValue?.nanoseconds }
        }

        init(id: ENIAttachmentID, instance: InstanceID, place: Place, deleteOnTermination: Bool, attachedAt: Instant) {
            self.id = id
            self.instance = instance
            self.place = place
            self.deleteOnTermination = deleteOnTermination
            attachedAtNanoseconds = attachedAt.nanoseconds
        }
    }
}
