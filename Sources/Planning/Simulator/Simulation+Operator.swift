import Addressing
import IPAMEngine
import Timeline

// Those who run the cluster: they change how a node is to work while its pods run.
extension Simulation {
    mutating func beginOperation(of node: Int) {
        guard let interval = scenario.operatorInterval else { return }
        agenda.add(.operate(node), at: now + random.exponential(mean: interval))
    }

    mutating func operate(_ node: Int) {
        guard isRough, let interval = scenario.operatorInterval else { return }
        agenda.add(.operate(node), at: now + random.exponential(mean: interval))
        if random.chance(0.15) { return send(.degradationOrdered(random.element(of: Degradation.allCases) ?? .normal), to: node) }
        if random.chance(0.3) { return setCondition(random.element(of: NodeCondition.allCases) ?? .schedulable, of: node) }
        if random.chance(0.2) { return expectPods(random.below(40), on: node) }
        var configuration = nodes[node].configuration
        switch random.below(5) {
        case 0: configuration.addressing = random.element(of: scenario.addressings) ?? configuration.addressing
        case 1: configuration.targets = Scenario.targets(using: &random)
        case 2: configuration.usesPrimaryENI = scenario.limits.enis == 1 || random.chance(0.5)
        case 3: configuration.source = random.element(of: sources) ?? configuration.source
        default: configuration.excludedAddresses = random.chance(0.5) ? [] : [excludedBlock]
        }
        configure(configuration, on: node)
    }

    private mutating func configure(_ configuration: EngineConfiguration, on node: Int) {
        nodes[node].configuration = configuration
        report.reconfigurations += 1
        send(.configured(configuration), to: node)
    }

    private mutating func setCondition(_ condition: NodeCondition, of node: Int) {
        nodes[node].condition = condition
        send(.nodeChanged(condition), to: node)
    }

    /// Lets pods come to the node and calls go to EC2 again, as nothing of the pool is judged by its targets before.
    mutating func uncordon(_ node: Int) {
        send(.degradationOrdered(.normal), to: node)
        if nodes[node].condition != .schedulable { setCondition(.schedulable, of: node) }
        expectPods(0, on: node)
    }

    /// Pods that the cluster has bound to the node and that never come: their sandboxes cannot be made.
    private mutating func expectPods(_ count: Int, on node: Int) {
        let names = (0..<count).map { PodName(namespace: "bound", name: "pod-\($0)") }
        send(.podsExpected(Dictionary(uniqueKeysWithValues: names.map { ($0, nil) })), to: node)
    }

    /// Some of the subnet's addresses, which pods keep out of.
    private var excludedBlock: IPv4CIDR {
        IPv4CIDR(containing: scenario.subnet[scenario.subnet.count / 2], prefixLength: 27)
    }

    /// Subnets in which the ENIs of a node may be made.
    private var sources: [PoolSource] {
        [
            PoolSource(subnet: subnets[0]), PoolSource(.these(Array(subnets.prefix(2)))),
            PoolSource(.discovered(own: subnets[0], cluster: Self.cluster)),
        ]
    }
}
