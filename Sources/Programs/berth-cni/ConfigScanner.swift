/// Finds string members of the outermost object of a JSON text, or of an object in it, and builds nothing else.
///
/// It stops at the first match and at the first thing it does not understand, so it never judges a configuration: the
/// daemon does.
struct ConfigScanner {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    private init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Returns the value of the first member `key`, unescaped; nil when there is none, when it is no string, or when what
    /// stands before it is malformed.
    static func string(_ key: StaticString, in bytes: UnsafeRawBufferPointer) -> Text? {
        var scanner = ConfigScanner(bytes)
        return scanner.find(key) ? scanner.value() : nil
    }

    /// The same of the first member `section`, which is an object.
    static func string(_ key: StaticString, ofSection section: StaticString, in bytes: UnsafeRawBufferPointer) -> Text? {
        var scanner = ConfigScanner(bytes)
        return scanner.find(section) && scanner.find(key) ? scanner.value() : nil
    }

    /// Goes to the value of the first member `key` of the object that comes next.
    private mutating func find(_ key: StaticString) -> Bool {
        guard takeToken("{") else { return false }
        while true {
            guard let name = takeString(), takeToken(":") else { return false }
            if equals(name, key) { return true }
            guard skipValue(), takeToken(",") else { return false }
        }
    }

    private mutating func value() -> Text? {
        guard let value = takeString() else { return nil }
        return unescaped(value)
    }

    /// Skips white space, then the character if it comes next.
    private mutating func takeToken(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Takes a string and returns where its content lies, escapes included.
    private mutating func takeString() -> Range<Int>? {
        guard takeToken("\"") else { return nil }
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return start..<(position - 1)
            case UInt8(ascii: "\\"):
                position += 2
            default:
                position += 1
            }
        }
        return nil
    }

    /// Skips a value of any kind. Brackets are counted, not matched.
    private mutating func skipValue() -> Bool {
        var depth = 0
        repeat {
            skipSpace()
            guard position < bytes.count else { return false }
            switch bytes[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                position += 1
            case UInt8(ascii: "\""):
                guard takeString() != nil else { return false }
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { return false }
                position += 1
            default:
                skipScalar()
            }
        } while depth > 0
        return depth == 0
    }

    private mutating func skipScalar() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "\""): return
            case 0x20, 0x09, 0x0a, 0x0d: return
            default: position += 1
            }
        }
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private func equals(_ range: Range<Int>, _ key: StaticString) -> Bool {
        bytes[range].elementsEqual(UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    }

    /// Resolves the escapes that occur in paths; nil for any other.
    private func unescaped(_ range: Range<Int>) -> Text? {
        var result = Text()
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == UInt8(ascii: "\\") {
                // A string ends at a quote that is not escaped, so something follows every backslash inside.
                index += 1
                switch bytes[index] {
                case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "\""): break
                default: return nil
                }
            }
            result.append(bytes[index])
            index += 1
        }
        return result
    }
}
