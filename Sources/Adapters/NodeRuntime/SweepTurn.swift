/// When it is this node's turn to look for orphans, one node of the cluster at a time.
///
/// A lease of the cluster's is the strict way. Without one there is ``spaced(by:random:)``, which needs nobody: see
/// Docs/Decisions/0014.
public struct SweepTurn: Sendable {
    /// Returns when the turn has come, or throws when the task is cancelled. The turn lasts until it is asked for again.
    public var next: @Sendable (_ sleep: @Sendable (Duration) async throws -> Void) async throws -> Void

    public init(next: @escaping @Sendable (_ sleep: @Sendable (Duration) async throws -> Void) async throws -> Void) {
        self.next = next
    }

    /// A turn at a moment of its own, drawn anew each time: on average one in each interval, the first one sooner.
    ///
    /// - Parameter random: From 0 up to 1.
    public static func spaced(
        by interval: Duration, random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) -> SweepTurn {
        let spacing = Spacing()
        return SweepTurn { sleep in try await sleep(spacing.pause(of: interval, random: random())) }
    }
}
