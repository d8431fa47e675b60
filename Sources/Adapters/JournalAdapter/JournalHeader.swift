/// How a journal begins: eight letters, the format's number, the boot it was written in, and a check of all that.
package struct JournalHeader: Equatable {
    /// The format of everything behind the header. It changes only when an older reader must not even try.
    package static let format: UInt32 = 2
    package static let byteCount = magic.count + 4 + BootID.byteCount + 4

    private static let magic = Array("berthjnl".utf8)

    package let format: UInt32
    package let bootID: BootID

    package init(format: UInt32 = Self.format, bootID: BootID) {
        self.format = format
        self.bootID = bootID
    }

    /// Reads the header; nil when it is damaged or not that of a journal.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.byteCount, bytes.starts(with: Self.magic) else { return nil }
        let text = Self.magic.count + 4..<Self.byteCount - 4
        var reader = ByteReader(bytes, in: Self.magic.count..<Self.byteCount)
        guard let format = try? reader.number(UInt32.self), let bootID = BootID(bytes[text]) else { return nil }
        self.init(format: format, bootID: bootID)
        guard bytes.starts(with: self.bytes) else { return nil }
    }

    package var bytes: [UInt8] {
        var writer = ByteWriter()
        for byte in Self.magic { writer.write(byte) }
        writer.write(format)
        for byte in bootID.text.utf8 { writer.write(byte) }
        var check = CRC32C()
        check.update(writer.bytes.span)
        writer.write(check.checksum)
        return writer.bytes
    }
}
