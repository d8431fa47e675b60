import CapacityPlanner
public import IPAMEngine
public import Simulator
import Timeline
public import VPCModel

/// A large cluster that comes up at once and lives for a while, with one policy on every node.
public struct ScaleRun: Hashable, Sendable {
    public let settings: Settings
    /// All nodes are started and their pools filled, and then all pods come.
    public let comingUp: Stage
    /// Pods and nodes come and go.
    public let life: Stage
    /// A tenth more nodes at once, each with as many pods as the others.
    public let growth: Stage
    /// Events that all engines took in.
    public let engineEvents: Int

    /// How many stages there are.
    public static let stages = 3

    public struct Settings: Hashable, Sendable {
        public var policy: Policy
        /// 1 to ``PlanScenario/scaledNodesMax``.
        public var nodes: Int
        public var addressing: EngineConfiguration.Addressing
        public var start: Start
        /// How long pods and nodes come and go.
        public var life: Duration
        public var seed: UInt64

        public init(
            policy: Policy = .berth, nodes: Int, addressing: EngineConfiguration.Addressing = .secondary, start: Start = .atOnce,
            life: Duration, seed: UInt64 = 1
        ) {
            self.policy = policy
            self.nodes = nodes
            self.addressing = addressing
            self.start = start
            self.life = life
            self.seed = seed
        }
    }

    /// How a cluster comes up.
    public enum Start: String, Hashable, Sendable, CaseIterable {
        /// Twenty nodes a second, and then all pods in one moment: most calls are refused, and pods wait for hours in the largest.
        case atOnce = "at-once"
        /// Nodes, and then the pods of one node after those of another, as fast as EC2's buckets fill their pools.
        case paced
    }

    /// What decides on the nodes.
    public enum Policy: String, Hashable, Sendable, CaseIterable {
        case berth
        case incumbent = "aws-vpc-cni"
    }

    /// What happened in one stage.
    public struct Stage: Hashable, Sendable {
        public let elapsed: Duration
        /// From the stage's beginning until every node had begun, every pod had an address, and no call was under way; nil when that never was.
        public let readyAfter: Duration?
        /// From a pod's ADD until it had its address, of pods that got one.
        public let waits: Waits
        /// ADDs that the runtime was told had failed.
        public let refusals: Int
        /// Pods without an address when the stage ended.
        public let podsWaiting: Int
        /// Requests that reached EC2, refused ones among them.
        public let calls: [EC2Operation: Int]
        /// Of those, what EC2's shared buckets refused.
        public let throttled: [EC2Operation: Int]
        /// The most addresses that the cluster took of its subnets together, by samples.
        public let addressesMost: Int

        init(_ phase: SimulatedPlan.Phase, elapsed: Duration) {
            self.elapsed = elapsed
            readyAfter = phase.readyAfter
            waits = phase.waits
            refusals = phase.refusals.values.reduce(0, +)
            podsWaiting = phase.podsWaiting
            calls = phase.calls
            throttled = phase.throttled
            addressesMost = phase.samples.map { $0.subnets.values.reduce(0) { $0 + $1.demand.addresses } }.max() ?? 0
        }

        public var callsInAll: Int { calls.values.reduce(0, +) }
        public var throttledInAll: Int { throttled.values.reduce(0, +) }
        /// Pods that were given an address.
        public var served: Int { waits.count }
    }

    /// Runs the stages, one after the other.
    ///
    /// - Returns: Nil when somebody ended it.
    /// - Throws: What EC2 answers to subnets that cannot be.
    public static func run(_ settings: Settings, watch: SimulationWatch = SimulationWatch()) throws(VPCError) -> ScaleRun? {
        switch settings.policy {
        case .berth: try run(settings, with: IPAMEngine.self, watch)
        case .incumbent: try run(settings, with: IncumbentPolicy.self, watch)
        }
    }

    private static func run<Decider: NodePolicy>(
        _ settings: Settings, with: Decider.Type, _ watch: SimulationWatch
    ) throws(VPCError) -> ScaleRun? {
        // With five new ENIs a second in an account, the largest clusters take half a day to come up.
        let options = SimulationOptions(churnTime: settings.life, settleTime: .seconds(60), eventTimeMax: .seconds(7 * 24 * 3600))
        let scenario = PlanScenario.scaled(nodes: settings.nodes, addressing: settings.addressing)
        var simulation = try ClusterSimulation<Decider>(scenario, seed: settings.seed, options: options)
        var stages: [Stage] = []
        func timed(_ stage: (inout ClusterSimulation<Decider>) -> SimulatedPlan.Phase?) -> Bool {
            let began = simulation.now
            guard let phase = stage(&simulation) else { return false }
            stages.append(Stage(phase, elapsed: simulation.now - began))
            watch.progress(stages.count, Self.stages)
            return true
        }
        guard timed({ $0.start(settings.start, watch) }), timed({ $0.live(for: settings.life, watch) }),
            timed({ $0.happen(.scaleOut(group: "general", nodes: max(1, settings.nodes / 10)), watch) })
        else { return nil }
        return ScaleRun(
            settings: settings, comingUp: stages[0], life: stages[1], growth: stages[2], engineEvents: simulation.engineEvents)
    }
}

extension ClusterSimulation {
    /// Nodes, and then pods, until nothing is under way.
    fileprivate mutating func start(_ start: ScaleRun.Start, _ watch: SimulationWatch) -> SimulatedPlan.Phase? {
        beginPhase()
        startNodes(every: start == .atOnce ? .milliseconds(50) : nil)
        guard pass(until: now + options.eventTimeMax, isEnough: { $0.nodesBooting == 0 && $0.callsUnderWay == 0 }, watch) else {
            return nil
        }
        startPods(every: start == .atOnce ? .zero : nil)
        guard pass(until: now + options.eventTimeMax, isEnough: { $0.isReady && $0.callsUnderWay == 0 }, watch) else { return nil }
        return phase(nil, readyAfter: isReady ? now - phaseBegan : nil)
    }

    fileprivate mutating func live(for time: Duration, _ watch: SimulationWatch) -> SimulatedPlan.Phase? {
        beginPhase()
        startChurn()
        guard pass(until: now + time, watch) else { return nil }
        return phase(nil, readyAfter: nil)
    }
}
