import Synchronization

/// How many phases all runs have finished, on whichever core.
final class PhaseProgress: Sendable {
    private let progress: Progress
    private let done = Atomic<UInt64>(0)

    init(of total: Int, unit: String) {
        progress = Progress(of: UInt64(total), unit: unit)
    }

    func advance() {
        progress.show(done.add(1, ordering: .relaxed).newValue)
    }

    func end() { progress.end() }
}
