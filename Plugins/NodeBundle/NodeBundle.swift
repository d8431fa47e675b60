import Foundation
import PackagePlugin

/// `swift package node-bundle`: builds the programs as they ship and has `NodeBundler` put them together.
@main
struct NodeBundle: CommandPlugin {
    func performCommand(context: PluginContext, arguments: [String]) async throws {
        var extractor = ArgumentExtractor(arguments)
        let built = extractor.extractOption(named: "programs").last
        let output = extractor.extractOption(named: "output").last
        let package = context.package.directoryURL
        let tool = try build("NodeBundler")
        let programs = try built.map { URL(filePath: $0) } ?? collect(in: context.pluginWorkDirectoryURL, of: package)
        try run(
            tool,
            [
                "--programs", programs.path, "--package", package.path,
                "--output", output ?? package.appending(path: "bin/node-bundle").path,
            ] + extractor.remainingArguments)
    }

    /// Builds a product in the one configuration that there is (Docs/Decisions/0001) and returns where it is.
    private func build(_ product: String) throws -> URL {
        let result = try packageManager.build(
            .product(product), parameters: .init(configuration: .release, logging: .concise, echoLogs: true))
        guard result.succeeded, let program = result.builtArtifacts.first(where: { $0.url.lastPathComponent == product }) else {
            throw Failure(description: "\(product) was not built; the reason is above")
        }
        return program.url
    }

    /// Puts the three programs into one folder, the plugin linked statically as `make plugin` has it.
    private func collect(in work: URL, of package: URL) throws -> URL {
        let folder = work.appending(path: "programs")
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let scratch = package.appending(path: ".build-static").path
        try run(
            URL(filePath: "/usr/bin/env"),
            [
                "BERTH_PLUGIN=static", "swift", "build", "--package-path", package.path, "--scratch-path", scratch,
                "-c", "release", "--product", "berth-cni",
            ])
        for program in try [build("berthd"), build("berth"), URL(filePath: "\(scratch)/release/berth-cni")] {
            try FileManager.default.copyItem(at: program, to: folder.appending(path: program.lastPathComponent))
        }
        return folder
    }

    private func run(_ program: URL, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(program.lastPathComponent) ended with \(process.terminationStatus); the reason is above")
        }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }
}
