import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct ChurnTests {
    @Test(arguments: UInt64(1)...200) func noAddressHasTwoOwnersWhateverHappens(seed: UInt64) {
        var churn = Churn(seed: seed)
        churn.run(steps: 500)
        if churn.node.violations.isEmpty { churn.finish() }
        #expect(churn.node.violations.first == nil, "seed \(seed)")
        if churn.node.violations.isEmpty { #expect(churn.faultsAtRest == [], "seed \(seed)") }
    }
}

/// A bad week in the life of a random node.
struct Churn {
    var node: SimulatedNode
    private var random: SeededGenerator
    private var nextPod = 0
    private var pods: [PodAttachment] = []
    /// Whether the subnet may be too small for the node's limits, so that the pool never comes to rest.
    private let isSubnetScarce: Bool

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        let addressing: EngineConfiguration.Addressing = Bool.random(using: &random) ? .secondary : .prefix
        let hasAddressTargets = Bool.random(using: &random)
        let targets = WarmTargets(
            enis: Int.random(in: 0...2, using: &random), addresses: hasAddressTargets ? Int.random(in: 1...8, using: &random) : nil,
            minimumAddresses: hasAddressTargets ? Int.random(in: 0...20, using: &random) : nil,
            prefixes: Int.random(in: 0...3, using: &random))
        let configuration = EngineConfiguration.small(
            addressing, targets, enis: Int.random(in: 1...4, using: &random), slotsPerENI: Int.random(in: 1...9, using: &random),
            maxPods: Int.random(in: 5...60, using: &random), cooldown: .seconds(Int.random(in: 0...40, using: &random)), seed: seed)
        isSubnetScarce = random.chance(25)
        node = SimulatedNode(
            configuration, subnet: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: isSubnetScarce ? 26 : 21), seed: seed)
        node.failuresPercent = [0, 0, 5, 30].randomElement(using: &random) ?? 0
        node.lostAnswersPercent = [0, 0, 10].randomElement(using: &random) ?? 0
        node.wiringFailuresPercent = [0, 5].randomElement(using: &random) ?? 0
        node.send(.started)
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where node.violations.isEmpty {
            step()
            node.checkCompaction()
        }
    }

    private mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<35: add()
        case 35..<60: delete()
        case 60..<63: node.delete(.pod(Int.random(in: 0...nextPod, using: &random)))
        case 63..<65: repeatAdd()
        case 65..<67: collectGarbage()
        case 67..<70: node.effectsUntilCrash = Int.random(in: 0...12, using: &random)
        case 70..<71: restart()
        case 71..<74: node.run(for: .seconds(Int.random(in: 30...200, using: &random)))
        default: node.run(for: .milliseconds(Int.random(in: 0...2000, using: &random)))
        }
    }

    /// Ends the daemon; one time in four the operator has changed the mode meanwhile.
    private mutating func restart() {
        if random.chance(25) { node.configuration.addressing = node.configuration.addressing == .prefix ? .secondary : .prefix }
        node.crash()
    }

    private mutating func add() {
        guard pods.count < node.configuration.limits.maxPods else { return }
        nextPod += 1
        pods.append(.pod(nextPod))
        node.add(.pod(nextPod), within: .seconds(Int.random(in: 1...60, using: &random)))
    }

    private mutating func delete() {
        guard let index = pods.indices.randomElement(using: &random) else { return }
        node.delete(pods.remove(at: index))
    }

    private mutating func repeatAdd() {
        guard let pod = pods.randomElement(using: &random) else { return }
        node.add(pod)
    }

    private mutating func collectGarbage() {
        let dead = Set(pods.filter { _ in random.chance(10) })
        pods.removeAll { dead.contains($0) }
        for pod in dead { node.running[pod] = nil }
        node.send(.garbageCollected(network: "berth", keeping: Set(pods), olderThan: node.now - .seconds(5)))
    }

    /// Ends all faults and all pods, and lets the node come to rest.
    mutating func finish() {
        node.failuresPercent = 0
        node.lostAnswersPercent = 0
        node.wiringFailuresPercent = 0
        node.effectsUntilCrash = nil
        node.run(for: .seconds(120))
        for pod in Set(pods).union(node.engine.allocations.map(\.allocation.attachment)) { node.delete(pod) }
        isSubnetScarce ? node.run(for: .seconds(600)) : node.settle()
    }

    /// What is not as it should be on a node without pods that has come to rest.
    var faultsAtRest: [String] {
        guard !isSubnetScarce else { return [] }
        var faults: [String] = []
        let engine = node.engine
        if !engine.allocations.isEmpty { faults.append("still held: \(engine.allocations)") }
        if !engine.coolings.isEmpty { faults.append("still cooling: \(engine.coolings)") }
        if !engine.waitingRequests.isEmpty || !engine.callsInFlight.isEmpty { faults.append("still under way: \(engine.callsInFlight)") }
        if engine.enis.map(\.eni) != node.ec2.descriptions {
            faults.append("the engine has \(engine.enis.map(\.eni)), EC2 \(node.ec2.descriptions)")
        }
        let stray = node.ec2.interfaces.values.filter { $0.deviceIndex == nil }
        if !stray.isEmpty { faults.append("left behind in EC2: \(stray.map(\.id))") }
        if let fault = targetFault { faults.append(fault) }
        return faults
    }

    /// Whether the pool is neither short nor larger than one unit beyond its targets.
    private var targetFault: String? {
        let configuration = node.configuration
        guard let pool = node.engine.poolExplanations(at: node.now).first else { return "the node has no pool" }
        let spare = node.engine.enis.dropFirst().map { $0.count.free }.min() ?? .max
        let perSlot = configuration.addressing.ipv4Unit == .prefix ? 16 : 1
        if pool.over >= (pool.goal.keepsWholeENIs ? spare : perSlot) { return "\(pool.over) addresses too many are kept: \(pool.count)" }
        let capacity = configuration.limits.enis * configuration.limits.slotsPerENI * perSlot
        if pool.short > 0, pool.count.attached < capacity { return "too few addresses: \(pool.count)" }
        return nil
    }
}
