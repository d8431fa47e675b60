public import ArgumentParser
import CommandLineTool
import Foundation
import Glibc
import IncumbentState
public import Logging
import NodeConfiguration

/// `berthd`: the daemon of one node.
struct Berthd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berthd",
        abstract: "Give the pods of this node their VPC addresses.",
        discussion: """
            Reads the variables of the AWS VPC CNI (\(NodeVariables.names.joined(separator: ", "))) from the environment; \
            in a simulation each node has them under settings. Exit codes: 0 ended when told to, 1 failed, 2 bad input.
            """)

    @Option(help: "Run against a simulated VPC that this YAML file describes.")
    var simulate: String

    @Option(help: "The name of the node in the simulation that this daemon is.")
    var node: String

    @Option(help: "The folder for sockets, journal and spool.")
    var runDirectory = "/run/berth"

    @Option(help: "The file in which the simulated VPC lives; the daemons of all its nodes share it.")
    var vpc = "/run/berth-vpc/vpc.json"

    @Option(help: "The ipam.json of the AWS VPC CNI, whose pods are taken over with their addresses.")
    var takeOver: String?

    @Option(help: "The least severe messages to print: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    func run() async throws {
        // Sockets, journal and spool are root's alone from the moment they exist.
        umask(0o077)
        IdleMemory.limitHeaps()
        var logger = Logger(label: "berthd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        do {
            let input = try Input(simulate: simulate, node: node)
            let checkpoint = try takeOver.map(Self.checkpoint)
            let daemon = try Daemon(input, runDirectory: runDirectory, vpc: vpc, takingOver: checkpoint, logger: logger)
            try await daemon.run()
        } catch let error as CheckpointError {
            StandardError.write("berthd: \(takeOver ?? ""): \(error)")
            throw ExitCode.badInput
        } catch let faults as ConfigurationFaults {
            for fault in faults.faults { StandardError.write("berthd: \(fault)") }
            throw ExitCode.badInput
        } catch {
            StandardError.write("berthd: \(error)")
            throw ExitCode.failure
        }
    }
}

extension Berthd {
    /// Reads the incumbent's file, of which it knows that it fits into memory.
    private static func checkpoint(_ path: String) throws -> Checkpoint {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        let bytes = try file.read(upToCount: Checkpoint.bytesMax + 1) ?? Data()
        return try Checkpoint(json: Array(bytes))
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

@main
enum Main {
    static func main() async {
        await Berthd.runToExit()
    }
}
