import IPAMEngine
public import NodePorts

extension AllocationJournal {
    /// The port that a journal file stands behind.
    public init(_ journal: Journal) {
        self.init(
            append: { entries throws(JournalFailure) in
                try Self.translating { () throws(JournalError) in try journal.append(entries) }
            },
            isCompactionDue: { live in journal.isCompactionDue(liveEntries: live) },
            compact: { entries throws(JournalFailure) in
                try Self.translating { () throws(JournalError) in try journal.compact(to: entries) }
            })
    }

    private static func translating(_ work: () throws(JournalError) -> Void) throws(JournalFailure) {
        do throws(JournalError) { try work() } catch { throw JournalFailure("\(error)") }
    }
}
