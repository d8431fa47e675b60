import ArgumentParser
import CommandLineTool
import Foundation
import OCIImage

/// What `swift package node-bundle` runs once the programs are built.
struct NodeBundler: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node-bundle",
        abstract: "Make the release archive and the image of a node's programs.",
        discussion: """
            The same programs, libraries and commit make the same bytes. SOURCE_DATE_EPOCH, or else the commit's time, dates \
            everything in them. Exit codes: 0 made, 1 failed, 2 bad input.
            """,
        version: Release.version)

    @Option(help: ArgumentHelp("The folder with berthd, berth and berth-cni.", valueName: "folder"))
    var programs: String

    @Option(help: ArgumentHelp("The folder with Package.swift.", valueName: "folder"))
    var package = "."

    @Option(help: ArgumentHelp("Where the results go, in place of those of the same release.", valueName: "folder"))
    var output: String

    @Option(help: "The image's name without its tag, which is the version.")
    var imageName = "localhost/berth"

    func run() async throws {
        do {
            let source = try SourceState(of: URL(filePath: package), environment: ProcessInfo.processInfo.environment)
            let programs = try NodePrograms(in: URL(filePath: self.programs))
            let bundle = NodeBundle(
                programs: programs, package: URL(filePath: package), source: source, reference: "\(imageName):\(Release.version)")
            for line in try bundle.write(to: URL(filePath: output)) { print(line) }
        } catch {
            StandardError.write("node-bundle: \(error)")
            throw ExitCode.failure
        }
    }
}

@main
enum Main {
    static func main() async {
        await NodeBundler.runToExit()
    }
}
