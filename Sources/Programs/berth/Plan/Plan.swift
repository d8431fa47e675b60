import AWSClient
import Addressing
import ArgumentParser
import CapacityPlanner
import ClusterSimulator
import CommandLineTool
import FoundationEssentials
import NodeConfiguration
import PlanFile
import PrometheusHistory

/// `berth plan`: whether a cluster fits its subnets.
struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether a cluster fits its subnets, now and in the events that it is to survive.",
        discussion: """
            The cluster and its subnets are described in a YAML file; `berth plan init` writes one to begin with. The numbers come from \
            the daemon's own arithmetic.

            Exit codes: 0 fits; 1 does not fit, by formulas or when it ran; 2 bad input; 130 ended with Ctrl-C, after what was finished \
            is printed.
            """,
        subcommands: [PlanFit.self, PlanInit.self, PlanImport.self, PlanMap.self], defaultSubcommand: PlanFit.self)
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

    @Option(
        help: ArgumentHelp(
            "The URL of a Prometheus with the daemons' metrics, in place of --history.", valueName: "url"))
    var prometheus: String?

    @Option(help: ArgumentHelp("How many whole days to ask Prometheus for.", valueName: "n"))
    var days = 90

    @Option(help: ArgumentHelp("A file with a token for Prometheus.", valueName: "file"))
    var bearerTokenFile: String?

    @Flag(help: "Try changes, and tell what each brings.")
    var advice = false

    @Option(
        help: ArgumentHelp(
            "Write the plan as one page of HTML besides, with its charts, its findings and its advice.", valueName: "file"))
    var html: String?

    @Flag(help: "Run the cluster with the daemon's engine on every node in virtual time, and tell how that differs from the formulas.")
    var simulate = false

    @Option(help: "With --simulate: how many times, each with chance falling otherwise; 1 to \(Self.seedsMax).")
    var seeds: Int?

    @Option(help: "With --simulate: the first of the seeds.")
    var firstSeed: UInt64?

    @Option(name: .shortAndLong, help: "How to print the plan: \(PlanOutput.allCases.map(\.rawValue).joined(separator: ", ")).")
    var output: PlanOutput = .table

    private static let seedsMax = 1000

    func run() async throws {
        let scenario = try PlanInput.scenario(file)
        let past = try await readHistory(of: scenario)
        let plan = CapacityPlan(scenario, history: past, today: .today)
        let all = advice || html != nil ? Advice.all(for: plan) : []
        let changes = advice ? all : nil
        let simulation = simulate ? try await PlanSimulation(scenario: scenario, first: firstSeed ?? 1, count: seeds ?? 5).run() : nil
        switch output {
        case .table:
            let parts = [PlanTables(plan, changes).text, simulation.map { SimulationTables($0, plan).text }]
            print(parts.compactMap(\.self).joined(separator: "\n\n"))
        case .json: print(try PlanReport(plan, changes, simulation).json)
        case .csv: print(simulation.map { SimulationSeries($0).csv } ?? PlanSeries(plan).csv)
        }
        if let html { try PlanHTML.write(plan, advice: all, simulated: simulation?.plan, history: past, of: file, to: html) }
        if simulation?.wasInterrupted == true { throw ExitCode(Interruption.status) }
        if !plan.fits || simulation?.plan?.faults.isEmpty == false { throw ExitCode.foundSomething }
    }
}

extension Day {
    /// That of the clock, in UTC.
    static var today: Day { Day(number: Int((Date().timeIntervalSince1970 / 86_400).rounded(.down))) }
}

extension PlanFit {
    func validate() throws {
        guard simulate || seeds == nil && firstSeed == nil else { throw ValidationError("--seeds and --first-seed go with --simulate.") }
        guard (1...Self.seedsMax).contains(seeds ?? 1) else { throw ValidationError("--seeds is 1 to \(Self.seedsMax).") }
        guard (firstSeed ?? 0) <= UInt64.max - UInt64(Self.seedsMax) else { throw ValidationError("--first-seed is too large.") }
        if history != nil, prometheus != nil { throw ValidationError("--history and --prometheus are given together. Keep one") }
        if prometheus == nil, bearerTokenFile != nil { throw ValidationError("--bearer-token-file is for --prometheus. Give its URL") }
        guard (1...PrometheusHistory.daysMax).contains(days) else {
            throw ValidationError("--days is \(days). Give a number from 1 to \(PrometheusHistory.daysMax)")
        }
    }

    private func readHistory(of scenario: PlanScenario) async throws -> [SubnetID: SubnetHistory] {
        if let history { return try PlanInput.history(history, of: scenario) }
        guard let prometheus else { return [:] }
        return try await PlanInput.history(prometheus: prometheus, tokenFile: bearerTokenFile, days: days, of: scenario)
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

    /// What is wrong goes to standard error, and so does what the server warns of.
    static func history(
        prometheus: String, tokenFile: String?, days: Int, of scenario: PlanScenario
    ) async throws -> [SubnetID: SubnetHistory] {
        guard let server = HTTPURL(prometheus), server.query == nil else {
            StandardError.write("berth: --prometheus is \"\(prometheus)\". Give a URL such as http://prometheus:9090")
            throw ExitCode.badInput
        }
        let token = try tokenFile.map(readToken)
        let connections = HTTPConnections()
        let history = PrometheusHistory(server: server, token: token, exchange: connections.exchange)
        let answer: Result<PrometheusHistory.Answer, PrometheusFailure>
        do throws(PrometheusFailure) {
            answer = .success(try await history.read(scenario.subnets.map(\.id), days: days, before: .today))
        } catch {
            answer = .failure(error)
        }
        await connections.shutdown()
        switch answer {
        case .success(let answer):
            for warning in answer.warnings { StandardError.write("berth: warning: Prometheus says: \(warning)") }
            return answer.subnets
        case .failure(let failure):
            StandardError.write("berth: \(failure)")
            throw ExitCode.badInput
        }
    }

    private static func readToken(_ file: String) throws -> String {
        let bytesMax = 16_384
        do throws(InputFile.Failure) {
            let token = try InputFile.text(at: file, bytesMax: bytesMax).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) { return token }
            StandardError.write("berth: \(file):1: there is no token of printable characters. Write it in the file's only line")
        } catch {
            StandardError.write("berth: \(file):1: \(error). Give the path of a file with a token of at most \(bytesMax) bytes")
        }
        throw ExitCode.badInput
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
