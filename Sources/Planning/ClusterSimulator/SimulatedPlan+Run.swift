public import CapacityPlanner
import IPAMEngine
import Simulator
import Timeline
public import VPCModel

/// Who looks on while a plan is simulated.
public struct SimulationWatch: Sendable {
    /// Asked many times a second; when it says yes, what is finished by then is all there is.
    public var isCancelled: @Sendable () -> Bool
    /// Told of each phase that is finished: how many of how many.
    public var progress: @Sendable (_ done: Int, _ of: Int) -> Void

    public init(
        isCancelled: @escaping @Sendable () -> Bool = { false },
        progress: @escaping @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) {
        self.isCancelled = isCancelled
        self.progress = progress
    }
}

extension SimulatedPlan {
    /// Runs the scenario with one seed, with the daemon's own engine on every node.
    ///
    /// Takes about a microsecond for each event of an engine, of which a pod that comes and goes makes five.
    ///
    /// - Returns: The phases that were finished when somebody ended the run; nil when not even the first was.
    /// - Throws: What EC2 answers to subnets that cannot be, such as two that overlap.
    public static func run(
        _ scenario: PlanScenario, seed: UInt64, options: SimulationOptions = SimulationOptions(), watch: SimulationWatch = SimulationWatch()
    ) throws(VPCError) -> Run? {
        var simulation = try ClusterSimulation<IPAMEngine>(scenario, seed: seed, options: options)
        return simulation.run(seed: seed, watch)
    }

    /// Runs the scenario with several seeds, one after the other.
    ///
    /// - Parameter seeds: Not empty.
    /// - Returns: Nil when somebody ended the run before the first phase of the first seed was finished.
    /// - Throws: What ``run(_:seed:options:watch:)`` throws.
    public static func run(
        _ scenario: PlanScenario, seeds: [UInt64], options: SimulationOptions = SimulationOptions(),
        watch: SimulationWatch = SimulationWatch()
    ) throws(VPCError) -> SimulatedPlan? {
        var runs: [Run] = []
        for seed in seeds {
            guard !watch.isCancelled(), let run = try run(scenario, seed: seed, options: options, watch: watch) else { break }
            runs.append(run)
        }
        return runs.isEmpty ? nil : SimulatedPlan(scenario: scenario, runs: runs, seedsAsked: seeds.count)
    }

    /// Whether somebody ended the run before its time.
    public var isPartial: Bool { runs.count < seedsAsked || runs.contains { $0.events.count < scenario.events.count } }
}

extension ClusterSimulation {
    /// The steady cluster, and from there each event by itself.
    package mutating func run(seed: UInt64, _ watch: SimulationWatch) -> SimulatedPlan.Run? {
        let phases = 1 + scenario.events.count
        guard let steady = comeUp(watch) else { return nil }
        watch.progress(1, phases)
        var events: [SimulatedPlan.Phase] = []
        for event in scenario.events {
            var copy = self
            guard let phase = copy.happen(event, watch) else { break }
            events.append(phase)
            watch.progress(1 + events.count, phases)
        }
        return SimulatedPlan.Run(seed: seed, steady: steady, events: events)
    }

    /// How long the pools of nodes without pods have to fill.
    private static var poolTime: Duration { .seconds(60) }

    /// - Returns: Nil when somebody ended it.
    mutating func comeUp(_ watch: SimulationWatch) -> SimulatedPlan.Phase? {
        beginPhase()
        startNodes()
        let end = now + options.eventTimeMax
        guard pass(until: end, isEnough: { $0.nodesBooting == 0 }, watch), pass(until: now + Self.poolTime, watch),
            pass(until: end, isEnough: { $0.callsUnderWay == 0 }, watch)
        else { return nil }
        startPods()
        guard pass(until: now + options.eventTimeMax, isEnough: { $0.isReady }, watch) else { return nil }
        let readyAfter = isReady ? now - phaseBegan : nil
        startChurn()
        guard pass(until: now + options.churnTime, watch), passToSample(watch) else { return nil }
        return phase(nil, readyAfter: readyAfter)
    }

    /// - Returns: Nil when somebody ended it.
    mutating func happen(_ event: PlanScenario.Event, _ watch: SimulationWatch) -> SimulatedPlan.Phase? {
        beginPhase()
        begin(event)
        guard pass(until: now + options.eventTimeMax, isEnough: { $0.isEventOver }, watch) else { return nil }
        let readyAfter = isEventOver ? now - phaseBegan : nil
        guard pass(until: now + options.settleTime, watch), passToSample(watch) else { return nil }
        return phase(event, readyAfter: readyAfter)
    }

    /// Lets time pass until a sample shows how the phase ends.
    private mutating func passToSample(_ watch: SimulationWatch) -> Bool {
        let end = samples.next
        guard pass(until: end, watch) else { return false }
        now = max(now, end)
        if samples.next <= end { record() }
        return true
    }

    /// Pods that have waited for half a minute; of those that come all the time some always wait for a moment. Where nothing is left
    /// to happen, all that wait.
    private var podsStuck: Int {
        guard agenda.next != nil else { return podsWaiting }
        let since = (now - .seconds(30)).nanoseconds
        return pods.count { $0.position >= 0 && $0.phase != .running && $0.since <= since }
    }

    mutating func beginPhase() {
        phaseBegan = now
        tally = Tally()
        books.beginPhase(at: now)
        samples.begin(at: now)
    }

    func phase(_ event: PlanScenario.Event?, readyAfter: Duration?) -> SimulatedPlan.Phase {
        // A zone that is lost gives nothing any more.
        let there = scenario.subnets.indices.filter { !lostZones.contains(scenario.subnets[$0].zone) }
        let peaks = there.map { (books.subnets[$0], books.peaks[$0]) }
        return SimulatedPlan.Phase(
            event: event, samples: samples.samples, peaks: Dictionary(uniqueKeysWithValues: peaks.map { ($0, $1.demand) }),
            peakUses: Dictionary(uniqueKeysWithValues: peaks), waits: tally.waits, refusals: tally.refusals, podsWaiting: podsStuck,
            calls: tally.calls, throttled: tally.throttled, readyAfter: readyAfter)
    }
}
