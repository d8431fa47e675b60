import Synchronization

/// The pauses between the turns of a node: the first from nothing to an interval, each later one from half to one and a half.
final class Spacing: Sendable {
    private let isFirst = Atomic(true)

    /// - Parameter random: From 0 up to 1.
    func pause(of interval: Duration, random: Double) -> Duration {
        let isFirst = isFirst.exchange(false, ordering: .relaxed)
        return interval * (isFirst ? random : 0.5 + random)
    }
}
