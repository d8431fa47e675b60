import CapacityPlanner
import NodeConfiguration
import Yams

// How pods come and go, and how many there may be.
extension PlanReader {
    enum LifetimesName: String, CaseIterable {
        case fixed, exponential
        case logNormal = "log-normal"
    }

    /// A word, or `{logNormalSigma: 1.5}`.
    mutating func readLifetimes(_ node: Node) -> PlanScenario.Workload.Lifetimes? {
        if node.mapping != nil {
            let fields = yaml.fields(of: node, known: ["logNormalSigma"], required: ["logNormalSigma"])
            return fields["logNormalSigma"].flatMap { yaml.number($0, "logNormalSigma", in: 0.1...3) }.map { .logNormal(sigma: $0) }
        }
        let name: LifetimesName? = yaml.choice(node, "lifetimes")
        return name.map { name in
            switch name {
            case .fixed: .fixed
            case .exponential: .exponential
            case .logNormal: .logNormal(sigma: 1)
            }
        }
    }

    mutating func readBurst(_ node: Node) -> PlanScenario.Workload.Burst? {
        let fields = yaml.fields(of: node, known: ["pods", "everySeconds"], required: ["pods", "everySeconds"])
        let pods = fields["pods"].flatMap { yaml.integer($0, "pods", in: 1...100_000) }
        let every = fields["everySeconds"].flatMap { seconds($0, "everySeconds", in: 1...1e9) }
        guard let pods, let every else { return nil }
        return PlanScenario.Workload.Burst(pods: pods, every: every)
    }

    /// What an autoscaler may make of the number of pods, which lies in between.
    mutating func readScale(_ node: Node, _ pods: Int?) -> ClosedRange<Int>? {
        let fields = yaml.fields(of: node, known: ["min", "max"], required: ["min", "max"])
        let least = fields["min"].flatMap { yaml.integer($0, "min", in: 0...Self.podsMax) }
        let most = fields["max"].flatMap { yaml.integer($0, "max", in: 1...Self.podsMax) }
        guard let least, let most else { return nil }
        guard least <= most else {
            yaml.fault(node, "an autoscaler has \(least) pods at least and \(most) at most", "Let min and max rise")
            return nil
        }
        if let pods, !(least...most).contains(pods) {
            yaml.fault(node, "there are \(pods) pods, and the autoscaler has from \(least) to \(most)", "Let pods lie in between")
        }
        return least...most
    }

    mutating func readAutoscalers(_ node: Node) -> PlanScenario.Event? {
        guard yaml.flag(node, "autoscalersAtMost") == true else { return nil }
        if !workloads.contains(where: { $0.scale != nil }) {
            yaml.fault(node, "\"autoscalersAtMost\" is true, and no workload has an autoscaler", "Give a workload hpa: {min: 3, max: 30}")
        }
        return .autoscalersAtMost
    }

    /// By default a tenth of the nodes, as Karpenter's disruption budget is (Karpenter documentation, "Disruption budgets").
    mutating func readConsolidation(_ node: Node) -> PlanScenario.Event? {
        guard node.mapping != nil else { return group(node, "consolidation").map { .consolidation(group: $0, nodes: .percent(10)) } }
        let fields = yaml.fields(of: node, known: ["nodeGroup", "nodes"], required: ["nodeGroup"])
        let name = fields["nodeGroup"].flatMap { group($0, "nodeGroup") }
        let nodes = fields["nodes"].flatMap { share($0, "nodes", countMax: Self.nodesMax) } ?? .percent(10)
        return name.map { .consolidation(group: $0, nodes: nodes) }
    }
}
