public import Addressing
public import IPAMEngine
import InstanceTypes
import Timeline

/// A world to run nodes in, and what happens there; with its seed it decides a run wholly.
public struct Scenario: Hashable, Sendable {
    public var seed: UInt64
    /// Nodes of one subnet and one account, each with an engine of its own; at least 1.
    public var nodes: Int
    /// The subnet of the nodes; /16 to /28.
    public var subnet: IPv4CIDR
    /// Subnets that are offered to pods by tags. With a named pool the last one is that pool's.
    public var furtherSubnets: [IPv4CIDR]
    public var namedPool: PoolName?
    public var addressing: EngineConfiguration.Addressing
    public var targets: WarmTargets
    public var limits: NodeLimits
    public var cooldown: Duration
    /// How long an ADD may wait for an address.
    public var budget: Duration
    public var churn: Churn
    /// Mean time between two changes of a node's configuration or condition; nil for none.
    public var operatorInterval: Duration?
    /// Mean time from the end of one outage of EC2 to the next, for each node; nil for none.
    public var outageInterval: Duration?
    /// Whether nodes look at their instance's metadata.
    public var readsMetadata: Bool
    public var faults: FaultRates
    /// How long pods come and faults happen. After that the world heals, all pods go, and every node has to come to rest.
    public var duration: Duration
    /// After how many events the whole state is compared with the books; 1 is after each, 0 is never.
    public var auditInterval: Int

    public init(
        seed: UInt64, nodes: Int = 1, subnet: IPv4CIDR, furtherSubnets: [IPv4CIDR] = [], namedPool: PoolName? = nil,
        addressing: EngineConfiguration.Addressing = .secondary, targets: WarmTargets = WarmTargets(), limits: NodeLimits,
        cooldown: Duration = .seconds(30), budget: Duration = .seconds(20), churn: Churn = Churn(), operatorInterval: Duration? = nil,
        outageInterval: Duration? = nil, readsMetadata: Bool = false, faults: FaultRates = .none, duration: Duration = .seconds(600),
        auditInterval: Int = 1
    ) {
        precondition(nodes >= 1, "a simulation of \(nodes) nodes has nothing to run")
        precondition(auditInterval >= 0, "an audit after \(auditInterval) events is never due")
        precondition(namedPool == nil || !furtherSubnets.isEmpty, "a named pool needs a subnet of its own")
        self.seed = seed
        self.nodes = nodes
        self.subnet = subnet
        self.furtherSubnets = furtherSubnets
        self.namedPool = namedPool
        self.addressing = addressing
        self.targets = targets
        self.limits = limits
        self.cooldown = cooldown
        self.budget = budget
        self.churn = churn
        self.operatorInterval = operatorInterval
        self.outageInterval = outageInterval
        self.readsMetadata = readsMetadata
        self.faults = faults
        self.duration = duration
        self.auditInterval = auditInterval
    }

    /// How pods come and go on each node.
    public struct Churn: Hashable, Sendable {
        /// Mean time between two pods; nil for none but those of bursts and of the trace.
        public var arrivalInterval: Duration?
        /// Mean time from a pod's ADD to its DEL.
        public var lifetime: Duration
        /// Mean time between two bursts; nil for none.
        public var burstInterval: Duration?
        /// Pods of one burst.
        public var burstSize: Int
        /// Arrivals at given moments, besides those by chance.
        public var trace: [Arrival]
        /// Mean time between two garbage collections; nil for none.
        public var garbageInterval: Duration?
        /// Share of pods whose name comes again and whose address is kept for it.
        public var stickyShare: Double
        /// Share of pods that are served before others.
        public var criticalShare: Double

        public init(
            arrivalInterval: Duration? = .seconds(5), lifetime: Duration = .seconds(60), burstInterval: Duration? = .seconds(120),
            burstSize: Int = 8, trace: [Arrival] = [], garbageInterval: Duration? = .seconds(60), stickyShare: Double = 0,
            criticalShare: Double = 0
        ) {
            precondition((arrivalInterval ?? .seconds(1)) > .zero && lifetime > .zero, "pods come and go in no time")
            self.arrivalInterval = arrivalInterval
            self.lifetime = lifetime
            self.burstInterval = burstInterval
            self.burstSize = burstSize
            self.trace = trace
            self.garbageInterval = garbageInterval
            self.stickyShare = stickyShare
            self.criticalShare = criticalShare
        }
    }

    /// Pods that come together.
    public struct Arrival: Hashable, Sendable {
        /// Since the beginning of the run.
        public var after: Duration
        public var node: Int
        public var pods: Int

        public init(after: Duration, node: Int, pods: Int) {
            self.after = after
            self.node = node
            self.pods = pods
        }
    }

    /// Between nodes; the identifiers of engines, tokens and jitter must not be shared.
    func configuration(ofNode node: Int, subnets: [SubnetID], namedPoolSubnet: SubnetID?) -> EngineConfiguration {
        var pools: [PoolName: PoolSource] = [:]
        if let namedPool, let namedPoolSubnet { pools[namedPool] = PoolSource(subnet: namedPoolSubnet) }
        let source: PoolSource =
            subnets.count > 1 ? PoolSource(.discovered(own: subnets[0], cluster: "simulated")) : PoolSource(subnet: subnets[0])
        return EngineConfiguration(
            addressing: addressing, targets: targets, limits: limits, cooldown: cooldown, source: source, namedPools: pools,
            criticalNamespaces: ["kube-system"], seed: seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(node))
    }

    var instanceType: InstanceType {
        InstanceType(
            name: "simulated", cards: limits.enisByCard, ipv4PerENI: limits.slotsPerENI + 1, ipv6PerENI: limits.slotsPerENI + 1,
            supportsIPv6: true)
    }
}
