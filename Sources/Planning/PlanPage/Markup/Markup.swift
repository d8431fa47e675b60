/// HTML that is well-formed and escaped, because nothing else can be put together.
///
/// Text comes from files that anyone may have written: it gets in as ``text(_:)`` alone.
struct Markup: Hashable, Sendable {
    private(set) var html: String

    private init(html: String) {
        self.html = html
    }

    static let nothing = Markup(html: "")

    /// What is to be read as it is, whatever characters are in it.
    static func text(_ text: some StringProtocol) -> Markup {
        Markup(html: Escaping.escaped(text))
    }

    /// The page's own style, which no value goes into.
    static func style(_ css: StaticString) -> Markup {
        Markup(html: "<style>\(css)</style>\n")
    }

    init(_ tag: Tag, _ attributes: [Attribute], _ content: Markup) {
        html = "<\(tag.rawValue)"
        for attribute in attributes { html += " \(attribute.name.rawValue)=\"\(Escaping.escaped(attribute.value))\"" }
        html += ">"
        guard !tag.isVoid else { return }
        html += content.html
        html += "</\(tag.rawValue)>"
        if tag.isBlock { html += "\n" }
    }

    /// A document with this as its one element.
    static func document(_ root: Markup) -> String { "<!doctype html>\n\(root.html)" }

    static func joined(_ parts: [Markup]) -> Markup {
        Markup(html: parts.reduce(into: "") { $0 += $1.html })
    }
}

/// Elements, text and lists of them, one after the other.
@resultBuilder
enum MarkupBuilder {
    static func buildExpression(_ text: String) -> Markup { .text(text) }
    static func buildExpression(_ markup: Markup) -> Markup { markup }
    static func buildExpression(_ markup: [Markup]) -> Markup { .joined(markup) }
    static func buildBlock(_ parts: Markup...) -> Markup { .joined(parts) }
    static func buildOptional(_ part: Markup?) -> Markup { part ?? .nothing }
    static func buildEither(first: Markup) -> Markup { first }
    static func buildEither(second: Markup) -> Markup { second }
    static func buildArray(_ parts: [Markup]) -> Markup { .joined(parts) }
}

/// An element with what is in it.
func element(_ tag: Tag, _ attributes: Attribute..., @MarkupBuilder content: () -> Markup) -> Markup {
    Markup(tag, attributes, content())
}

/// An element with nothing in it.
func element(_ tag: Tag, _ attributes: Attribute...) -> Markup {
    Markup(tag, attributes, .nothing)
}
