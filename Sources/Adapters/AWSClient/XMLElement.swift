/// An element of an XML document, and no more of XML than AWS answers in: elements, text, escapes and comments.
///
/// Attributes are read over: AWS uses them for namespaces alone. Document types are refused, and with them entities of a document's
/// own, which are how a small document becomes a large one.
struct XMLElement: Hashable, Sendable {
    var name: String
    /// The text directly in the element, escapes resolved.
    var text = ""
    var children: [XMLElement] = []
}

extension XMLElement {
    /// How deep elements may be nested, so that a document cannot exhaust a thread's stack; EC2's deepest answer has 10.
    static let depthMax = 32

    /// Parses a document.
    init(parsing bytes: [UInt8]) throws(XMLAnswer.Fault) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw XMLAnswer.Fault(description: "the XML is not UTF-8") }
        var parser = XMLParser(bytes)
        self = try parser.takeDocument()
    }
}

/// A recursive-descent parser over bytes.
private struct XMLParser {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func takeDocument() throws(XMLAnswer.Fault) -> XMLElement {
        try skipBetweenElements(isBeforeRoot: true)
        guard take("<") else { throw fault("no element") }
        let root = try takeElement(depth: 1)
        try skipBetweenElements(isBeforeRoot: false)
        guard position == bytes.count else { throw fault("something after the end") }
        return root
    }

    // MARK: - Elements

    /// Takes an element whose first angle bracket has been taken.
    private mutating func takeElement(depth: Int) throws(XMLAnswer.Fault) -> XMLElement {
        guard depth <= XMLElement.depthMax else { throw fault("elements more than \(XMLElement.depthMax) deep") }
        var element = XMLElement(name: try takeName())
        try skipAttributes()
        if take("/>") { return element }
        guard take(">") else { throw fault("no end of the tag \(element.name)") }
        var text: [UInt8] = []
        while true {
            text += try takeText()
            if take("</") { break }
            if try skipComment() { continue }
            if take("<![CDATA[") {
                text += try takeRaw(until: "]]>")
            } else if take("<") {
                element.children.append(try takeElement(depth: depth + 1))
            } else {
                throw fault("the end within \(element.name)")
            }
        }
        guard try takeName() == element.name else { throw fault("another end than that of \(element.name)") }
        skipWhiteSpace()
        guard take(">") else { throw fault("no end of the tag \(element.name)") }
        element.text = String(decoding: text, as: UTF8.self)
        return element
    }

    private mutating func takeName() throws(XMLAnswer.Fault) -> String {
        let start = position
        while let byte = next, Self.isOfName(byte) { position += 1 }
        guard position > start, position - start <= 256 else { throw fault("no name of an element") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Skips pairs of a name and a quoted value.
    private mutating func skipAttributes() throws(XMLAnswer.Fault) {
        while true {
            skipWhiteSpace()
            guard let byte = next, byte != UInt8(ascii: ">"), byte != UInt8(ascii: "/") else { return }
            _ = try takeName()
            skipWhiteSpace()
            guard take("=") else { throw fault("an attribute without a value") }
            skipWhiteSpace()
            guard let quote = next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
                throw fault("an attribute without quotes")
            }
            position += 1
            while let byte = next, byte != quote, byte != UInt8(ascii: "<") { position += 1 }
            guard next == quote else { throw fault("an attribute without an end") }
            position += 1
        }
    }

    // MARK: - Text

    private mutating func takeText() throws(XMLAnswer.Fault) -> [UInt8] {
        var text: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "<") {
            position += 1
            if byte == UInt8(ascii: "&") {
                text += Array(String(try takeEscape()).utf8)
            } else {
                text.append(byte)
            }
        }
        return text
    }

    /// Takes the rest of an escape, whose ampersand has been taken (XML 1.0, sections 4.1 and 4.6).
    private mutating func takeEscape() throws(XMLAnswer.Fault) -> Unicode.Scalar {
        let start = position
        while let byte = next, byte != UInt8(ascii: ";"), position - start < 12 { position += 1 }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        guard take(";") else { throw fault("an escape without an end") }
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        let code =
            name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst(1)) : nil
        guard let scalar = code.flatMap(Unicode.Scalar.init) else { throw fault("an escape that is none") }
        return scalar
    }

    private mutating func takeRaw(until end: StaticString) throws(XMLAnswer.Fault) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count {
            if take(end) { return bytes[start..<position - end.utf8CodeUnitCount] }
            position += 1
        }
        throw fault("a part without an end")
    }

    // MARK: - What is no content

    private mutating func skipBetweenElements(isBeforeRoot: Bool) throws(XMLAnswer.Fault) {
        if isBeforeRoot { _ = take("\u{FEFF}") }
        while true {
            skipWhiteSpace()
            if isBeforeRoot && take("<?") {
                _ = try takeRaw(until: "?>")
            } else if try !skipComment() {
                return
            }
        }
    }

    private mutating func skipComment() throws(XMLAnswer.Fault) -> Bool {
        guard take("<!--") else { return false }
        _ = try takeRaw(until: "-->")
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = next, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { position += 1 }
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Takes `text` if it stands here.
    private mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        let stands = text.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + count]) }
        if stands { position += count }
        return stands
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._:".utf8.contains(byte)
        }
    }

    private func fault(_ problem: String) -> XMLAnswer.Fault {
        XMLAnswer.Fault(description: "the XML has \(problem) at byte \(position) of \(bytes.count)")
    }
}
