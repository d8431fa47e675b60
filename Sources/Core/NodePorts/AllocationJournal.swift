public import IPAMEngine

/// What a node asks of its disk: to keep the engine's entries, in order, past the end of the process.
public struct AllocationJournal: Sendable {
    /// Appends entries; when it returns they survive the process. Called from several threads at once.
    public var append: @Sendable (_ entries: [JournalEntry]) throws(JournalFailure) -> Void
    /// Whether enough has become obsolete that writing the journal anew pays; `live` is how many entries would remain.
    public var isCompactionDue: @Sendable (_ live: Int) -> Bool
    /// Writes the journal anew with these entries alone.
    public var compact: @Sendable (_ entries: [JournalEntry]) throws(JournalFailure) -> Void

    public init(
        append: @escaping @Sendable (_ entries: [JournalEntry]) throws(JournalFailure) -> Void,
        isCompactionDue: @escaping @Sendable (_ live: Int) -> Bool,
        compact: @escaping @Sendable (_ entries: [JournalEntry]) throws(JournalFailure) -> Void
    ) {
        self.append = append
        self.isCompactionDue = isCompactionDue
        self.compact = compact
    }
}

/// An entry that could not be kept.
public struct JournalFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}
