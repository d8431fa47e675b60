import Timeline

/// A value as it was some time ago.
struct DelayedView<Value: Equatable & Sendable>: Sendable {
    private var changes: [(since: Instant, value: Value)] = []
    private let first: Value

    /// Changes beyond this many are forgotten, the oldest first, and are then shown too early.
    private static var changesMax: Int { 256 }

    /// - Parameter first: What is shown before anything was recorded long enough ago; the first record takes its place.
    init(_ first: Value) {
        self.first = first
    }

    /// Takes note of the value at that moment, not before that of the last record.
    mutating func record(_ value: Value, at now: Instant) {
        guard changes.last?.value != value else { return }
        changes.append((now, value))
        if changes.count > Self.changesMax { changes.removeFirst() }
    }

    /// Returns the value of `delay` ago, or the oldest that is known.
    func shown(at now: Instant, delay: Duration) -> Value {
        (changes.last { $0.since + delay <= now } ?? changes.first)?.value ?? first
    }
}
