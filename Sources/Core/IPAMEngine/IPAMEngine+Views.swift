public import Addressing
public import Timeline

// What `berth status`, `berth pods` and `berth enis` show. Each view is made when it is asked for, in a stable order.
extension IPAMEngine {
    /// An allocation and how far it is.
    public struct AllocationView: Hashable, Sendable {
        public let allocation: Allocation
        public let wiring: Wiring
        /// Whether no ENI that EC2 shows has the address; it goes with its pod and is not handed out again before.
        public let isQuarantined: Bool
    }

    /// Addresses of a prefix or of an ENI by what they do.
    public struct AddressCount: Hashable, Sendable {
        public var held = 0
        public var cooling = 0
        public var free = 0
        /// Addresses that EC2 was asked to take back.
        public var leaving = 0
        /// Addresses kept from pods in general, by exclusion or reservation.
        public var barred = 0

        public init(held: Int = 0, cooling: Int = 0, free: Int = 0, leaving: Int = 0, barred: Int = 0) {
            self.held = held
            self.cooling = cooling
            self.free = free
            self.leaving = leaving
            self.barred = barred
        }
    }

    /// A delegated block and what its addresses do.
    public struct PrefixView: Hashable, Sendable {
        public let prefix: IPv4CIDR
        public let count: AddressCount
    }

    /// An ENI with what its addresses do.
    public struct ENIView: Hashable, Sendable {
        /// Without the addresses and prefixes that EC2 was asked to take back.
        public let eni: AttachedENI
        /// Whether the ENI is being detached, so that nothing of it is handed out.
        public let isLeaving: Bool
        /// Whether nothing more of it is handed out, though pods may use what it has.
        public let isDraining: Bool
        /// IPv6 addresses that are held or cool.
        public let ipv6InUse: Int
        /// Of single addresses and prefixes together.
        public let count: AddressCount
        /// In ascending order, those that are leaving included.
        public let prefixes: [PrefixView]
    }

    /// A call to EC2, or a step of an ENI's life, that is under way.
    public struct CallView: Hashable, Sendable {
        public let id: CallID
        /// What is being done, in one phrase.
        public let purpose: String
        public let since: Instant
        /// When it is tried again after a failure; nil while it is under way.
        public let retry: Instant?
    }

    /// An address that was released and is not to be handed out yet.
    public struct CoolingView: Hashable, Sendable {
        public let address: IPAddress
        public let until: Instant
        public let isLinkGone: Bool
    }

    /// What is held, by address.
    public var allocations: [AllocationView] {
        records.values.map { AllocationView(allocation: $0.allocation, wiring: $0.wiring, isQuarantined: $0.isQuarantined) }
            .sorted { $0.allocation.addresses < $1.allocation.addresses }
    }

    /// The ENIs the node uses, by device index.
    public var enis: [ENIView] {
        store.attached.map(ENIView.init).sorted { $0.eni.seat < $1.eni.seat }
    }

    /// Subnets as EC2 described them, less what the node has taken since; by their identifiers, empty before EC2 was asked.
    public var describedSubnets: [SubnetStatus] { subnets.described.values.sorted { $0.id.rawValue < $1.id.rawValue } }

    /// ADDs that wait for an address, oldest first.
    public var waitingRequests: [PodRequest] { waiting.all }

    /// Calls and steps under way, oldest first.
    public var callsInFlight: [CallView] {
        calls.entries.sorted { $0.key < $1.key }.map {
            CallView(id: $0.key, purpose: $0.value.call.purpose, since: $0.value.since, retry: $0.value.retry)
        }
    }

    /// Addresses in cooldown, by address.
    public var coolings: [CoolingView] {
        cooldowns.all.map { CoolingView(address: $0.address, until: $0.until, isLinkGone: $0.isLinkGone) }
    }
}

extension IPAMEngine.ENIView {
    fileprivate init(_ pool: ENIAddresses) {
        eni = pool.description
        isLeaving = pool.isLeaving
        isDraining = pool.presence == .draining
        ipv6InUse = pool.ipv6UseCount
        count = pool.blocks.reduce(into: IPAMEngine.AddressCount()) { $0.add($1) }
        prefixes = pool.blocks.compactMap { block in
            guard let prefix = block.prefix, !block.isVacant else { return nil }
            var count = IPAMEngine.AddressCount()
            count.add(block)
            return IPAMEngine.PrefixView(prefix: prefix, count: count)
        }.sorted { $0.prefix < $1.prefix }
    }
}

extension IPAMEngine.AddressCount {
    fileprivate mutating func add(_ block: AddressBlock) {
        held += block.held.nonzeroBitCount
        cooling += block.cooling.nonzeroBitCount
        free += block.free.nonzeroBitCount
        leaving += block.leaving.nonzeroBitCount
        barred += block.barred.nonzeroBitCount
    }
}

extension CallsInFlight.Call {
    fileprivate var purpose: String {
        switch self {
        case .describing: "describe the node's ENIs"
        case .describingSubnets: "describe the subnets"
        case .creating(let eni): "create an ENI with \(eni.content) in \(eni.subnet) for \(eni.seat)"
        case .attaching(let eni): "attach \(eni.id) at \(eni.seat)"
        case .settingUp(let eni): "set up the link of \(eni.id)"
        case .restoring(let eni): "set up the link of \(eni.id) again"
        case .assigning(let eni, let content): "assign \(content) to \(eni)"
        case .assigningIPv6(let eni): "assign a /80 to \(eni)"
        case .claiming(let eni, let address): "assign \(address) to \(eni)"
        case .unassigning(let eni, let addresses, let prefixes):
            "take \(addresses.count) addresses and \(prefixes.count) prefixes from \(eni)"
        case .detaching(let eni): "detach \(eni.id)"
        case .deleting(let eni, _): "delete \(eni)"
        }
    }
}

extension NewENI.Content: CustomStringConvertible {
    public var description: String {
        switch self {
        case .addresses(let count): "\(count) addresses"
        case .prefixes(let count): "\(count) prefixes"
        }
    }
}
