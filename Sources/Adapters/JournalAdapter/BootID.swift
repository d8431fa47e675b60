/// What the kernel calls this boot: a random UUID as text (random(4), `/proc/sys/kernel/random/boot_id`).
package struct BootID: Hashable, Sendable {
    package static let byteCount = 36

    package let text: String

    /// Takes 36 bytes of hexadecimal digits and dashes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount, let text = String(validating: bytes, as: UTF8.self) else { return nil }
        guard text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
        self.text = text
    }

    /// Asks the kernel.
    package static func current() throws(JournalError) -> BootID {
        let path = "/proc/sys/kernel/random/boot_id"
        let bytes = try OpenFile(path, .readOnly).contents(bytesMax: byteCount)
        guard let bootID = BootID(bytes) else { throw .noBootID(path: path) }
        return bootID
    }
}
