import VPCModel

/// What a resource shows to filters: values by the names of EC2's filters, and tags.
struct FilteredResource {
    var values: [String: [String]]
    var tags: [String: String] = [:]

    /// Those of one filter.
    func values(of filter: String) -> [String] {
        if filter == "tag-key" { return Array(tags.keys) }
        if filter.hasPrefix("tag:") { return tags[String(filter.dropFirst(4))].map { [$0] } ?? [] }
        return values[filter] ?? []
    }
}

/// The filters of a describe: a resource passes that has, for each filter, one of its values.
struct DescribeFilters: Hashable, Sendable {
    private struct Filter: Hashable, Sendable {
        var name: String
        var patterns: [String]
    }

    private var filters: [Filter] = []

    /// - Parameter known: The names that the describe knows, besides those of tags.
    /// - Throws: `InvalidParameterValue` for a filter that it does not know.
    init(_ parameters: inout CallParameters, known: Set<String>) throws(VPCError) {
        for var filter in parameters.structures("Filter") {
            let (name, patterns) = (try filter.required("Name"), try filter.list("Value"))
            try filter.finish()
            guard known.contains(name) || name == "tag-key" || name.hasPrefix("tag:") else {
                throw VPCError(.invalidParameterValue, "The filter '\(name)' is invalid")
            }
            guard !patterns.isEmpty else { throw VPCError(.missingParameter, "The filter '\(name)' has no values") }
            filters.append(Filter(name: name, patterns: patterns))
        }
    }

    /// - Parameter resource: Asked for only where there are filters.
    func pass(_ resource: () -> FilteredResource) -> Bool {
        guard !filters.isEmpty else { return true }
        let resource = resource()
        return filters.allSatisfy { filter in
            resource.values(of: filter.name).contains { value in filter.patterns.contains { Self.matches(value, $0) } }
        }
    }

    /// `*` stands for any characters, `?` for one, and a backslash takes their meaning from them (EC2 User Guide, "Filtering").
    static func matches(_ value: String, _ pattern: String) -> Bool {
        let (value, pattern) = (Array(value), Array(pattern))
        // Where the last star was, and how much it has swallowed: going back to it is all the going back there is.
        var (position, place) = (0, 0)
        var star: (place: Int, position: Int)?
        while position < value.count {
            if place < pattern.count, pattern[place] == "*" {
                star = (place, position)
                place += 1
            } else if let width = width(of: value[position], pattern, place) {
                position += 1
                place += width
            } else if let last = star {
                star = (last.place, last.position + 1)
                (place, position) = (last.place + 1, last.position + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }

    /// How many characters of the pattern, from `place`, stand for the character; nil when they do not.
    private static func width(of character: Character, _ pattern: [Character], _ place: Int) -> Int? {
        guard place < pattern.count else { return nil }
        if pattern[place] == "\\", place + 1 < pattern.count { return pattern[place + 1] == character ? 2 : nil }
        return pattern[place] == "?" || pattern[place] == character ? 1 : nil
    }
}
