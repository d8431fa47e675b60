import Addressing
public import IPAMEngine
import Timeline
public import VPCModel

/// Berth's engine and the incumbent's policy, asked the same.
///
/// Each pod of a trace has its node, its beginning and its end before any policy runs, so that all are asked for the same
/// addresses at the same moments.
public struct Comparison: Hashable, Sendable {
    /// One world that all policies are run in.
    public struct Trial: Hashable, Sendable, CaseIterable {
        public let unit: EngineConfiguration.Addressing.Unit
        public let workload: Workload
        public let room: Room

        public static let allCases = EngineConfiguration.Addressing.Unit.allCases.flatMap { unit in
            Workload.allCases.flatMap { workload in Room.allCases.map { Trial(unit: unit, workload: workload, room: $0) } }
        }
    }

    /// How large the subnet is for all nodes.
    public enum Room: String, Hashable, Sendable, CaseIterable {
        /// 254 whole /28 blocks at first: nobody runs out.
        case ample = "/20"
        /// 62 blocks, less those with the nodes' own addresses: fewer than the targets would take.
        case scarce = "/22"

        var subnet: IPv4CIDR { IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: self == .ample ? 20 : 22) }
    }

    /// Who decides.
    public enum Contender: String, Hashable, Sendable, CaseIterable {
        case incumbent = "aws-vpc-cni"
        /// With the incumbent's targets.
        case berth
        /// With the target that follows what is observed.
        case berthAutomatic = "berth, auto"
    }

    /// What one policy made of one trial.
    public struct Outcome: Hashable, Sendable {
        public let trial: Trial
        public let contender: Contender
        public let use: PoolUse
    }

    public let outcomes: [Outcome]

    public static let nodes = 20
    public static let podsPerNode = 20
    public static let hours = 4
    /// What a job of the load with rolls starts at once.
    static let jobPodsPerNode = 16
    static let seed: UInt64 = 1

    /// Runs every trial with every policy; takes seconds.
    ///
    /// - Throws: What the simulation throws.
    public init() throws(VPCError) {
        var outcomes: [Outcome] = []
        for trial in Trial.allCases {
            for contender in Contender.allCases { outcomes.append(try Outcome(trial, contender)) }
        }
        self.outcomes = outcomes
    }

    /// Of outcomes that were found one by one, such as by several cores.
    public init(_ outcomes: [Outcome]) {
        self.outcomes = outcomes
    }
}

extension Comparison.Trial {
    /// An m5.xlarge: four ENIs with fourteen addresses each beside the primary one; 58 pods by its addresses.
    static let limits = NodeLimits(enis: 4, slotsPerENI: 14, maxPods: 58)

    func scenario(_ targets: WarmTargets) -> Scenario {
        Scenario(
            seed: Comparison.seed, nodes: Comparison.nodes, subnet: room.subnet, addressing: .ipv4(unit), targets: targets,
            limits: Self.limits,
            budget: .seconds(60), churn: Scenario.Churn(arrivalInterval: nil, burstInterval: nil, garbageInterval: nil),
            duration: .seconds(Comparison.hours * 3600), auditInterval: 0)
    }

    /// The pods of the trial, by their beginning.
    var pods: [TracedPod] {
        workload.pods(
            nodes: Comparison.nodes, podsPerNode: Comparison.podsPerNode, maxPods: Self.limits.maxPods,
            duration: .seconds(Comparison.hours * 3600), seed: Comparison.seed)
    }
}

extension Comparison.Outcome {
    /// Runs one trial with one policy.
    ///
    /// - Throws: What the simulation throws.
    public init(_ trial: Comparison.Trial, _ contender: Comparison.Contender) throws(VPCError) {
        self.trial = trial
        self.contender = contender
        let pods = trial.pods
        use =
            switch contender {
            case .incumbent: try Simulation<IncumbentPolicy>.follow(pods, in: trial.scenario(WarmTargets()))
            case .berth: try Simulation<IPAMEngine>.follow(pods, in: trial.scenario(WarmTargets()))
            case .berthAutomatic: try Simulation<IPAMEngine>.follow(pods, in: trial.scenario(WarmTargets(auto: AutoTarget())))
            }
    }
}
