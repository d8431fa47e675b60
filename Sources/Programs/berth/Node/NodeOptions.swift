import ArgumentParser
import CommandLineTool
import NIOHTTP1

/// How a report is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case table
    /// For programs, with a versioned `schema`.
    case json
}

/// The options of every command that asks a daemon.
struct NodeOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "How to print the answer.")
    var output: OutputFormat = .table

    @Option(help: "The daemon's HTTP socket.")
    var socket: String = "/run/berth/api.sock"

    /// Asks the daemon and prints its report, as a table or as it came.
    ///
    /// - Parameter limit: How long the daemon may take; more where it has to ask EC2.
    /// - Returns: The report.
    @discardableResult
    func show<Report: Decodable & Sendable>(
        _ path: String, method: HTTPMethod = .GET, within limit: Duration = .seconds(5), table: (Report) -> String
    ) async throws -> Report {
        do throws(DaemonClient.Failure) {
            let answer = try await DaemonClient(socket: socket).ask(path, method, within: limit)
            let report: Report = try answer.decoded()
            print(output == .json ? answer.text : table(report))
            return report
        } catch {
            StandardError.write("berth: \(error)")
            throw ExitCode.noDaemon
        }
    }
}
