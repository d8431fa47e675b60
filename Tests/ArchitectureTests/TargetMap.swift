/// The page `Docs/Internals/Targets.md`, made from the import statements and the purposes.
struct TargetMap {
    static let path = "Docs/Internals/Targets.md"

    let tree: SourceTree
    let architecture: Architecture

    var markdown: String {
        """
        # The targets

        <!-- Made by `make docs` from the import statements; a test compares. -->

        An arrow leads from a target to one that it imports. An arrow that follows from others is left out of the drawing;
        the table has them all.

        ```mermaid
        flowchart LR
        \(graph.joined(separator: "\n"))
        ```

        \(Layer.allCases.compactMap(table).joined(separator: "\n\n"))

        """
    }

    private var graph: [String] {
        Layer.allCases.flatMap(subgraph)
            + tree.targets.flatMap { target in
                arrows(from: target).map { "    \(node(target.name)) --> \(node($0))" }
            }
    }

    private func subgraph(of layer: Layer) -> [String] {
        let targets = targets(of: layer)
        guard !targets.isEmpty else { return [] }
        return ["    subgraph \(layer.rawValue)"] + targets.map { "        \(node($0.name))[\"\($0.name)\"]" } + ["    end"]
    }

    private func table(of layer: Layer) -> String? {
        let rows = targets(of: layer).map { target in
            let modules = tree.siblings(importedBy: target).map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(target.name)` | \(architecture.rule(for: target.name)?.purpose ?? "") | \(modules) |"
        }
        guard !rows.isEmpty else { return nil }
        return """
            ## \(layer.rawValue): \(layer.summary)

            | target | what it is | imports |
            |---|---|---|
            \(rows.joined(separator: "\n"))
            """
    }

    private func targets(of layer: Layer) -> [SourceTarget] {
        tree.targets.filter { $0.layer == layer }
    }

    /// Mermaid takes a dash in an identifier for the beginning of an arrow.
    private func node(_ name: String) -> String {
        name.replacing("-", with: "_")
    }

    /// The imports of `target` that are not reached through another of its imports.
    private func arrows(from target: SourceTarget) -> [String] {
        let direct = tree.siblings(importedBy: target)
        return direct.filter { candidate in
            !direct.contains { $0 != candidate && reach(of: $0).contains(candidate) }
        }
    }

    /// Everything that `name` imports, directly or through others.
    private func reach(of name: String) -> Set<String> {
        var reached: Set<String> = []
        var waiting = [name]
        while let next = waiting.popLast() {
            guard let target = tree.targets.first(where: { $0.name == next }) else { continue }
            waiting += tree.siblings(importedBy: target).filter { reached.insert($0).inserted }
        }
        return reached
    }
}
