import ArgumentParser
import CommandLineTool

/// `berth`: what an operator asks of a node.
struct Berth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth",
        abstract: "Inspect the addresses of a node that runs Berth, plan for a cluster, test the engine, and see a simulated cluster.",
        discussion: "Exit codes: 0 fine, 1 something was found wrong, 2 bad input, 3 no daemon.",
        version: Release.version,
        subcommands: [
            Status.self, Pods.self, ENIs.self, Explain.self, Doctor.self, Degrade.self, Export.self, MaxPods.self, Plan.self, Simulate.self,
            ConformanceCommand.self, Demo.self, Migrate.self,
        ])
}

@main
enum Main {
    static func main() async {
        await Berth.runToExit()
    }
}
