/// Names what was probably meant, or all there is.
package func suggestion(for name: String, among names: [String]) -> String {
    guard !names.isEmpty else { return "Remove it" }
    let nearest = names.min { editDistance(name, $0) < editDistance(name, $1) }
    if let nearest, editDistance(name, nearest) <= 3 { return "Did you mean \(nearest)?" }
    return "Use one of \(names.sorted().joined(separator: ", "))"
}

/// The names that are the least mistyping away, the nearest first; those equally near in their own order.
///
/// - Parameter count: How many at most.
/// - Returns: Nothing for a name longer than any that is meant: what was typed is something else.
public func nearestNames(to name: String, among names: [String], count: Int) -> [String] {
    guard name.utf8.count <= 64 else { return [] }
    let ranked = names.map { (name: $0, distance: editDistance(name.lowercased(), $0)) }
    return ranked.enumerated().sorted { ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset) }
        .prefix(count).map(\.element.name)
}

/// How many bytes must be put in, left out or changed to make one text of the other (Levenshtein).
private func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    var row = Array(0...b.count)
    for i in a.indices {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[b.count]
}
