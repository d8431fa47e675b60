public import IPAMEngine

/// What a journal held when it was opened.
public struct Recovered: Hashable, Sendable {
    /// In the order in which they were appended.
    public var entries: [JournalEntry] = []
    /// Good records in the file; `entries` and those with unknown operations.
    public var recordCount = 0
    /// Records of operations that this version does not know, as a later one writes them; kept until the next compaction.
    public var unknownRecords = 0
    /// The file that could not be used, or not to its end; nil when nothing was lost.
    public var setAside: SetAside?

    public init(entries: [JournalEntry] = [], recordCount: Int = 0, unknownRecords: Int = 0, setAside: SetAside? = nil) {
        self.entries = entries
        self.recordCount = recordCount
        self.unknownRecords = unknownRecords
        self.setAside = setAside
    }
}

/// A journal file that was kept under another name, and why.
public struct SetAside: Hashable, Sendable {
    /// The whole file as it was found.
    public var path: String
    public var reason: Reason
    /// Bytes of it that were not used.
    public var unusedBytes: Int

    public init(path: String, reason: Reason, unusedBytes: Int) {
        self.path = path
        self.reason = reason
        self.unusedBytes = unusedBytes
    }

    public enum Reason: Hashable, Sendable {
        /// It was written in an earlier boot, and the pods it speaks of ended with that.
        case endedByReboot
        /// It does not begin as a journal does.
        case badHeader
        /// It is in a format of another version.
        case unknownFormat(UInt32)
        /// Everything before this record was used; `offset` is where it begins, in bytes.
        case badRecord(RecordFault, offset: Int)
    }
}

extension SetAside: CustomStringConvertible {
    public var description: String {
        "\(reason): \(unusedBytes) bytes not used, the whole file kept as \(path)"
    }
}

extension SetAside.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .endedByReboot: "the journal is of an earlier boot"
        case .badHeader: "the file does not begin as a journal does"
        case .unknownFormat(let format): "the journal has format \(format), not \(JournalHeader.format)"
        case .badRecord(let fault, let offset): "the record at byte \(offset) \(fault)"
        }
    }
}

extension Recovered: CustomStringConvertible {
    /// A sentence for the log, such as `1500 records`.
    public var description: String {
        var text = "\(recordCount) records"
        if unknownRecords > 0 { text += ", \(unknownRecords) of a later version skipped" }
        if let setAside { text += "; \(setAside)" }
        return text
    }
}
