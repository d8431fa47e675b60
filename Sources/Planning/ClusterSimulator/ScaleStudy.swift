import CapacityPlanner
import Simulator
import Timeline

/// Large clusters beside each other, for people.
public struct ScaleStudy: Hashable, Sendable {
    public let runs: [ScaleRun]

    public init(_ runs: [ScaleRun]) {
        self.runs = runs
    }

    /// One line for each run, with blanks between the columns.
    public var table: String { Figures.table([Self.titles] + runs.map(\.cells), names: 1) }

    private static let titles = [
        "POLICY", "NODES", "UP AFTER", "CALLS/NODE", "REFUSED BY EC2", "WAIT P50", "P99", "PODS/H", "CALLS/H", "REFUSED BY EC2", "WAIT P99",
        "LONGEST", "ADDS FAILED", "+10% AFTER", "WAIT P99", "ADDRESSES/POD",
    ]

    /// What the columns mean and what is taken for granted, a sentence or two each.
    public static let notes = [
        "A node is an m5.xlarge (4 ENIs, 14 addresses each beside the primary one, 58 pods) in one of three zones, with "
            + "\(PlanScenario.scaledPodsPerNode) pods on average, one WARM_ENI_TARGET or WARM_PREFIX_TARGET and a cooldown of 30 s. Pods live "
            + "for an hour on average and nodes for three days, both by chance; each that goes is replaced.",
        "One account: all nodes share EC2's token buckets as AWS publishes them (CreateNetworkInterface and AttachNetworkInterface 5 a second), "
            + "and nobody else calls. Quotas of ENIs and addresses are raised beyond need; subnets have room.",
        "UP AFTER, CALLS/NODE, REFUSED BY EC2, WAIT P50, P99: every node is started, 20 a second; when all have what they keep warm, all pods "
            + "come at once; until all run and no call is under way. With --start paced nodes, and then the pods of one node after those of "
            + "another, come as fast as EC2's buckets fill pools. WAIT is from a pod's ADD to its address, of pods that got one.",
        "PODS/H, CALLS/H, REFUSED BY EC2, WAIT P99, LONGEST, ADDS FAILED: the cluster as pods and nodes come and go. ADDS FAILED are those that "
            + "the runtime was told had failed; the kubelet tries such a pod again, and its waiting begins anew.",
        "+10% AFTER, WAIT P99: a tenth more nodes at once, each with as many pods as the others; until those run.",
        "ADDRESSES/POD: the most that the cluster took of its subnets in its life, over its pods.",
        "The incumbent is the policy of the comparison (`berth simulate --compare`): its ADD fails at once where no address is free, and its one "
            + "loop does one thing at a time.",
    ]
}

extension ScaleRun {
    fileprivate var cells: [String] {
        let pods = settings.nodes * PlanScenario.scaledPodsPerNode
        func perHour(_ count: Int) -> String { Figures.fixed(Double(count) / (life.elapsed / .seconds(3600)), digits: 0) }
        return [
            settings.policy.rawValue, "\(settings.nodes)", Figures.time(comingUp.readyAfter),
            Figures.fixed(Double(comingUp.callsInAll) / Double(settings.nodes), digits: 1), comingUp.refusedShare,
            Figures.time(comingUp.waits.percentile(0.5)), Figures.time(comingUp.waits.percentile(0.99)), perHour(life.served),
            perHour(life.callsInAll), life.refusedShare, Figures.time(life.waits.percentile(0.99)), Figures.time(life.waits.longest),
            "\(life.refusals)", Figures.time(growth.readyAfter), Figures.time(growth.waits.percentile(0.99)),
            Figures.fixed(Double(life.addressesMost) / Double(pods), digits: 2),
        ]
    }
}

extension ScaleRun.Stage {
    /// Of the calls, what EC2's buckets refused.
    fileprivate var refusedShare: String {
        callsInAll == 0 ? "-" : Figures.fixed(100 * Double(throttledInAll) / Double(callsInAll), digits: 1) + "%"
    }
}
