import Addressing
public import IPAMEngine
import InstanceTypes
public import Timeline
public import VPCModel

/// Nodes with an engine each, run against one VPC in virtual time.
///
/// A value without clock, input or output: the same scenario gives the same report. Engines are given what a daemon would
/// give them; their effects are performed on a model of EC2, on a kernel that is two dictionaries, and on a runtime that
/// starts and stops pods. Every change is entered in a ``Ledger``, which judges it, and a run ends at the first violation.
public struct Simulation<Policy: NodePolicy>: Sendable {
    public let scenario: Scenario
    /// Nanoseconds of the run; each node booted when it began.
    public internal(set) var now = Instant.zero
    public internal(set) var report: Report

    var random: RandomSource
    var agenda = Agenda<Work>()
    var vpc: VPCModel
    /// The first is the nodes' own.
    let subnets: [SubnetID]
    /// The subnet of the named pool; nil where there is none.
    let namedPoolSubnet: SubnetID?
    var nodes: [SimulatedNode<Policy>] = []
    var ledger: Ledger
    /// Whether pods come and faults happen.
    var isRough = true
    /// Whether daemons die, so that their journals are read again; where none does, none is kept.
    let mayCrash: Bool
    private var effects: [IPAMEngine.Effect] = []

    /// - Throws: `InvalidVpc.Range` when the subnet is not /16 to /28, `InsufficientFreeAddressesInSubnet` when it does not hold
    ///   the primary addresses of all nodes.
    public init(_ scenario: Scenario) throws(VPCError) {
        self.scenario = scenario
        report = Report(seed: scenario.seed)
        random = RandomSource(seed: scenario.seed)
        ledger = Ledger(cooldown: scenario.cooldown)
        mayCrash = scenario.faults[.crash] > 0
        let blocks = [scenario.subnet] + scenario.furtherSubnets
        vpc = try VPCModel(blocks: blocks, seed: scenario.seed)
        var subnets: [SubnetID] = []
        for (number, block) in blocks.enumerated() {
            let isOffered = number > 0 && !(scenario.namedPool != nil && block == blocks.last)
            subnets.append(
                try vpc.createSubnet(block, zone: "simulated", ipv6Block: Self.ipv6Block(number), tags: isOffered ? Self.offer : [:]))
        }
        namedPoolSubnet = scenario.namedPool == nil ? nil : subnets.popLast()
        self.subnets = subnets
        for number in 0..<scenario.nodes {
            let instance = try vpc.runInstance(scenario.instanceType, in: subnets[0], at: now)
            let configuration = scenario.configuration(ofNode: number, subnets: subnets, namedPoolSubnet: namedPoolSubnet)
            nodes.append(
                SimulatedNode(
                    number: number, instance: instance.id, configuration: configuration,
                    policy: Policy(configuration, replaying: [], at: now)))
        }
    }

    /// The cluster's name in tags, and the namespace of pods that are served before others.
    static var cluster: String { "simulated" }
    static var criticalNamespace: String { "kube-system" }
    private static var offer: [String: String] { ["kubernetes.io/role/cni": "1", "cni.networking.k8s.aws/cluster/\(cluster)": ""] }

    private static func ipv6Block(_ number: Int) -> IPv6CIDR {
        IPv6CIDR(containing: IPv6Address(bits: 0x2600_1f18 << 96 | UInt128(number) << 64), prefixLength: 64)
    }

    /// Runs the scenario from its beginning until every node has come to rest, or to the first violation.
    ///
    /// - Throws: What ``init(_:)`` throws.
    public static func run(_ scenario: Scenario) throws(VPCError) -> Report {
        try runToRest(scenario)
    }

    fileprivate static func runToRest(_ scenario: Scenario) throws(VPCError) -> Report {
        var simulation = try Simulation(scenario)
        simulation.begin()
        simulation.pass(until: .zero + scenario.duration)
        simulation.heal()
        simulation.comeToRest()
        return simulation.report
    }

    // MARK: - Time

    mutating func begin() {
        for node in nodes.indices {
            beginChurn(on: node)
            agenda.add(.strike(node), at: now + Self.strikeInterval)
            beginOperation(of: node)
            beginOutages(of: node)
            if scenario.readsMetadata { agenda.add(.readMetadata(node), at: now + Self.strikeInterval) }
            send(.started, to: node)
        }
        for arrival in scenario.churn.trace where nodes.indices.contains(arrival.node) {
            agenda.add(.podsOfTrace(arrival), at: .zero + arrival.after)
        }
    }

    static var strikeInterval: Duration { .seconds(10) }

    /// Lets time pass, with everything that falls due in it.
    mutating func pass(until end: Instant) {
        while report.violations.isEmpty, let next = agenda.next, next <= end, let work = agenda.pop() {
            now = next
            perform(work)
        }
        if report.violations.isEmpty { now = max(now, end) }
        report.elapsed = now - .zero
    }

    /// Ends all faults and lets other tenants give everything back, so that nothing stands in the way of the targets.
    private mutating func heal() {
        isRough = false
        for node in nodes.indices { nodes[node].effectsUntilCrash = nil }
        for subnet in vpc.subnets.keys.sorted() { giveBackTenants(Int.max, in: subnet) }
    }

    /// Ends all pods and waits until nothing is under way and no timer is set.
    private mutating func comeToRest() {
        pass(until: now + .seconds(60))
        for node in nodes.indices {
            uncordon(node)
            deleteAllPods(of: node)
        }
        pass(until: now + .seconds(3600))
        guard report.violations.isEmpty else { return }
        if let next = agenda.next { return violate("no rest within an hour after the last pod: the next work is due at \(next)") }
        checkRest()
    }

    private mutating func perform(_ work: Work) {
        if let node = work.daemon, nodes[node].stalledUntil > now { return agenda.add(work, at: nodes[node].stalledUntil) }
        switch work {
        case .podArrives(let node): podArrives(on: node)
        case .podsBurst(let node): podsBurst(on: node)
        case .podsOfTrace(let arrival): startPods(arrival.pods, on: arrival.node)
        case .tracedPod(let pod): start(pod)
        case .add(let node, let attachment): add(attachment, on: node)
        case .delete(let node, let attachment): delete(attachment, on: node)
        case .collectGarbage(let node): collectGarbage(on: node)
        case .budgetEnds(let node, let attachment, let deadline): checkAnswer(to: attachment, by: deadline, on: node)
        case .alarm(let node, let moment): ring(node, at: moment)
        case .wire(let node, let life, let allocation): if isAlive(node, life) { wire(allocation, on: node) }
        case .unwire(let node, let life, let allocation): if isAlive(node, life) { unwire(allocation, on: node) }
        case .reap(let node, let life, let allocation): if isAlive(node, life) { reap(allocation, on: node) }
        case .call(let node, let life, let effect): if isAlive(node, life) { reachEC2(effect, from: node) }
        case .outcome(let node, let life, let event): if isAlive(node, life) { finish(event, on: node) }
        case .strike(let node): strike(node)
        case .readMetadata(let node): readMetadata(on: node)
        case .operate(let node): operate(node)
        case .outage(let node): loseEC2(of: node)
        case .restart(let node): restart(node)
        }
    }

    private func isAlive(_ node: Int, _ life: Int) -> Bool {
        nodes[node].isUp && nodes[node].life == life
    }

    // MARK: - Events and effects

    /// Gives a node's engine an event and performs what it answers, unless the daemon dies on the way.
    mutating func send(_ event: IPAMEngine.Event, to node: Int) {
        var effects: [IPAMEngine.Effect] = []
        swap(&effects, &self.effects)
        guard nodes[node].handle(event, at: now, into: &effects) else { return swap(&effects, &self.effects) }
        report.events += 1
        // Taken out one by one from the end, and turned round as bare memory, which spares a copy of each.
        if effects.count > 1 { effects.withUnsafeMutableBufferPointer { $0.reverse() } }
        while let effect = effects.popLast() {
            switch nodes[node].nextStep() {
            case .performs: perform(effect, on: node)
            case .dies: crash(node)
            case .isDead: break
            }
        }
        swap(&effects, &self.effects)
        guard nodes[node].compactJournal() else { return }
        setAlarm(node)
        if scenario.auditInterval > 0, report.events % scenario.auditInterval == 0 { audit(node) }
    }

    private mutating func perform(_ effect: IPAMEngine.Effect, on node: Int) {
        judge(effect, of: node)
        switch effect {
        case .record(let entry): record(entry, on: node)
        case .wire(let allocation): beginWiring(allocation, on: node)
        case .unwire(let allocation): beginUnwiring(allocation, on: node)
        case .confirmDeleted(let attachment): forget(attachment, on: node)
        case .refuse(let attachment, let refusal): refuse(attachment, refusal, on: node)
        case .describeENIs, .describeSubnets, .createENI, .attachENI, .setUpENI, .assignAddresses, .assignPrefixes, .assignIPv6Prefix,
            .claimAddress, .unassign, .detachENI, .deleteENI:
            call(effect, on: node)
        }
    }

    private mutating func setAlarm(_ node: Int) {
        guard let deadline = nodes[node].setAlarm() else { return }
        if deadline <= now { return violate("node \(node) wants to be woken at \(deadline), which is not after \(now)") }
        agenda.add(.alarm(node, deadline), at: deadline)
    }

    private mutating func ring(_ node: Int, at moment: Instant) {
        guard let deadline = nodes[node].ring(at: moment) else { return }
        deadline <= now ? send(.deadlineReached, to: node) : setAlarm(node)
    }

    // MARK: - Faults

    /// Whether the fault happens at this occasion; if so it is counted.
    ///
    /// - Parameter call: The call that the fault befalls, which does not count for the node's state.
    mutating func happens(_ fault: Fault, to node: Int, during call: CallID? = nil) -> Bool {
        guard isRough, random.chance(scenario.faults[fault]) else { return false }
        note(fault, on: node, during: call)
        return true
    }

    mutating func note(_ fault: Fault, on node: Int, during call: CallID? = nil) {
        report.faults[fault, default: 0] += 1
        report.coverage[Report.Coverage(fault: fault, state: nodes[node].state(besides: call)), default: 0] += 1
    }

    mutating func violate(_ text: String) {
        let violation = Violation(seed: scenario.seed, moment: now, text: text)
        guard Policy.isJudged else { return report.breaches[violation.kind, default: 0] += 1 }
        if report.violations.isEmpty { report.violations.append(violation) }
    }
}

extension Simulation where Policy == IPAMEngine {
    /// Runs the scenario with the daemon's own engine.
    ///
    /// The same as for any other policy, and several times as fast: the compiler knows the engine here and not in the caller's
    /// module.
    ///
    /// - Throws: What ``init(_:)`` throws.
    public static func run(_ scenario: Scenario) throws(VPCError) -> Report {
        try runToRest(scenario)
    }
}
