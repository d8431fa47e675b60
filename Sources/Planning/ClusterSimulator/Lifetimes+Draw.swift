import CapacityPlanner
import Simulator
import Timeline

extension PlanScenario.Workload.Lifetimes {
    /// A lifetime by chance, whose mean over many is the given one.
    func draw(mean: Duration, _ random: inout RandomSource) -> Duration {
        switch self {
        case .fixed: return mean
        case .exponential: return random.exponential(mean: mean)
        case .logNormal(let sigma):
            // The mean of the distribution is e^(mu + sigma^2/2).
            return mean * Self.exponential(sigma * Self.normal(&random) - sigma * sigma / 2)
        }
    }

    /// Of mean 0 and deviation 1: the sum of twelve numbers from 0 to 1, less six, which needs no library that differs from one platform to
    /// the next. It never lies beyond six deviations.
    private static func normal(_ random: inout RandomSource) -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + random.share() }
    }

    /// By its series, after halving the number so often that a few terms are enough.
    private static func exponential(_ value: Double) -> Double {
        let halvings = 6
        let small = value / Double(1 << halvings)
        var (sum, term) = (1.0, 1.0)
        for number in 1...12 {
            term *= small / Double(number)
            sum += term
        }
        return (0..<halvings).reduce(sum) { power, _ in power * power }
    }
}
