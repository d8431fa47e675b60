package import Addressing
package import CapacityPlanner
import IPAMEngine
package import Simulator
package import Timeline
package import VPCModel

/// A plan's cluster with an engine on every node, against one VPC, in virtual time.
///
/// A value without clock, input or output: the same scenario and seed give the same run, and what happens to a copy does not
/// happen to the original, so that each event begins where the steady cluster stands. Engines are given what a daemon would give
/// them. Links are made and removed in no time, and a daemon never dies: those are what `berth simulate` is for.
///
/// Its duties, each in a file of its own: *nodes* come and go, *engine* gives events and performs effects, *EC2* answers calls,
/// *pods* are placed, wait, live and end, *events* are what happens to the cluster.
package struct ClusterSimulation<Policy: NodePolicy>: Sendable {
    package let scenario: PlanScenario
    let options: SimulationOptions
    package internal(set) var now = Instant.zero

    var random: RandomSource
    var agenda = Agenda<ClusterWork>()
    package internal(set) var vpc: VPCModel
    var books: AddressBooks
    /// Engines by node; nil for nodes that are gone.
    var policies: [Policy?] = []
    var nodes: [ClusterNode] = []
    /// Nodes that are there.
    package internal(set) var nodeCount = 0
    var nodesBooting = 0
    var cells: [Cell]
    /// In the scenario's order.
    var workloads: [WorkloadState]
    var pods: [ClusterPod] = []
    var vacantPods: [Int32] = []
    /// Branch ENIs of pods.
    var branchENIs: [Int32: ENIID] = [:]
    /// Pods of DaemonSets for which their own node has no room.
    var pinned: [Int32: [Int32]] = [:]
    var controlPlane: [ENIID] = []

    // What is told of the phase.
    var tally = Tally()
    var samples: SampleLine
    var phaseBegan = Instant.zero
    /// Pods that have an address; pods that are wanted and have none.
    var podsWithAddress = 0
    var podsWaiting = 0
    /// Calls under way.
    var callsUnderWay = 0
    /// Pods without a node.
    var podsPending = 0
    package internal(set) var engineEvents = 0

    // What happens.
    /// Whether pods come and go.
    var isChurning = false
    /// Whether a look for more nodes is due.
    var looksForNodes = false
    /// Whether pods are put on nodes and send no ADD.
    var holdsADDs = false
    var lostZones: Set<String> = []
    var ec2AwayUntil = Instant.zero
    var script: Script?
    /// Whether an event goes on, which waits for all that comes meanwhile.
    var isAwaiting = false
    /// Pods and nodes that came while the event went on, and have not yet begun. Of what comes all the time in a large cluster,
    /// something always waits: an event is over when nothing waits that came with it.
    var awaited = 0

    var effects: [IPAMEngine.Effect] = []
    var queue: [QueuedEvent] = []
    var isSending = false

    struct QueuedEvent: Sendable {
        var node: Int
        var event: IPAMEngine.Event
    }

    /// - Throws: What EC2 answers to subnets that cannot be.
    package init(_ scenario: PlanScenario, seed: UInt64, options: SimulationOptions = SimulationOptions()) throws(VPCError) {
        self.scenario = scenario
        self.options = options
        random = RandomSource(seed: seed)
        vpc = try VPCModel(scenario, seed: seed)
        books = AddressBooks(scenario.subnets.map(\.id))
        samples = SampleLine(options)
        cells = []
        workloads = scenario.workloads.map(WorkloadState.init)
        for planned in scenario.plannedNodes() { _ = cell(of: planned.kind, in: planned.zone) }
        takeControlPlane(scenario.controlPlane.enis)
    }

    // MARK: - Time

    /// Lets time pass until the moment, or until nothing is left to happen, or until it is enough.
    ///
    /// - Returns: False when the caller ended it.
    mutating func pass(until end: Instant, isEnough: (Self) -> Bool = { _ in false }, _ watch: SimulationWatch) -> Bool {
        var steps = 0
        if isEnough(self) { return true }
        while let next = agenda.next, next <= end {
            while samples.next <= next {
                now = max(now, samples.next)
                record()
            }
            guard let work = agenda.pop() else { break }
            now = next
            perform(work)
            steps += 1
            if steps % 8192 == 0, watch.isCancelled() { return false }
            if isEnough(self) { return true }
        }
        guard agenda.next != nil else { return true }
        while samples.next <= end {
            now = samples.next
            record()
        }
        now = max(now, end)
        return true
    }

    private mutating func perform(_ work: ClusterWork) {
        switch work {
        case .boot(let node): boot(Int(node))
        case .alarm(let node): ring(Int(node))
        case .outcome(let node, let event): finish(event, on: Int(node))
        case .release(let node): release(Int(node))
        case .retry(let pod, let generation): if isSame(pod, generation) { retry(pod) }
        case .graceEnds(let pod, let generation): if isSame(pod, generation) { remove(pod) }
        case .arrival(let workload): arrive(in: Int(workload))
        case .burst(let workload): burst(in: Int(workload))
        case .podExpires(let pod, let generation): if isSame(pod, generation), isLive(pod) { end(pod) }
        case .nodeExpires(let node): expire(Int(node))
        case .retryLaunch(let cell): launch(in: Int(cell), after: .zero)
        case .grow: growGroups()
        case .script: advanceScript()
        }
    }

    private func isSame(_ pod: Int32, _ generation: UInt32) -> Bool { pods[Int(pod)].generation == generation }

    // MARK: - What is told

    /// What the cluster takes of a subnet at this moment.
    package func demand(of subnet: SubnetID) -> AddressDemand { books.demands[books.position(of: subnet)] }

    /// Nodes that are there and those that were.
    package var nodesEver: Int { nodes.count }

    mutating func record() {
        let free = books.subnets.enumerated().map { position, id in
            SimulatedPlan.SubnetSample(
                demand: books.demands[position], freeAddresses: vpc.subnets[id]?.openAddresses ?? 0,
                freeBlocks: vpc.subnets[id]?.freeBlocks ?? 0)
        }
        samples.add(
            SimulatedPlan.Sample(
                after: now - phaseBegan, nodes: nodeCount, pods: podsWithAddress, waiting: podsWaiting,
                subnets: Dictionary(uniqueKeysWithValues: zip(books.subnets, free))))
    }
}

/// What is to happen to the cluster, small enough to be moved about in the agenda.
enum ClusterWork: Sendable {
    case boot(Int32)
    case alarm(Int32)
    /// A call's outcome reaches its node.
    indirect case outcome(Int32, IPAMEngine.Event)
    /// Pods that were put on the node send their ADDs.
    case release(Int32)
    case retry(Int32, UInt32)
    case graceEnds(Int32, UInt32)
    /// A pod of the workload comes, and one goes.
    case arrival(Int16)
    /// All pods of a burst come.
    case burst(Int16)
    /// The lifetime of a pod is over.
    case podExpires(Int32, UInt32)
    case nodeExpires(Int32)
    /// A node that found no address is started again.
    case retryLaunch(Int32)
    /// Looks whether pods without a node need more nodes.
    case grow
    /// The event goes on.
    case script
}
