/// The elements of which a page is made; none of them runs or loads anything.
enum Tag: String {
    case html, head, meta, title, body
    case header, nav, main, section, footer
    case h1, h2, h3, p, div, span, strong, code, pre, bdi
    case ul, ol, li, dl, dt, dd, a
    case figure, figcaption, details, summary
    case table, caption, thead, tbody, tr, th, td
    case svg, g, defs, pattern, rect, line, path, circle, text, desc

    /// Has no end tag.
    var isVoid: Bool { self == .meta }

    /// Is followed by a new line, so that a page can be read and compared.
    var isBlock: Bool {
        switch self {
        case .span, .strong, .code, .bdi, .a, .th, .td, .rect, .line, .path, .circle, .text: false
        default: true
        }
    }
}

struct Attribute {
    var name: Name
    var value: String

    enum Name: String {
        case `class`, id, lang, charset, name, content, role, scope, href, tabindex, open, colspan
        case httpEquiv = "http-equiv"
        case ariaLabel = "aria-label"
        case ariaLabelledBy = "aria-labelledby"
        case ariaHidden = "aria-hidden"
        case x, y, x1, y1, x2, y2, width, height, viewBox, d, cx, cy, r, fill, preserveAspectRatio, patternUnits
        case textAnchor = "text-anchor"
    }

    init(_ name: Name, _ value: String) {
        self.name = name
        self.value = value
    }

    static func `class`(_ value: String) -> Self { Self(.class, value) }
    static func id(_ value: String) -> Self { Self(.id, value) }

    /// A length in the drawing's own units.
    static func at(_ name: Name, _ length: Double) -> Self { Self(name, length.short) }
    static func at(_ name: Name, _ length: Int) -> Self { Self(name, "\(length)") }

    /// A share of the drawing's width or height.
    static func share(_ name: Name, _ share: Double) -> Self { Self(name, "\((share * 100).short)%") }
}
