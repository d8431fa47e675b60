public import VPCModel

extension PlanScenario {
    /// What the account may do, and how long EC2 takes.
    public struct Cloud: Hashable, Sendable {
        /// Buckets that are not as published.
        public var buckets: [EC2Operation: Bucket]
        /// Until an address is on an ENI that is there (peers, 9.2: under a second).
        public var assignTime: Duration
        /// Until a further ENI carries pods (peers, 9.2: up to ten seconds).
        public var newENITime: Duration
        /// ENIs in the Region (VPC quotas: 5,000 unless raised).
        public var enisMax: Int
        /// ENIs of others in the Region.
        public var otherENIs: Int
        /// Network address units of the VPC (VPC quotas: 64,000 unless raised, to 256,000 at most).
        public var unitsMax: Int
        /// Network address units of others in the VPC.
        public var otherUnits: Int

        public init(
            buckets: [EC2Operation: Bucket] = [:], assignTime: Duration = .seconds(1), newENITime: Duration = .seconds(10),
            enisMax: Int = 5000, otherENIs: Int = 0, unitsMax: Int = 64_000, otherUnits: Int = 0
        ) {
            self.buckets = buckets
            self.assignTime = assignTime
            self.newENITime = newENITime
            self.enisMax = enisMax
            self.otherENIs = otherENIs
            self.unitsMax = unitsMax
            self.otherUnits = otherUnits
        }

        /// The bucket of a call: as given, or else as published.
        public func bucket(of operation: EC2Operation) -> Bucket {
            let published = operation.publishedLimit
            return buckets[operation] ?? Bucket(burst: published.burst, perSecond: published.perSecond)
        }
    }

    /// A token bucket of the account in its Region.
    public struct Bucket: Hashable, Sendable {
        /// Calls that may come at once; 1 or more.
        public var burst: Int
        /// Calls a second after them; 1 or more.
        public var perSecond: Int
        /// Of those, what others in the account use up; from 0.
        public var othersPerSecond: Double

        public init(burst: Int, perSecond: Int, othersPerSecond: Double = 0) {
            self.burst = burst
            self.perSecond = perSecond
            self.othersPerSecond = othersPerSecond
        }
    }

    /// What the plan is to be held to.
    public struct Goals: Hashable, Sendable {
        /// The share of each subnet's usable addresses that stays free whatever happens; from 0 to 0.9.
        public var headroom: Double
        /// Days in which no subnet may come to its end by its forecast; nil for no such goal.
        public var horizonDays: Int?
        /// The share of pods that may come and find nothing warm; above 0 and below 1, nil for no such goal.
        public var missProbability: Double?
        /// What 99 of 100 pods may wait for an address at most; nil for no such goal.
        public var waitP99: Duration?
        /// What an address costs; nil where none is told.
        public var addressCost: AddressCost?

        public init(
            headroom: Double = 0, horizonDays: Int? = nil, missProbability: Double? = nil, waitP99: Duration? = nil,
            addressCost: AddressCost? = nil
        ) {
            self.headroom = headroom
            self.horizonDays = horizonDays
            self.missProbability = missProbability
            self.waitP99 = waitP99
            self.addressCost = addressCost
        }

        /// Addresses of a subnet that are to stay free.
        func reserve(of space: SubnetSpace) -> Int { Int((headroom * Double(space.usable)).rounded(.up)) }
    }
}
