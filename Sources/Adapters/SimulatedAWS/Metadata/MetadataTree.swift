/// Texts by path, with the folders that they make.
struct MetadataTree: Hashable, Sendable {
    private var texts: [String: String] = [:]

    /// Puts a text in its place; none, and it is as if the path were not there.
    subscript(path: String) -> String? {
        get { texts[path] }
        set { texts[path] = newValue.flatMap { $0.isEmpty ? nil : $0 } }
    }

    /// Returns the text of a path, or what is in a folder, one name a line, folders with a slash; nil for anything else.
    func answer(_ path: String) -> String? {
        if let text = texts[path] { return text }
        let folder = path.hasSuffix("/") || path.isEmpty ? path : path + "/"
        let names = Set(
            texts.keys.filter { $0.hasPrefix(folder) }.map { key in
                let rest = key.dropFirst(folder.count)
                return rest.firstIndex(of: "/").map { String(rest[...$0]) } ?? String(rest)
            })
        return names.isEmpty ? nil : names.sorted().joined(separator: "\n")
    }
}
