import ArgumentParser

/// `berth`: what an operator asks of a node.
@main
struct Berth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth",
        abstract: "Inspect the addresses of a node that runs Berth, and see a simulated cluster at work.",
        discussion: "Exit codes: 0 fine, 1 something was found wrong, 2 bad input, 3 no daemon.",
        subcommands: [Status.self, Pods.self, ENIs.self, Demo.self])
}

/// The exit codes of design §8.
extension ExitCode {
    static let foundSomething = ExitCode(1)
    static let badInput = ExitCode(2)
    static let noDaemon = ExitCode(3)
}
