package import Yams

extension YAMLReader {
    package typealias Node = Yams.Node

    /// A whole number in a range.
    package mutating func integer(_ node: Node, _ name: String, in range: ClosedRange<Int>) -> Int? {
        text(node, name, expected: wholeNumber(in: range)) { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
    }

    /// A number with or without a fraction, in a range.
    package mutating func number(_ node: Node, _ name: String, in range: ClosedRange<Double>) -> Double? {
        text(node, name, expected: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            Double(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    package mutating func flag(_ node: Node, _ name: String) -> Bool? {
        text(node, name, expected: "true or false") { ["true": true, "false": false][$0] }
    }

    /// One of some words.
    package mutating func choice<Choice: RawRepresentable & CaseIterable>(_ node: Node, _ name: String) -> Choice?
    where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        return text(node, name, expected: words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")) { Choice(rawValue: $0) }
    }

    // MARK: - Before a file is parsed

    private static let anchorsMax = 1000

    /// Notes a fault for each anchor. A few of them, each in the next, make a document that no memory holds, and a mapping with
    /// such a key keeps the parser busy for ever.
    ///
    /// What begins with `&` behind a blank or a bracket is taken for one, wherever it stands but in a line of comment.
    mutating func refuseAnchors(in yaml: String) {
        let (openers, blanks) = (Set(" \t\r[{,:?".utf8), Set(" \t\r\n".utf8))
        var line = 1
        var isComment = false
        var isLineEmpty = true
        var previous = UInt8(ascii: " ")
        var bytes = yaml.utf8.makeIterator()
        var next = bytes.next()
        while let byte = next, faults.count < Self.anchorsMax {
            next = bytes.next()
            if isLineEmpty, byte == UInt8(ascii: "#") { isComment = true }
            // The parser ends a line, and with it a comment, at more than a line feed.
            if byte >= 0x80 || byte == UInt8(ascii: "\r") { isComment = false }
            let isWord = next.map { !blanks.contains($0) } ?? false
            if byte == UInt8(ascii: "&"), !isComment, isWord, openers.contains(previous) || previous >= 0x80 {
                faults.append(
                    ConfigurationFault(
                        place: "\(file):\(line)", problem: "anchors (&name) and aliases (*name) are not taken",
                        remedy: "Write the value out where it is meant"))
            }
            if byte == UInt8(ascii: "\n") {
                line += 1
                (isComment, isLineEmpty, previous) = (false, true, UInt8(ascii: " "))
            } else {
                if byte != UInt8(ascii: " ") { isLineEmpty = false }
                previous = byte
            }
        }
    }
}
