/// Words that a source must not contain, with what to do instead.
struct HouseRule {
    let words: [String]
    /// A line that also says one of these is let through.
    var unless: [String] = []
    var countsInComments = false
    let reason: String

    /// Returns one sentence for each line of `text` that breaks this rule.
    func breaches(in text: String, of file: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            guard let word = words.first(where: { Self.says($0, in: line) }) else { return nil }
            guard !unless.contains(where: line.contains) else { return nil }
            guard countsInComments || !line.drop(while: \.isWhitespace).hasPrefix("//") else { return nil }
            return "\(file):\(index + 1) says \(word): \(reason)"
        }
    }

    /// Whether `word` stands in `line` and is not the end of a longer one.
    private static func says(_ word: String, in line: Substring) -> Bool {
        line.bytesBefore(word).contains { before in !(before?.isWordByte ?? false) || word.utf8.first?.isWordByte == false }
    }

    /// What no source says.
    static let everywhere = [
        HouseRule(words: ["TODO", "FIXME"], countsInComments: true, reason: "finish it, or leave it out and say so in Docs"),
        HouseRule(words: ["try!", "as!"], reason: "handle the failure, or let it travel as an error"),
        HouseRule(words: ["fatalError("], reason: "state an invariant as a precondition with its numbers"),
    ]

    /// What the core and planning do not say: the standard library brings clocks and chance without an import.
    static let pure = [
        HouseRule(
            words: ["ContinuousClock", "SuspendingClock", "Task.sleep"], reason: "the core reads no clock; take an instant as an argument"),
        HouseRule(
            words: ["SystemRandomNumberGenerator", ".random(", ".shuffled(", ".randomElement("], unless: ["using:"],
            reason: "chance must replay from a seed; take a generator as an argument"),
        HouseRule(words: ["CommandLine.", "print(", "readLine("], reason: "the core has no input or output; return a value"),
        HouseRule(words: ["Task {", "Task.detached"], reason: "the core is called by one owner at a time; return an effect"),
    ]
}

/// Folders of the machine on which a file was written: a reader has none of them.
enum WorkplacePath {
    /// In two parts, so that this file does not name what it looks for.
    private static let folders = ["/wo" + "rk/", "/fa" + "rm/", "/tmp/" + "h-"]

    /// Returns one sentence for each folder that `text` names as the beginning of a path.
    static func mentions(in text: String, of file: String) -> [String] {
        folders.filter { folder in
            text[...].bytesBefore(folder).contains { before in
                guard let before else { return true }
                return !before.isWordByte && !".-}".utf8.contains(before)
            }
        }
        .map { "\(file) names \($0)…, a path of the machine it was written on" }
    }
}

extension Substring {
    /// Returns the byte before each place where `word` stands, nil for the beginning. Bytes, because a search by
    /// characters takes seconds on a repository.
    fileprivate func bytesBefore(_ word: String) -> [UInt8?] {
        utf8.ranges(of: word.utf8).map { range in
            range.lowerBound == utf8.startIndex ? nil : utf8[utf8.index(before: range.lowerBound)]
        }
    }
}

extension UInt8 {
    /// Whether the byte is a letter, a digit or an underscore of ASCII.
    fileprivate var isWordByte: Bool {
        let character = Character(Unicode.Scalar(self))
        return character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
}
