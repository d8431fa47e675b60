public import Addressing
public import IPAMEngine
import Timeline

/// A world to run nodes in, and what happens there; with its seed it decides a run wholly.
public struct Scenario: Hashable, Sendable {
    public var seed: UInt64
    /// Nodes of one subnet and one account, each with an engine of its own; at least 1.
    public var nodes: Int
    /// /16 to /28.
    public var subnet: IPv4CIDR
    public var addressing: EngineConfiguration.Addressing
    public var targets: WarmTargets
    public var limits: NodeLimits
    public var cooldown: Duration
    /// How long an ADD may wait for an address.
    public var budget: Duration
    public var churn: Churn
    public var faults: FaultRates
    /// How long pods come and faults happen. After that the world heals, all pods go, and every node has to come to rest.
    public var duration: Duration
    /// After how many events the whole state is compared with the books; 1 is after each, 0 is never.
    public var auditInterval: Int

    public init(
        seed: UInt64, nodes: Int = 1, subnet: IPv4CIDR, addressing: EngineConfiguration.Addressing = .secondary,
        targets: WarmTargets = WarmTargets(), limits: NodeLimits, cooldown: Duration = .seconds(30), budget: Duration = .seconds(20),
        churn: Churn = Churn(), faults: FaultRates = .none, duration: Duration = .seconds(600), auditInterval: Int = 1
    ) {
        precondition(nodes >= 1, "a simulation of \(nodes) nodes has nothing to run")
        precondition(auditInterval >= 0, "an audit after \(auditInterval) events is never due")
        self.seed = seed
        self.nodes = nodes
        self.subnet = subnet
        self.addressing = addressing
        self.targets = targets
        self.limits = limits
        self.cooldown = cooldown
        self.budget = budget
        self.churn = churn
        self.faults = faults
        self.duration = duration
        self.auditInterval = auditInterval
    }

    /// How pods come and go on each node.
    public struct Churn: Hashable, Sendable {
        /// Mean time between two pods.
        public var arrivalInterval: Duration
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

        public init(
            arrivalInterval: Duration = .seconds(5), lifetime: Duration = .seconds(60), burstInterval: Duration? = .seconds(120),
            burstSize: Int = 8, trace: [Arrival] = [], garbageInterval: Duration? = .seconds(60)
        ) {
            precondition(arrivalInterval > .zero && lifetime > .zero, "pods come every \(arrivalInterval) and live for \(lifetime)")
            self.arrivalInterval = arrivalInterval
            self.lifetime = lifetime
            self.burstInterval = burstInterval
            self.burstSize = burstSize
            self.trace = trace
            self.garbageInterval = garbageInterval
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
    func configuration(ofNode node: Int, in subnet: SubnetID) -> EngineConfiguration {
        EngineConfiguration(
            addressing: addressing, targets: targets, limits: limits, cooldown: cooldown, subnet: subnet,
            seed: seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(node))
    }
}

extension Scenario {
    /// A small world chosen by the seed: mode, targets, limits, churn and the weight of each fault.
    ///
    /// Every fourth seed is audited after each event, the others after every sixth; what engines do is judged at once in all.
    public static func varied(seed: UInt64, faults: Set<Fault> = Set(Fault.allCases)) -> Scenario {
        var random = RandomSource(seed: seed ^ 0x5ce7_a210)
        let addressing: EngineConfiguration.Addressing = random.chance(0.5) ? .secondary : .prefix
        let countsAddresses = random.chance(0.5)
        let targets = WarmTargets(
            enis: random.below(3), addresses: countsAddresses ? random.number(in: 1...8) : nil,
            minimumAddresses: countsAddresses ? random.below(12) : nil, prefixes: random.below(3))
        let limits = NodeLimits(
            enis: random.number(in: 2...4), slotsPerENI: random.number(in: 2...9), maxPods: random.number(in: 8...40))
        let weights = [0, 0.02, 0.02, 0.1, 0.3]
        let shares = Fault.allCases.map { ($0, random.element(of: weights) ?? 0) }.filter { faults.contains($0.0) }
        let churn = Churn(
            // Some nodes are busy, some idle between bursts, so that they shrink as well.
            arrivalInterval: .milliseconds(random.number(in: 1...6) * (random.element(of: [1_000, 20_000]) ?? 1_000)),
            lifetime: .seconds(random.number(in: 10...90)),
            burstSize: random.number(in: 2...12), garbageInterval: .seconds(random.number(in: 20...90)))
        return Scenario(
            seed: seed, nodes: random.number(in: 1...3),
            // Wide enough that every node's ENIs and a block beside each fit once other tenants have gone.
            subnet: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: addressing == .secondary ? 24 : 21),
            addressing: addressing, targets: targets, limits: limits, cooldown: .seconds(random.number(in: 5...40)),
            budget: .seconds(random.number(in: 2...30)), churn: churn,
            faults: FaultRates(Dictionary(uniqueKeysWithValues: shares)), duration: .seconds(300),
            auditInterval: seed % 4 == 0 ? 1 : 6)
    }
}
