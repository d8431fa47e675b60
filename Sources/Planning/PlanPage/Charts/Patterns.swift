/// Fills that are more than a colour; each is defined once in a page.
enum Patterns {
    static let markup = element(.svg, .class("patterns"), .at(.width, 0), .at(.height, 0), Attribute(.ariaHidden, "true")) {
        element(.defs) {
            pattern("p-more", size: 6, ground: "b-more", strokes: "M-1 1l2 -2M0 6l6 -6M5 7l2 -2")
            pattern("p-others", size: 5, ground: "b-others", strokes: "M2.5 0v5")
            pattern("p-short", size: 6, ground: "b-short", strokes: "M0 0l6 6M0 6l6 -6")
            pattern("p-reserved", size: 5, ground: "b-reserved", strokes: "M0 2.5h5")
            pattern("p-kept", size: 5, ground: "b-kept", strokes: "M0 2.5h5M2.5 0v5")
            pattern("p-mixed", size: 4, ground: "b-mixed", strokes: "M0 4l4 -4")
        }
    }

    private static func pattern(_ id: String, size: Int, ground: String, strokes: String) -> Markup {
        element(.pattern, .id(id), .at(.width, size), .at(.height, size), Attribute(.patternUnits, "userSpaceOnUse")) {
            element(.rect, .class(ground), .at(.width, size), .at(.height, size))
            element(.path, .class("s-\(id.dropFirst(2))"), Attribute(.d, strokes))
        }
    }
}
