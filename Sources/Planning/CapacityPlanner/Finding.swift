/// Something that does not fit, or that will not for long.
public struct Finding: Hashable, Sendable {
    public let gravity: Gravity
    public let code: Code
    /// A subnet, a workload, a zone, a node group or a quota.
    public let place: String
    /// With its numbers.
    public let problem: String
    public let remedy: String
    /// The situations in which it is so, the worst first; empty where it is always so.
    public let situations: [String]

    public enum Gravity: String, Hashable, Sendable {
        /// The cluster does not fit.
        case fault
        case warning
    }

    public enum Code: String, Hashable, Sendable, CaseIterable {
        case subnetFull = "subnet-full"
        case noFreeBlocks = "no-free-blocks"
        case headroom
        case exhaustion
        case nodesFull = "nodes-full"
        case eniQuota = "eni-quota"
        case unitQuota = "nau-quota"
        case throttled
        case outage
        case zoneShare = "zone-share"
        case singleAddresses = "no-prefix-delegation"
        /// Fewer warm addresses than a goal asks for.
        case warmTarget = "warm-target"
    }
}

extension PlanScenario.Event {
    /// What is printed for it.
    public var name: String {
        switch self {
        case .rollingUpdate(let workload): "rolling-update \(workload)"
        case .nodeUpgrade(let group): "node-upgrade \(group)"
        case .blueGreen(let group): "blue-green \(group)"
        case .scaleOut(let group, let nodes): "scale-out \(group) +\(nodes)"
        case .zoneLoss(let zone): "zone-loss \(zone)"
        case .clusterUpgrade: "cluster-upgrade"
        case .outage(let duration): "ec2-outage \(duration.components.seconds)s"
        case .consolidation(let group, _): "consolidation \(group)"
        case .massRestart: "mass-restart"
        case .autoscalersAtMost: "autoscalers-at-most"
        }
    }
}
