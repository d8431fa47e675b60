/// What the daemon may do with a resource of the cluster.
struct ClusterRight: Hashable, Comparable, CustomStringConvertible {
    /// Empty for the core's.
    let group: String
    let resource: String
    let verbs: [String]
    /// Whether in the namespace of the daemon alone.
    let isNamespaced: Bool

    var description: String {
        "| `\(group.isEmpty ? resource : "\(resource).\(group)")` | \(verbs.joined(separator: ", ")) | \(isNamespaced ? "its own" : "all") |"
    }

    static func < (one: Self, other: Self) -> Bool { one.description < other.description }

    /// Those of every role, sorted.
    static func all(in manifest: Manifest) -> [ClusterRight] {
        ["ClusterRole", "Role"].flatMap { kind in
            manifest.objects(ofKind: kind).flatMap { $0["rules"].list }.flatMap { rule in
                rule["apiGroups"].texts.flatMap { group in
                    rule["resources"].texts.map {
                        ClusterRight(group: group, resource: $0, verbs: rule["verbs"].texts.sorted(), isNamespaced: kind == "Role")
                    }
                }
            }
        }.sorted()
    }

    struct Unreadable: Error {
        let line: Substring
    }

    /// Reads the rows between the marks on a page, sorted: `| resource.group | verbs | namespaces | what for |`.
    static func table(in page: String) throws -> [ClusterRight] {
        let lines = page.split(separator: "\n").drop { !$0.contains("<!-- rights -->") }.prefix { !$0.contains("<!-- end of rights -->") }
        return try lines.filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|").map { String($0.trimmingPrefix(" ").reversed().drop { $0 == " " }.reversed()) }
            guard cells.count == 4 else { throw Unreadable(line: line) }
            let name = cells[0].replacing("`", with: "")
            let dot = name.firstIndex(of: ".") ?? name.endIndex
            return ClusterRight(
                group: String(name[dot...].dropFirst()), resource: String(name[..<dot]),
                verbs: cells[1].split(separator: ", ").map(String.init).sorted(), isNamespaced: cells[2] == "its own")
        }.sorted()
    }
}
