import ArgumentParser
import CommandLineTool
import Glibc
import PlanFile

/// `berth plan init`: a file to begin with.
struct PlanInit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write an example of a plan's file, with a comment for every field.",
        discussion: "A file that exists is left as it is. Exit codes: 0 written; 2 not written.")

    @Argument(help: ArgumentHelp("Where to write it; - for standard output.", valueName: "file"))
    var file = "plan.yaml"

    func run() async throws {
        guard file != "-" else { return print(PlanFile.example, terminator: "") }
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw refused(errno) }
        defer { close(descriptor) }
        let bytes = Array(PlanFile.example.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw refused(errno) }
        print("Written to \(file). Change it to your cluster, then run: berth plan \(file)")
    }

    private func refused(_ number: Int32) -> ExitCode {
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        StandardError.write("berth: \(file) is not written: \(reason). Give the path of a file that does not exist yet")
        return .badInput
    }
}
