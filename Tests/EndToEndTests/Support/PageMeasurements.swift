import Foundation

/// Where everything of a page is, in pixels, and what is wrong with it.
struct PageMeasurements: Decodable {
    var width: Double
    var scrollWidth: Double
    var height: Double
    /// Of the body, in CSS's words.
    var paper: String
    /// The header, the contents, sections and the footer, in the document's order.
    var parts: [Box]
    var charts: [Box]
    var tables: [Box]
    /// What is wider than the page.
    var beyond: [String]
    /// Bars whose name runs into what they say.
    var collisions: [String]
    /// Every colour of text with what is behind it.
    var inks: [Ink]
    /// Things to open or to scroll that the keyboard does not reach.
    var unreachable: Int
    /// What was asked for besides the page.
    var fetched: Int

    struct Box: Codable {
        var id: String
        var x: Double
        var y: Double
        var width: Double
        var height: Double
    }

    struct Ink: Decodable {
        var ink: String
        var paper: String
        var text: String

        /// From 1 to 21 (WCAG 2.2, "contrast ratio").
        var contrast: Double {
            let (a, b) = (Colour(ink).luminance, Colour(paper).luminance)
            return (max(a, b) + 0.05) / (min(a, b) + 0.05)
        }
    }
}

/// A colour in CSS's words, such as `rgb(26, 29, 33)`.
struct Colour {
    private let channels: [Double]

    init(_ text: String) {
        channels = text.split { !"0123456789.".contains($0) }.compactMap { Double($0) }
    }

    /// From 0 to 1 (WCAG 2.2, "relative luminance").
    var luminance: Double {
        zip(channels.prefix(3), [0.2126, 0.7152, 0.0722]).reduce(0) { sum, channel in
            let share = channel.0 / 255
            return sum + channel.1 * (share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4))
        }
    }
}
