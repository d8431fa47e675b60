import Addressing
import ArgumentParser
import CapacityPlanner
import CommandLineTool
import NodeConfiguration
import PlanFile

/// `berth plan`: whether a cluster fits its subnets.
struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether a cluster fits its subnets, now and in the events that it is to survive.",
        discussion: """
            The cluster and its subnets are described in a YAML file; `berth plan init` writes one to begin with. The numbers come from \
            the daemon's own arithmetic.

            Exit codes: 0 fits; 1 does not fit; 2 bad input.
            """,
        subcommands: [PlanFit.self, PlanInit.self], defaultSubcommand: PlanFit.self)
}

struct PlanFit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Plan by formulas, in an instant.", discussion: Plan.configuration.discussion)

    @Argument(help: ArgumentHelp("The cluster and its subnets, in YAML.", valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp(
            "What subnets had left, as CSV with the columns date, subnet, free_addresses and free_blocks: tells when they come to their end.",
            valueName: "file"))
    var history: String?

    @Flag(help: "Try changes, and tell what each brings.")
    var advice = false

    @Option(name: .shortAndLong, help: "How to print the plan: \(PlanOutput.allCases.map(\.rawValue).joined(separator: ", ")).")
    var output: PlanOutput = .table

    func run() async throws {
        let scenario = try PlanInput.scenario(file)
        let plan = CapacityPlan(scenario, history: try history.map { try PlanInput.history($0, of: scenario) } ?? [:])
        let changes = advice ? Advice.all(for: plan) : nil
        switch output {
        case .table: print(PlanTables(plan, changes).text)
        case .json: print(try PlanReport(plan, changes).json)
        case .csv: print(PlanSeries(plan).csv)
        }
        if !plan.fits { throw ExitCode.foundSomething }
    }
}

/// How a plan is printed.
enum PlanOutput: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case table
    /// For programs, with a versioned `schema`.
    case json
    /// A line for each subnet in each situation.
    case csv
}

/// The files that a plan is made from. What is wrong with one goes to standard error, a line for each fault.
enum PlanInput {
    static func scenario(_ file: String) throws -> PlanScenario {
        try read(file, "YAML", bytesMax: PlanFile.bytesMax) { text throws(ConfigurationFaults) in
            try PlanFile.scenario(yaml: text, file: file)
        }
    }

    static func history(_ file: String, of scenario: PlanScenario) throws -> [SubnetID: SubnetHistory] {
        try read(file, "CSV", bytesMax: PlanFile.historyBytesMax) { text throws(ConfigurationFaults) in
            try PlanFile.history(csv: text, file: file, subnets: scenario.subnets.map(\.id))
        }
    }

    private static func read<Content>(
        _ file: String, _ kind: String, bytesMax: Int, _ parse: (String) throws(ConfigurationFaults) -> Content
    ) throws -> Content {
        let text: String
        do throws(InputFile.Failure) {
            text = try InputFile.text(at: file, bytesMax: bytesMax)
        } catch {
            StandardError.write("berth: \(file):1: \(error). Give the path of a file of \(kind) with at most \(bytesMax) bytes")
            throw ExitCode.badInput
        }
        do throws(ConfigurationFaults) {
            return try parse(text)
        } catch {
            for fault in error.faults { StandardError.write("berth: \(fault)") }
            throw ExitCode.badInput
        }
    }
}
