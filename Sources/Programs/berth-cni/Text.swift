import CPluginSystem

/// A short text under construction, such as an error or a path.
///
/// Neither `String` nor `[UInt8]`: the first interpolation or array of a process makes the runtime instantiate generic types,
/// which costs more instructions than the whole way of a request through the plugin. The memory is never freed, because
/// the process ends a moment later.
struct Text: ~Copyable {
    private let storage: UnsafeMutableRawPointer
    private var count = 0

    /// What does not fit is cut off; no path that can be used is longer (`PATH_MAX`, limits.h).
    private static let capacity = 4096

    init(_ start: StaticString = "") {
        // One byte more for the end of the C string.
        storage = .allocate(byteCount: Self.capacity + 1, alignment: 1)
        append(start)
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: count) }

    /// The text as a C string; valid until the text is changed.
    var cString: UnsafePointer<CChar> {
        storage.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
        return UnsafePointer(storage.assumingMemoryBound(to: CChar.self))
    }

    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: UnsafeRawBufferPointer) {
        for byte in text { append(byte) }
    }

    mutating func append(_ byte: UInt8) {
        guard count < Self.capacity else { return }
        storage.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Appends a number, which is not negative, with at least `digits` digits, at most 19.
    mutating func append(number: Int, digits: Int = 1) {
        var divisor = 1
        var length = 1
        while length < digits || number / divisor >= 10, length < 19 {
            divisor *= 10
            length += 1
        }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }

    /// Appends how something ended, such as `: Connection refused (errno 111)`.
    mutating func append(failure error: Int32) {
        append(": ")
        if let meaning = strerror(error) {
            append(UnsafeRawBufferPointer(start: meaning, count: strlen(meaning)))
        }
        append(" (errno ")
        append(number: Int(error))
        append(")")
    }

    /// Appends what may stand inside a JSON string. Control characters and bytes beyond ASCII, which need not be valid
    /// UTF-8, become question marks.
    mutating func append(escaped text: UnsafeRawBufferPointer) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0x20..<0x7f:
                append(byte)
            default:
                append(UInt8(ascii: "?"))
            }
        }
    }

    /// Writes the text; false when the descriptor refuses, with `errno` set.
    @discardableResult
    func write(to descriptor: Int32) -> Bool {
        writeAll(bytes, to: descriptor)
    }
}

/// Writes every byte; false when the descriptor refuses, with `errno` set.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
        let count = write(descriptor, rest.baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        written += count
    }
    return true
}
