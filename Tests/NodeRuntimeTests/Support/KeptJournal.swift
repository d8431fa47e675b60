import IPAMEngine
import NodePorts
import Synchronization

/// A journal in memory that a restarted node can be given, and that can be full.
final class KeptJournal: Sendable {
    private let state: Mutex<(entries: [JournalEntry], isFull: Bool)>

    init(_ entries: [JournalEntry]) {
        state = Mutex((entries, false))
    }

    var entries: [JournalEntry] { state.withLock(\.entries) }

    /// Whether further entries are refused, as by a disk without room.
    var isFull: Bool {
        get { state.withLock(\.isFull) }
        set { state.withLock { $0.isFull = newValue } }
    }

    var port: AllocationJournal {
        AllocationJournal(
            append: { (entries) throws(JournalFailure) in
                let isFull = self.state.withLock { state in
                    if !state.isFull { state.entries += entries }
                    return state.isFull
                }
                if isFull { throw JournalFailure("no space left (ENOSPC)") }
            },
            isCompactionDue: { _ in false }, compact: { _ in })
    }
}
