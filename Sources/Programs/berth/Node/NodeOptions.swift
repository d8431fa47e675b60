import ArgumentParser
import CommandLineTool

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
    func show<Report: Decodable & Sendable>(_ path: String, table: (Report) -> String) async throws {
        do throws(DaemonClient.Failure) {
            let answer = try await DaemonClient(socket: socket).get(path)
            switch output {
            case .json: print(answer.text)
            case .table: print(table(try answer.decoded()))
            }
        } catch {
            StandardError.write("berth: \(error)")
            throw ExitCode.noDaemon
        }
    }
}
