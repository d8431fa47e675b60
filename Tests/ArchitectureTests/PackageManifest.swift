import Foundation

/// The targets of `Package.swift`, as SwiftPM itself understands them.
struct PackageManifest: Decodable {
    let targets: [ManifestTarget]

    /// Asks SwiftPM, in a scratch folder of its own because the one of a running `swift test` is locked.
    static func load(from repository: Repository) throws -> PackageManifest {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "berth-manifest-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", repository.root.path, "--scratch-path", scratch.path, "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let json = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ManifestError(status: process.terminationStatus) }
        return try JSONDecoder().decode(PackageManifest.self, from: json)
    }

    /// Returns one sentence for each dependency that nothing imports and each import that no dependency backs.
    func differences(from sources: [ManifestSource]) -> [String] {
        let executables = Set(targets.filter { $0.type == "executable" }.map(\.name))
        return sources.flatMap { source -> [String] in
            guard let target = targets.first(where: { $0.name == source.name }) else {
                return ["\(source.name) has sources in \(source.folder) and no target in Package.swift"]
            }
            let undeclared = source.modules.subtracting(target.dependencyNames).subtracting(Self.toolchain)
            let unused = source.isSwift ? target.dependencyNames.subtracting(source.modules).subtracting(executables) : []
            return undeclared.sorted().map { "\(source.name) imports \($0): declare it in Package.swift" }
                + unused.sorted().map { "\(source.name) declares \($0) in Package.swift and does not import it: remove it" }
        }
    }

    /// Modules that come with the compiler and are declared nowhere.
    private static let toolchain: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "FoundationXML", "Glibc", "PackagePlugin", "Swift", "Synchronization", "Testing",
    ]
}

/// A target as `swift package dump-package` prints it, reduced to what is compared.
struct ManifestTarget: Decodable {
    let name: String
    let type: String
    /// The targets and products that it declares; a product is called as its module.
    let dependencyNames: Set<String>

    init(name: String, type: String = "regular", dependencyNames: Set<String>) {
        self.name = name
        self.type = type
        self.dependencyNames = dependencyNames
    }

    private enum Key: CodingKey { case name, type, dependencies }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        type = try container.decode(String.self, forKey: .type)
        dependencyNames = Set(try container.decode([Dependency].self, forKey: .dependencies).map(\.name))
    }

    /// One of `{"byName": ["X", …]}`, `{"target": ["X", …]}`, `{"product": ["X", "package", …]}`.
    private struct Dependency: Decodable {
        let name: String

        init(from decoder: any Decoder) throws {
            let forms = try decoder.singleValueContainer().decode([String: [JSONPart]].self)
            guard let name = forms.values.first?.first?.text else {
                throw DecodingError.valueNotFound(
                    String.self, .init(codingPath: decoder.codingPath, debugDescription: "a dependency without a name"))
            }
            self.name = name
        }
    }

    /// A part of a dependency: its name, or what this comparison does not look at.
    private struct JSONPart: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }
}

/// What the sources of one target import, to be compared with what the manifest declares.
struct ManifestSource {
    let name: String
    let folder: String
    let modules: Set<String>
    /// False for a C target, whose includes are not read.
    let isSwift: Bool

    /// Reads every target below `Sources` and `Tests`.
    static func all(in repository: Repository) throws -> [ManifestSource] {
        let layers = Layer.allCases.map { "Sources/\($0.rawValue)" }
        return try (layers + ["Tests"]).flatMap { parent in
            try repository.folders(in: parent).compactMap { try ManifestSource(name: $0, folder: "\(parent)/\($0)", in: repository) }
        }
    }

    init(name: String, folder: String = "", modules: Set<String>, isSwift: Bool = true) {
        self.name = name
        self.folder = folder
        self.modules = modules
        self.isSwift = isSwift
    }

    /// Nil when the folder is empty.
    private init?(name: String, folder: String, in repository: Repository) throws {
        let files = try repository.files(in: folder)
        guard !files.isEmpty else { return nil }
        let imports = try SourceImport.all(in: files, of: repository)
        self.init(
            name: name, folder: folder, modules: Set(imports.map(\.module)), isSwift: files.contains { $0.hasSuffix(".swift") })
    }
}

/// SwiftPM could not read the manifest; its own words are on standard error.
struct ManifestError: Error, CustomStringConvertible {
    let status: Int32

    var description: String { "swift package dump-package ended with status \(status): is `swift` on the PATH of this test?" }
}
