import ArgumentParser
import CommandLineTool

/// `berth export`: the node's pods as the AWS VPC CNI keeps them.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the node's pods as the ipam.json of the AWS VPC CNI, for a roll-back.",
        discussion: "Of a pod with addresses of both families it has the IPv4 address: the file knows one address of a pod.")

    @Option(help: "The daemon's HTTP socket.")
    var socket: String = "/run/berth/api.sock"

    func run() async throws {
        do throws(DaemonClient.Failure) {
            print(try await DaemonClient(socket: socket).get("/v1/ipam.json").text, terminator: "")
        } catch {
            StandardError.write("berth: \(error)")
            throw ExitCode.noDaemon
        }
    }
}
