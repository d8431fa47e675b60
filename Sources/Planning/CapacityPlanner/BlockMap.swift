public import Addressing

/// The aligned /28 blocks of a subnet, and what keeps each from becoming a prefix.
public struct BlockMap: Hashable, Sendable {
    public let subnet: SubnetID
    public let zone: String
    public let block: IPv4CIDR
    /// Ascending and without a gap.
    public let blocks: [Block]

    public init(subnet: SubnetID, zone: String, block: IPv4CIDR, blocks: [Block]) {
        self.subnet = subnet
        self.zone = zone
        self.block = block
        self.blocks = blocks
    }

    /// Sixteen addresses that EC2 can give as one prefix.
    public struct Block: Hashable, Sendable {
        /// A /28.
        public let range: IPv4CIDR
        public let state: State
        /// The reservation that it lies in, if any.
        public let reservation: PlanScenario.Reservation.Kind?

        public init(range: IPv4CIDR, state: State, reservation: PlanScenario.Reservation.Kind? = nil) {
            self.range = range
            self.state = state
            self.reservation = reservation
        }
    }

    public enum State: Hashable, Sendable {
        case free
        /// Delegated as a prefix.
        case held(by: Holder)
        /// Single addresses lie in it; not empty, the most addresses first.
        case blocked(by: [Occupant])
    }

    /// Who has single addresses of a block.
    public struct Occupant: Hashable, Sendable {
        public let holder: Holder
        /// 1 to 16.
        public let addresses: Int

        public init(holder: Holder, addresses: Int) {
            self.holder = holder
            self.addresses = addresses
        }
    }

    public enum Holder: Hashable, Sendable {
        /// What AWS keeps of every subnet.
        case aws
        /// An ENI of one of the cluster's nodes, by its identifiers.
        case node(instance: String, eni: String)
        /// Anything else, such as a load balancer, by what EC2 says of its ENI.
        case other(String)
        /// In use, and nobody knows by whom.
        case unknown
    }
}
