import ArgumentParser
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
        try NewFile.write(PlanFile.example, to: file)
        print("Written to \(file). Change it to your cluster, then run: berth plan \(file)")
    }
}
