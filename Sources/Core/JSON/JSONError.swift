/// Why bytes are not an acceptable JSON document, and where.
public struct JSONError: Error, Hashable, Sendable {
    public enum Fault: Hashable, Sendable {
        case tooLarge(bytes: Int, bytesMax: Int)
        /// Arrays and objects are nested deeper than ``JSONValue/depthMax``.
        case tooDeep
        case endsEarly
        case unexpectedByte(UInt8)
        /// A byte below 0x20 inside a string, which must be written as an escape.
        case controlCharacter(UInt8)
        case unknownEscape
        /// Half of a UTF-16 surrogate pair, which stands for no character.
        case loneSurrogate
        case notUTF8
        case trailingBytes
    }

    public let fault: Fault
    /// Where the fault lies, counted from 0; for text that is not UTF-8, where its string begins.
    public let byteOffset: Int
    /// The line of that byte, counted from 1.
    public let line: Int
}

extension JSONError: CustomStringConvertible {
    /// What is wrong and where, such as `unexpected byte 0x7d at byte 12, line 1`.
    public var description: String { "\(fault) at byte \(byteOffset), line \(line)" }
}

extension JSONError.Fault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let bytesMax): "\(bytes) bytes are more than the \(bytesMax) allowed"
        case .tooDeep: "more than \(JSONValue.depthMax) levels of nesting"
        case .endsEarly: "unexpected end"
        case .unexpectedByte(let byte): "unexpected byte \(Self.hex(byte))"
        case .controlCharacter(let byte): "unescaped control character \(Self.hex(byte)) in a string"
        case .unknownEscape: "unknown escape in a string"
        case .loneSurrogate: "half of a surrogate pair in a string"
        case .notUTF8: "a string that is not UTF-8"
        case .trailingBytes: "something behind the end of the document"
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0x0" : "0x") + String(byte, radix: 16)
    }
}
