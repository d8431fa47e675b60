import Simulator
import Timeline
import VPCModel

/// How long a simulated plan runs, and what a scenario does not say.
public struct SimulationOptions: Hashable, Sendable {
    /// How long the cluster lives in its churn, once all pods run; without churn it only comes to rest.
    public var churnTime: Duration
    /// How long the cluster is watched after an event is over.
    public var settleTime: Duration
    /// What an event, or the coming up of all pods, may take.
    public var eventTimeMax: Duration
    /// From the start of an instance until its daemon begins.
    public var nodeStart: Duration
    /// How long an ADD may wait for an address before the runtime is told that it failed.
    public var addBudget: Duration
    /// Samples of a phase at most; 2 or more. The step is the smallest power of two in seconds with which they suffice.
    public var samplesMax: Int

    public init(
        churnTime: Duration = .seconds(3600), settleTime: Duration = .seconds(300), eventTimeMax: Duration = .seconds(12 * 3600),
        nodeStart: Duration = .seconds(30), addBudget: Duration = .seconds(20), samplesMax: Int = 480
    ) {
        precondition(samplesMax >= 2, "\(samplesMax) samples show no time")
        self.churnTime = churnTime
        self.settleTime = settleTime
        self.eventTimeMax = eventTimeMax
        self.nodeStart = nodeStart
        self.addBudget = addBudget
        self.samplesMax = samplesMax
    }
}

/// What happened since the phase began.
struct Tally: Sendable {
    var waits = Waits()
    var refusals: [String: Int] = [:]
    var calls: [EC2Operation: Int] = [:]
    var throttled: [EC2Operation: Int] = [:]
    var lastOperation: EC2Operation?
}

/// Samples at even steps; the step doubles when there are too many.
struct SampleLine: Sendable {
    private(set) var samples: [SimulatedPlan.Sample] = []
    private let samplesMax: Int
    private var step = Duration.seconds(1)
    /// When the next is due.
    private(set) var next = Instant.zero

    init(_ options: SimulationOptions) {
        samplesMax = options.samplesMax
    }

    mutating func begin(at now: Instant) {
        samples = []
        step = .seconds(1)
        next = now
    }

    mutating func add(_ sample: SimulatedPlan.Sample) {
        samples.append(sample)
        next = next + step
        guard samples.count >= samplesMax else { return }
        // Those that are left are as many steps of the double length apart.
        let isBeforeStep = samples.count % 2 == 0
        samples = samples.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        if !isBeforeStep { next = next + step }
        step = step * 2
    }
}
