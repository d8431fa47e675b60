import Foundation

/// The targets below `Sources`, as their folders and import statements tell them.
struct SourceTree {
    /// By layer from the core outward, and by name.
    let targets: [SourceTarget]

    init(_ targets: [SourceTarget]) {
        self.targets = Layer.allCases.flatMap { layer in
            targets.filter { $0.layer == layer }.sorted { $0.name < $1.name }
        }
    }

    /// Reads `Sources/<layer>/<target>` for every layer.
    init(at repository: Repository) throws {
        var targets: [SourceTarget] = []
        for layer in Layer.allCases {
            for name in try repository.folders(in: "Sources/\(layer.rawValue)") {
                let folder = "Sources/\(layer.rawValue)/\(name)"
                let files = try repository.files(in: folder)
                guard !files.isEmpty else { continue }
                targets.append(SourceTarget(name: name, layer: layer, imports: try SourceImport.all(in: files, of: repository)))
            }
        }
        self.init(targets)
    }

    /// The layer of a target of this package; nil for a module from outside.
    func layer(of name: String) -> Layer? {
        targets.first { $0.name == name }?.layer
    }

    /// The targets of this package that `target` imports, by name.
    func siblings(importedBy target: SourceTarget) -> [String] {
        target.modules.filter { layer(of: $0) != nil }.sorted()
    }
}

/// One target: a folder of a layer.
struct SourceTarget {
    let name: String
    let layer: Layer
    var imports: [SourceImport]

    var modules: Set<String> { Set(imports.map(\.module)) }
}

/// An import and the place where it stands.
struct SourceImport: Hashable {
    let module: String
    /// Relative to the root of the repository.
    let file: String
    let line: Int

    var place: String { "\(file):\(line)" }

    static func all(in files: [String], of repository: Repository) throws -> [SourceImport] {
        try files.filter { $0.hasSuffix(".swift") }.flatMap { file in
            try ImportStatement.all(in: repository.text(of: file)).map {
                SourceImport(module: $0.module, file: file, line: $0.line)
            }
        }
    }
}
