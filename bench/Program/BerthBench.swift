import ArgumentParser
import CMeasuring

/// `berth-bench`: what a pod and a node cost, beside the least they can cost and beside what others take.
struct BerthBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth-bench",
        abstract: "Measure berth-cni and berthd on this machine's kernel, beside a floor in C and the ptp plugin.",
        discussion: """
            Everything runs in network namespaces of its own on a simulated VPC, as root, and is removed at the end. Contenders take \
            turns in one run: compare what one run says of them, and not two runs. Exit codes: 0 measured, 1 failed.
            """,
        subcommands: [PodsCommand.self, NodeCommand.self, SystemCallsCommand.self], defaultSubcommand: PodsCommand.self)
}

@main
enum Main {
    static func main() {
        bench_catch_signals()
        BerthBench.main()
    }
}

/// What ends a benchmark early.
enum BenchmarkFailure: Error, CustomStringConvertible {
    case interrupted
    case broken(String)

    var description: String {
        switch self {
        case .interrupted: "ended before everything was measured"
        case .broken(let problem): problem
        }
    }

    /// - Throws: ``interrupted`` once the end was called for.
    static func checkInterruption() throws {
        if bench_is_interrupted() != 0 { throw interrupted }
    }
}

/// What both commands take.
struct BenchmarkOptions: ParsableArguments {
    @Option(help: "The folder with berth-cni and berthd.")
    var programs = "bin"

    @Option(help: "The folder with floor-plugin and floor-daemon.")
    var floor = "bin/bench"

    @Option(help: "How to print what was measured: table or json.")
    var output = Output.table

    enum Output: String, ExpressibleByArgument {
        case table, json
    }
}
