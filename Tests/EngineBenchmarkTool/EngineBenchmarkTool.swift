import IPAMEngine
import Simulator
import Timeline

/// Runs the engine and the simulator for as long as it is told, so that what one more pod costs can be counted.
@main
enum EngineBenchmarkTool {
    static func main() {
        let words = CommandLine.arguments.dropFirst()
        guard words.count == 2, let workload = words.first.flatMap(Workload.init), let size = words.last.flatMap({ Int($0) }) else {
            print("usage: EngineBenchmarkTool \(Workload.allCases.map(\.rawValue).joined(separator: "|")) SIZE")
            return
        }
        print("units=\(workload.run(size))")
    }
}

/// What is run. Each returns how many of its units that were.
enum Workload: String, CaseIterable {
    /// Whole lives of pods on 40,000 addresses in 2,500 prefixes, with 20,000 pods.
    case prefixLives = "prefix-lives"
    /// The same on the largest instance type's single addresses: 15 ENIs of 49 slots, with 500 pods.
    case secondaryLives = "secondary-lives"
    /// ADDs alone, on the addresses of the prefixes.
    case prefixAssigns = "prefix-assigns"
    /// Seconds of a cluster's life; the unit is an event of an engine.
    case simulatedEvents = "simulated-events"
    case simulatedPrefixEvents = "simulated-prefix-events"

    func run(_ size: Int) -> Int {
        switch self {
        case .prefixLives: live(size, prefixes)
        case .secondaryLives: live(size, secondaries)
        case .prefixAssigns: assign(size, prefixes)
        case .simulatedEvents: simulate(size, .secondary)
        case .simulatedPrefixEvents: simulate(size, .prefix)
        }
    }

    private var prefixes: PodTurnover {
        PodTurnover(on: FullNode(.prefix, enis: 50, slotsPerENI: 50), livePods: 20_000)
    }

    private var secondaries: PodTurnover {
        PodTurnover(on: FullNode(.secondary, enis: 15, slotsPerENI: 49), livePods: 500)
    }

    private func live(_ size: Int, _ turnover: consuming PodTurnover) -> Int {
        turnover.turnOver(size)
        func nanoseconds(_ time: Duration) -> Int { Int(time / .nanoseconds(max(1, size))) }
        let times = turnover.times
        let all = times.assigning + times.wired + times.deleting + times.releasing + times.linkGone
        print("assign \(nanoseconds(times.assigning)) ns, release \(nanoseconds(times.releasing)) ns", terminator: ", ")
        print("delete \(nanoseconds(times.deleting)) ns", terminator: ", ")
        print("a whole life \(nanoseconds(all)) ns, on \(turnover.engine.count.attached) addresses", terminator: "; ")
        return size
    }

    private func assign(_ size: Int, _ turnover: consuming PodTurnover) -> Int {
        turnover.startAgain(size)
        return turnover.engine.count.held
    }

    private func simulate(_ seconds: Int, _ addressing: EngineConfiguration.Addressing) -> Int {
        let clock = ContinuousClock()
        let begin = clock.now
        guard let report = try? Simulation<IPAMEngine>.run(.steady(addressing, seconds: seconds)) else { return 0 }
        precondition(report.violations == [], "\(report.violations)")
        let wall = begin.duration(to: clock.now) / .seconds(1)
        print("\(report.served) pods, \(Int(Double(report.events) / wall)) events a second", terminator: "; ")
        return report.events
    }
}
