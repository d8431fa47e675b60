import Glibc
import Synchronization

/// Ctrl-C while every core computes: a task that waited for the signal would have no thread to run on.
enum Interruption {
    /// What shells say of a program that SIGINT ended: 128 and the signal's number.
    static let status: Int32 = 130

    private static let flag = Atomic<Bool>(false)

    static var hasCome: Bool { flag.load(ordering: .relaxed) }

    static func begin() {
        // Made before the handler needs it.
        flag.store(false, ordering: .relaxed)
        signal(SIGINT) { _ in Interruption.flag.store(true, ordering: .relaxed) }
    }

    static func end() {
        signal(SIGINT, SIG_DFL)
    }
}
