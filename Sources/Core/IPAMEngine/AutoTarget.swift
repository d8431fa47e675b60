import Timeline

/// The smallest pool that keeps the chance of a pod waiting for EC2 under a figure, instead of a fixed number of addresses.
///
/// While EC2 takes a time D to bring more, pods arrive at a rate λ. If no more than k of them come in that time, k free
/// addresses were enough; k is the least number whose Poisson tail P(X > k; λD) is at most the wanted chance (the planner's
/// formula 28).
public struct AutoTarget: Hashable, Sendable {
    /// Between 0 and 1; 0.01 lets one refill in a hundred come too late.
    public var missProbability: Double
    /// What the pool never falls below.
    public var least: Int
    /// What it never asks for more than, whatever is observed.
    public var most: Int

    public init(missProbability: Double = 0.01, least: Int = 1, most: Int = 128) {
        precondition(missProbability > 0 && missProbability < 1, "a chance of \(missProbability) is not between 0 and 1")
        precondition(0 <= least && least <= most, "an automatic target from \(least) to \(most)")
        self.missProbability = missProbability
        self.least = least
        self.most = most
    }

    /// What follows at one moment.
    struct Goal: Hashable, Sendable {
        var free = 0
        var slack = 0
    }

    /// Free addresses to hold for these arrivals and this latency, and how many more to let be.
    ///
    /// A population of pods that come and go varies by about the root of its size, and what cools comes back: a pool that gave
    /// back each address above its target would ask for it again with the next pod.
    ///
    /// - Parameter population: Addresses that are held or cool.
    func goal(for demand: Demand, population: Int) -> Goal {
        let free = min(max(Self.addresses(mean: demand.mean, missProbability: missProbability), least), most)
        let variation = Int(Double(population).squareRoot().rounded(.up))
        return Goal(free: free, slack: min(max(variation, Int((demand.arrivalsPerSecond * 60).rounded(.up))), most - free))
    }

    /// The smallest k with P(X > k) ≤ `missProbability` for a Poisson variable of that mean; at most 4,096.
    ///
    /// - Parameter mean: Pods expected while EC2 takes its time; at least 0.
    package static func addresses(mean: Double, missProbability: Double) -> Int {
        guard mean > 0 else { return 0 }
        // The first term of the sum would be too small for a Double, and the normal approximation is as good here.
        guard mean < 500 else { return min(4096, Int(mean + 4 * mean.squareRoot()) + 1) }
        var term = exponential(-mean)
        var below = term
        var k = 0
        while 1 - below > missProbability, k < 4096 {
            k += 1
            term *= mean / Double(k)
            below += term
        }
        return k
    }

    /// e to the power of a number, without a library of functions: halved until its series converges at once, then squared.
    private static func exponential(_ x: Double) -> Double {
        let halvings = 12
        let small = x / Double(1 << halvings)
        var (term, sum) = (1.0, 1.0)
        for divisor in 1...12 {
            term *= small / Double(divisor)
            sum += term
        }
        for _ in 0..<halvings { sum *= sum }
        return sum
    }
}

/// How fast pods come and how long EC2 takes, as the node has seen it.
public struct Demand: Hashable, Sendable {
    /// Pods a second: the greater of the last minute's and the last ten minutes'.
    public var arrivalsPerSecond: Double
    /// How long a refill takes: usual time and twice its usual deviation.
    public var refill: Duration

    /// Pods that come while a refill is on its way.
    public var mean: Double { arrivalsPerSecond * refill.inSeconds }
}

/// Arrivals of pods and times of calls, as much of them as the estimate needs.
struct DemandHistory: Sendable {
    /// Pods of each of the last ten minutes; the last one is the minute at hand.
    private var minutes: [Int] = Array(repeating: 0, count: Self.minutesKept)
    private var minute: Int64 = 0
    private static let minutesKept = 10

    /// Seconds of assigning to an ENI, and of making another ENI; before anything was observed the figures of EC2's users
    /// (peers, 9.2: under a second and up to ten).
    private var assigning = Latency(seconds: 1)
    private var creating = Latency(seconds: 10)

    mutating func noteArrival(at now: Instant) {
        advance(to: now)
        minutes[Self.minutesKept - 1] += 1
    }

    mutating func noteAssigned(after duration: Duration) { assigning.note(duration.inSeconds) }
    mutating func noteENIMade(after duration: Duration) { creating.note(duration.inSeconds) }

    /// - Parameter hasRoom: Whether the next refill fits into ENIs that exist.
    func demand(at now: Instant, hasRoom: Bool) -> Demand {
        var history = self
        history.advance(to: now)
        let inMinute = max(history.minutes[Self.minutesKept - 1], history.minutes[Self.minutesKept - 2])
        let inAll = Double(history.minutes.reduce(0, +)) / Double(Self.minutesKept)
        let latency = hasRoom ? assigning : creating
        return Demand(arrivalsPerSecond: max(Double(inMinute), inAll) / 60, refill: .milliseconds(Int64(latency.high * 1000)))
    }

    private mutating func advance(to now: Instant) {
        let current = now.nanoseconds / 60_000_000_000
        let passed = Int(min(Int64(Self.minutesKept), max(0, current - minute)))
        guard passed > 0 else { return }
        minutes.removeFirst(passed)
        minutes += Array(repeating: 0, count: passed)
        minute = current
    }

    /// A smoothed time and its smoothed deviation, as TCP keeps them (RFC 6298, section 2).
    private struct Latency: Sendable {
        private var mean: Double
        private var deviation: Double

        init(seconds: Double) {
            mean = seconds
            deviation = seconds / 4
        }

        var high: Double { mean + 2 * deviation }

        mutating func note(_ seconds: Double) {
            deviation += (abs(seconds - mean) - deviation) / 4
            mean += (seconds - mean) / 8
        }
    }
}
