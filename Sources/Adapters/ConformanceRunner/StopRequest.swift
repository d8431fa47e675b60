import Synchronization

/// Tells a run from another thread to end early; it still removes what it has made.
public final class StopRequest: Sendable {
    private let flag = Atomic(false)

    public init() {}

    public func make() {
        flag.store(true, ordering: .releasing)
    }

    public var isMade: Bool { flag.load(ordering: .acquiring) }
}
