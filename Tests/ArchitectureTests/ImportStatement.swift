/// An import of a Swift source file.
struct ImportStatement: Hashable {
    let module: String
    /// Counted from 1.
    let line: Int

    /// Returns the imports of a source in their order; those in comments and multi-line strings are none.
    static func all(in source: String) -> [ImportStatement] {
        var isInString = false
        var isInComment = false
        var found: [ImportStatement] = []
        for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let code = code(of: line, isInString: &isInString, isInComment: &isInComment)
            for statement in code.split(separator: ";") {
                if let module = module(importedBy: statement) { found.append(ImportStatement(module: module, line: index + 1)) }
            }
        }
        return found
    }

    /// The part of a line that the compiler reads as code. Coarse, and enough for imports: a string or a comment that
    /// begins behind code takes the rest of the line with it.
    private static func code(of line: Substring, isInString: inout Bool, isInComment: inout Bool) -> Substring {
        if isInComment {
            guard let end = line.firstRange(of: "*/") else { return "" }
            isInComment = false
            return code(of: line[end.upperBound...], isInString: &isInString, isInComment: &isInComment)
        }
        let togglesString = !line.ranges(of: "\"\"\"").count.isMultiple(of: 2)
        defer { if togglesString { isInString.toggle() } }
        if isInString { return "" }
        guard let start = ["//", "/*", "\""].compactMap({ line.firstRange(of: $0)?.lowerBound }).min() else { return line }
        if line[start...].hasPrefix("/*") {
            isInComment = !line[start...].contains("*/")
        }
        return line[..<start]
    }

    private static let modifiers: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]

    private static func module(importedBy statement: Substring) -> String? {
        var words = statement.split(whereSeparator: \.isWhitespace)[...]
        words = words.drop { $0.hasPrefix("@") || modifiers.contains($0) }
        guard words.popFirst() == "import" else { return nil }
        if let kind = words.first, kinds.contains(kind), words.count > 1 { words.removeFirst() }
        return words.first?.split(separator: ".").first.map(String.init)
    }
}
