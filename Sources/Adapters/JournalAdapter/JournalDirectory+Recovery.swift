extension JournalDirectory {
    /// Reads the journal as far as it is good, opens it for more, and keeps a file aside that is not good to its end.
    func recoverJournal(bootID: BootID, into recovered: inout Recovered) throws(JournalError) -> JournalFile {
        let header = JournalHeader(bootID: bootID)
        guard let file = try openJournal() else { return try beginJournal(header) }
        // One byte more than a journal can have, so that a longer file is seen to go on.
        let bytes = try file.contents(bytesMax: JournalFile.bytesMax + 1)
        if let reason = header.reasonNotToContinue(JournalHeader(bytes)) {
            recovered.setAside = try keepAside(reason, unusedBytes: bytes.count)
            return try beginJournal(header)
        }
        return try goOn(with: file, header, bytes, into: &recovered)
    }

    private func beginJournal(_ header: JournalHeader) throws(JournalError) -> JournalFile {
        JournalFile(try replaceJournal(with: header.bytes), header: header.bytes, end: JournalHeader.byteCount)
    }

    private func goOn(
        with file: consuming OpenFile, _ header: JournalHeader, _ bytes: [UInt8], into recovered: inout Recovered
    ) throws(JournalError) -> JournalFile {
        let scan = JournalScan(bytes, from: JournalHeader.byteCount)
        recovered = Recovered(entries: scan.entries, recordCount: scan.recordCount, unknownRecords: scan.unknownRecords)
        if let fault = scan.fault {
            recovered.setAside = try keepAside(.badRecord(fault, offset: scan.end), unusedBytes: bytes.count - scan.end)
            // The bytes as they are, so that records of a later version stay.
            file = try replaceJournal(with: Array(bytes[..<scan.end]))
        }
        return JournalFile(file, header: header.bytes, end: scan.end, recordCount: scan.recordCount, lastSequence: scan.lastSequence)
    }

    private func keepAside(_ reason: SetAside.Reason, unusedBytes: Int) throws(JournalError) -> SetAside {
        let path = try keepAside(as: reason == .endedByReboot ? .ended : .damaged)
        return SetAside(path: path, reason: reason, unusedBytes: unusedBytes)
    }
}

extension JournalHeader {
    /// Why a journal with this header does not go on behind the header that was found; nil when it does.
    fileprivate func reasonNotToContinue(_ found: JournalHeader?) -> SetAside.Reason? {
        guard let found else { return .badHeader }
        guard found.format == format else { return .unknownFormat(found.format) }
        return found.bootID == bootID ? nil : .endedByReboot
    }
}
