extension JSONValue {
    /// How deep arrays and objects may be nested, so that a hostile document cannot exhaust a worker's stack.
    public static let depthMax = 64

    /// Parses one JSON document, strictly by RFC 8259.
    ///
    /// Comments, trailing commas, a byte order mark, control characters and halves of surrogate pairs are refused. The
    /// cost is linear in the bytes.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, with nothing but white space around the document.
    ///   - bytesMax: The size above which a document is refused unread.
    public init(parsing bytes: [UInt8], bytesMax: Int) throws(JSONError) {
        guard bytes.count <= bytesMax else {
            throw JSONError(fault: .tooLarge(bytes: bytes.count, bytesMax: bytesMax), byteOffset: bytesMax, line: 1)
        }
        var parser = JSONParser(bytes)
        self = try parser.takeDocument()
    }
}

/// A recursive-descent parser over bytes; it makes a `String` only of what is a string in the document.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static func isNumber(_ bytes: [UInt8]) -> Bool {
        var parser = JSONParser(bytes)
        guard (try? parser.takeNumber()) != nil else { return false }
        return parser.position == bytes.count
    }

    mutating func takeDocument() throws(JSONError) -> JSONValue {
        skipWhiteSpace()
        let value = try takeValue(depth: 0)
        skipWhiteSpace()
        guard position == bytes.count else { throw error(.trailingBytes) }
        return value
    }

    private mutating func takeValue(depth: Int) throws(JSONError) -> JSONValue {
        guard let byte = next else { throw error(.endsEarly) }
        switch byte {
        case UInt8(ascii: "{"): return .object(try takeObject(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try takeArray(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try takeString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try takeNumber())
        case UInt8(ascii: "t"): return try takeWord("true", .bool(true))
        case UInt8(ascii: "f"): return try takeWord("false", .bool(false))
        case UInt8(ascii: "n"): return try takeWord("null", .null)
        default: throw unexpected()
        }
    }

    private mutating func takeObject(depth: Int) throws(JSONError) -> JSONObject {
        try enter(depth)
        var object = JSONObject()
        if take(UInt8(ascii: "}")) { return object }
        repeat {
            skipWhiteSpace()
            guard next == UInt8(ascii: "\"") else { throw unexpected() }
            let name = try takeString()
            skipWhiteSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected() }
            skipWhiteSpace()
            object.members.append(JSONObject.Member(name: name, value: try takeValue(depth: depth)))
            skipWhiteSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw unexpected() }
        return object
    }

    private mutating func takeArray(depth: Int) throws(JSONError) -> [JSONValue] {
        try enter(depth)
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return elements }
        repeat {
            skipWhiteSpace()
            elements.append(try takeValue(depth: depth))
            skipWhiteSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected() }
        return elements
    }

    /// Steps behind an opening bracket and the white space after it.
    private mutating func enter(_ depth: Int) throws(JSONError) {
        guard depth <= JSONValue.depthMax else { throw error(.tooDeep) }
        position += 1
        skipWhiteSpace()
    }

    private mutating func takeWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[index]) else { throw unexpected() }
        }
        return value
    }

    private mutating func takeNumber() throws(JSONError) -> JSONNumber {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try takeDigits() }
        if take(UInt8(ascii: ".")) { try takeDigits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            try takeDigits()
        }
        return JSONNumber(checked: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func takeDigits() throws(JSONError) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw unexpected() }
    }
}

extension JSONParser {
    private mutating func takeString() throws(JSONError) -> String {
        let quote = position
        position += 1
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return try text(bytes[(quote + 1)..<(position - 1)], from: quote)
            case UInt8(ascii: "\\"): return try takeEscapedString(from: quote)
            case ..<0x20: throw error(.controlCharacter(byte))
            default: position += 1
            }
        }
        throw error(.endsEarly)
    }

    /// Takes the rest of a string from its first escape on, into a buffer: what precedes the escape is copied.
    private mutating func takeEscapedString(from quote: Int) throws(JSONError) -> String {
        var buffer = Array(bytes[(quote + 1)..<position])
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return try text(buffer[...], from: quote)
            case UInt8(ascii: "\\"): buffer.append(contentsOf: String(try takeEscape()).utf8)
            case ..<0x20: throw error(.controlCharacter(byte))
            default:
                buffer.append(byte)
                position += 1
            }
        }
        throw error(.endsEarly)
    }

    private mutating func takeEscape() throws(JSONError) -> Unicode.Scalar {
        position += 1
        guard let byte = next else { throw error(.endsEarly) }
        let scalar: Unicode.Scalar
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(byte)
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{c}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"): return try takeUnicodeEscape()
        default: throw error(.unknownEscape)
        }
        position += 1
        return scalar
    }

    /// Takes `uXXXX`, and the second half behind it where the first is a high surrogate (RFC 8259 section 7).
    private mutating func takeUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position
        let unit = try takeHexUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        if UTF16.isLeadSurrogate(unit), take(UInt8(ascii: "\\")), next == UInt8(ascii: "u") {
            let second = try takeHexUnit()
            let value = 0x10000 + (UInt32(unit) & 0x3ff) << 10 + (UInt32(second) & 0x3ff)
            if UTF16.isTrailSurrogate(second), let scalar = Unicode.Scalar(value) { return scalar }
        }
        position = start
        throw error(.loneSurrogate)
    }

    /// Takes `u` and four hexadecimal digits.
    private mutating func takeHexUnit() throws(JSONError) -> UInt16 {
        position += 1
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap(Self.hexDigit) else { throw unexpected() }
            unit = unit << 4 | digit
            position += 1
        }
        return unit
    }

    private static func hexDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// ASCII is told apart first because it needs no validation, which would cost as much as the rest of the parser.
    private func text(_ utf8: ArraySlice<UInt8>, from quote: Int) throws(JSONError) -> String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return String(decoding: utf8, as: UTF8.self) }
        guard let text = String(validating: utf8, as: UTF8.self) else { throw error(.notUTF8, at: quote) }
        return text
    }
}

extension JSONParser {
    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    private func unexpected() -> JSONError {
        next.map { error(.unexpectedByte($0)) } ?? error(.endsEarly)
    }

    private func error(_ fault: JSONError.Fault, at offset: Int? = nil) -> JSONError {
        let offset = offset ?? position
        let line = 1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") }
        return JSONError(fault: fault, byteOffset: offset, line: line)
    }
}
