/// Netlink messages of nf_tables, one after the other as the kernel sends them, and the attributes they carry.
///
/// Numbers are in the order of the machine, and those within attributes of nf_tables in that of the network. Whatever does not fit its
/// surroundings ends the reading.
struct NetfilterMessages: Sequence, IteratorProtocol {
    /// `struct nlmsghdr` and `struct nfgenmsg` behind it.
    private static let headerBytes = 16 + 4
    private static let familyOffset = 16

    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    struct Message {
        /// Of the table that it is about, by the numbers of `linux/netfilter.h`.
        let family: UInt8
        let attributes: NetlinkAttributes
    }

    mutating func next() -> Message? {
        guard rest.count >= Self.headerBytes else { return nil }
        let length = Int(rest.number(at: 0, as: UInt32.self))
        guard length >= Self.headerBytes, length <= rest.count else { return nil }
        let message = rest.prefix(length)
        rest = rest.dropFirst(length.aligned)
        return Message(
            family: message.number(at: Self.familyOffset, as: UInt8.self),
            attributes: NetlinkAttributes(message.dropFirst(Self.headerBytes)))
    }
}

/// Attributes of netlink: a length, a type and a value each (`struct nlattr`).
struct NetlinkAttributes: Sequence, IteratorProtocol {
    private static let headerBytes = 4
    /// Without the two bits that say how the value is built.
    private static let typeMask: UInt16 = 0x3fff

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func next() -> (type: Int, value: ArraySlice<UInt8>)? {
        guard rest.count >= Self.headerBytes else { return nil }
        let length = Int(rest.number(at: 0, as: UInt16.self))
        guard length >= Self.headerBytes, length <= rest.count else { return nil }
        let type = Int(rest.number(at: 2, as: UInt16.self) & Self.typeMask)
        let value = rest.prefix(length).dropFirst(Self.headerBytes)
        rest = rest.dropFirst(length.aligned)
        return (type, value)
    }

    /// The value of the first attribute of the type.
    subscript(_ type: Int) -> ArraySlice<UInt8>? {
        first { $0.type == type }?.value
    }

    /// The text of an attribute, up to its first zero.
    func text(_ type: Int) -> String? {
        self[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension Int {
    /// Rounded up to where the next message or attribute begins.
    fileprivate var aligned: Int { (self + 3) & ~3 }
}

extension ArraySlice<UInt8> {
    fileprivate func number<Number: FixedWidthInteger>(at offset: Int, as: Number.Type) -> Number {
        withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    }
}
