/// An element of an answer: a name, and either text or elements.
struct XMLElement: Hashable, Sendable {
    private enum Content: Hashable, Sendable {
        case text(String)
        case elements([XMLElement])
    }

    let name: String
    private let content: Content

    init(_ name: String, _ text: some CustomStringConvertible) {
        self.name = name
        content = .text("\(text)")
    }

    init(_ name: String, of elements: [XMLElement]) {
        self.name = name
        content = .elements(elements)
    }

    /// Nil without a value: EC2 leaves out what it does not know.
    init?(_ name: String, ifKnown text: (some CustomStringConvertible)?) {
        guard let text else { return nil }
        self.init(name, text)
    }

    /// A list as EC2 writes it: elements called `item` in one of that name, which is there also when it is empty.
    static func list(_ name: String, _ items: [[XMLElement]]) -> XMLElement {
        XMLElement(name, of: items.map { XMLElement("item", of: $0) })
    }

    /// A list of texts.
    static func texts(_ name: String, _ items: [some CustomStringConvertible]) -> XMLElement {
        XMLElement(name, of: items.map { XMLElement("item", $0) })
    }

    func write(to text: inout String) {
        text += "<\(name)>"
        switch content {
        case .text(let value): Self.escape(value, into: &text)
        case .elements(let elements): for element in elements { element.write(to: &text) }
        }
        text += "</\(name)>"
    }

    /// Control characters that XML cannot hold become spaces (XML 1.0, section 2.2).
    private static func escape(_ value: String, into text: inout String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "&": text += "&amp;"
            case "\r": text += "&#13;"
            case "\t", "\n": text.unicodeScalars.append(scalar)
            case "\u{0}"..<"\u{20}": text += " "
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension XMLElement: CustomStringConvertible {
    var description: String {
        var text = ""
        write(to: &text)
        return text
    }
}
