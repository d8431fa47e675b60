public import Addressing

/// Why each pool is as large as it is.
public struct PoolsReport: Hashable, Sendable, Codable {
    public static let schema = "berth/pools/1"

    public var schema = Self.schema
    public var pools: [Pool]

    public struct Pool: Hashable, Sendable, Codable {
        /// Nil for the node's own.
        public var name: String?
        public var card: Int
        /// IPv4 addresses, with those that are asked for and not yet there under `coming`.
        public var addresses: AddressCount
        public var coming: Int
        /// ADDs that wait for an address of the pool, and pods bound to the node that have not asked yet.
        public var waiting: Int
        public var expected: Int
        /// Free addresses that are wanted beyond those for waiting ADDs, and addresses attached that are wanted in all.
        public var freeWanted: Int
        public var attachedWanted: Int
        /// Addresses that are missing, and that could go back.
        public var short: Int
        public var over: Int
        public var enis: Int
        public var enisMax: Int
        /// What the wish follows from, in a sentence.
        public var goal: String
        /// Pods a second that came of late, and seconds that a refill takes.
        public var arrivalsPerSecond: Double
        public var refillSeconds: Double
        /// Where the next ENI can be made.
        public var subnets: [SubnetID]
        /// Why the next address cannot be had; nil when one is free.
        public var reason: StatusReport.Reason?

        public init(
            name: String?, card: Int, addresses: AddressCount, coming: Int, waiting: Int, expected: Int, freeWanted: Int,
            attachedWanted: Int, short: Int,
            over: Int, enis: Int, enisMax: Int, goal: String, arrivalsPerSecond: Double, refillSeconds: Double, subnets: [SubnetID],
            reason: StatusReport.Reason?
        ) {
            self.name = name
            self.card = card
            self.addresses = addresses
            self.coming = coming
            self.waiting = waiting
            self.expected = expected
            self.freeWanted = freeWanted
            self.attachedWanted = attachedWanted
            self.short = short
            self.over = over
            self.enis = enis
            self.enisMax = enisMax
            self.goal = goal
            self.arrivalsPerSecond = arrivalsPerSecond
            self.refillSeconds = refillSeconds
            self.subnets = subnets
            self.reason = reason
        }
    }

    public init(pools: [Pool]) {
        self.pools = pools
    }
}
