public import Addressing
public import CapacityPlanner
public import Simulator
public import VPCModel

/// What came of a plan's cluster when it ran with the daemon's engine in virtual time, once for each seed.
public struct SimulatedPlan: Hashable, Sendable {
    public let scenario: PlanScenario
    /// By seed; not empty. Fewer than were asked for when somebody ended the run before its time.
    public let runs: [Run]
    /// How many were asked for.
    public let seedsAsked: Int

    public init(scenario: PlanScenario, runs: [Run], seedsAsked: Int) {
        precondition(!runs.isEmpty, "a simulated plan without a run says nothing")
        self.scenario = scenario
        self.runs = runs
        self.seedsAsked = seedsAsked
    }

    /// The cluster with one seed: how it came up and lived, and from there each event by itself.
    public struct Run: Hashable, Sendable {
        public let seed: UInt64
        /// The cluster from its first node on, and then at rest or in its churn.
        public let steady: Phase
        /// In the scenario's order, each from where ``steady`` ended.
        public let events: [Phase]

        public init(seed: UInt64, steady: Phase, events: [Phase]) {
            self.seed = seed
            self.steady = steady
            self.events = events
        }
    }

    /// What happened from one moment on.
    public struct Phase: Hashable, Sendable {
        /// Nil for the cluster when nothing happens.
        public let event: PlanScenario.Event?
        /// At even steps of time, the first at the phase's beginning.
        public let samples: [Sample]
        /// The most that each subnet gave at any moment, between two samples as well; addresses first, blocks of that moment.
        public let peaks: [SubnetID: AddressDemand]
        /// The same moments of each subnet, with what was made of it.
        public let peakUses: [SubnetID: Peak]
        /// From a pod's ADD until it had its address, of pods that got one.
        public let waits: Waits
        /// ADDs that the runtime was told had failed, by the reason's code.
        public let refusals: [String: Int]
        /// Pods that had been without a node, or without an address, for half a minute when the phase ended.
        public let podsWaiting: Int
        /// Requests that reached EC2, refused ones among them.
        public let calls: [EC2Operation: Int]
        /// Of those, what EC2's shared buckets refused.
        public let throttled: [EC2Operation: Int]
        /// From the phase's beginning until every pod and node ran that came with it; nil when that never was. Those that come and go all
        /// the time are not waited for in an event once it is over.
        public let readyAfter: Duration?

        public init(
            event: PlanScenario.Event?, samples: [Sample], peaks: [SubnetID: AddressDemand],
            peakUses: [SubnetID: Peak] = [:], waits: Waits, refusals: [String: Int],
            podsWaiting: Int, calls: [EC2Operation: Int], throttled: [EC2Operation: Int], readyAfter: Duration?
        ) {
            self.event = event
            self.samples = samples
            self.peaks = peaks
            self.peakUses = peakUses
            self.waits = waits
            self.refusals = refusals
            self.podsWaiting = podsWaiting
            self.calls = calls
            self.throttled = throttled
            self.readyAfter = readyAfter
        }
    }

    /// The moment at which most of a subnet was given, and what was made of it.
    public struct Peak: Hashable, Sendable {
        public var demand = AddressDemand()
        /// Since the phase began.
        public var after = Duration.zero
        /// Addresses of pods that are wanted.
        public var running = 0
        /// Addresses of pods that end, within their grace.
        public var ending = 0
        /// Addresses in cooldown.
        public var cooling = 0

        /// Addresses on ENIs that nobody has.
        public var warm: Int { max(0, demand.addresses - demand.enis - running - ending - cooling) }
    }

    /// The cluster at one moment.
    public struct Sample: Hashable, Sendable {
        /// Since the phase began.
        public let after: Duration
        public let nodes: Int
        /// Pods that have an address.
        public let pods: Int
        /// Pods that are wanted and have none.
        public let waiting: Int
        public let subnets: [SubnetID: SubnetSample]

        public init(after: Duration, nodes: Int, pods: Int, waiting: Int, subnets: [SubnetID: SubnetSample]) {
            self.after = after
            self.nodes = nodes
            self.pods = pods
            self.waiting = waiting
            self.subnets = subnets
        }
    }

    /// A subnet at one moment, by EC2's own books.
    public struct SubnetSample: Hashable, Sendable {
        /// What the cluster holds of it.
        public let demand: AddressDemand
        /// Addresses that can still be given.
        public let freeAddresses: Int
        /// Wholly free /28 blocks.
        public let freeBlocks: Int

        public init(demand: AddressDemand, freeAddresses: Int, freeBlocks: Int) {
            self.demand = demand
            self.freeAddresses = freeAddresses
            self.freeBlocks = freeBlocks
        }

        /// 0 when all free addresses lie in whole blocks, 1 when no block is left (formula 32); 0 when nothing is free.
        public var fragmentation: Double { freeAddresses == 0 ? 0 : max(0, 1 - Double(16 * freeBlocks) / Double(freeAddresses)) }
    }
}
