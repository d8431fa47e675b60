extension JSONValue {
    /// The document as UTF-8 for people to read: each member and element on a line of its own, with two spaces for each level, and a
    /// line end behind the last. The same value gives the same bytes.
    public var indentedBytes: [UInt8] {
        var output: [UInt8] = []
        writeIndented(level: 0, to: &output)
        output.append(UInt8(ascii: "\n"))
        return output
    }

    private func writeIndented(level: Int, to output: inout [UInt8]) {
        switch self {
        case .array(let elements) where !elements.isEmpty:
            Self.writeLines(elements, between: "[", and: "]", level, to: &output) { $0.writeIndented(level: level + 1, to: &$1) }
        case .object(let object) where !object.members.isEmpty:
            Self.writeLines(object.members, between: "{", and: "}", level, to: &output) { member, output in
                output += JSONValue.string(member.name).bytes
                output += Array(": ".utf8)
                member.value.writeIndented(level: level + 1, to: &output)
            }
        case .null, .bool, .number, .string, .array, .object:
            output += bytes
        }
    }

    private static func writeLines<Element>(
        _ elements: [Element], between opening: Unicode.Scalar, and closing: Unicode.Scalar, _ level: Int, to output: inout [UInt8],
        writeElement: (Element, inout [UInt8]) -> Void
    ) {
        output.append(UInt8(ascii: opening))
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output += lineEnd(level + 1)
            writeElement(element, &output)
        }
        output += lineEnd(level)
        output.append(UInt8(ascii: closing))
    }

    private static func lineEnd(_ level: Int) -> [UInt8] {
        [UInt8(ascii: "\n")] + [UInt8](repeating: UInt8(ascii: " "), count: 2 * level)
    }
}
