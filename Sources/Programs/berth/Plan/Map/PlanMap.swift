import Addressing
import ArgumentParser
import CapacityPlanner
import ClusterImport
import CommandLineTool

/// `berth plan map`: which /28 blocks of subnets are free, and who keeps the others.
struct PlanMap: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map", abstract: "Show which /28 blocks of subnets are free, delegated, or blocked and by whom.",
        discussion: """
            From a live account, from saved outputs of the AWS CLI, or from a plan's file, which knows nothing of the cluster's own \
            ENIs. EC2 delegates whole aligned /28 blocks that are free: one address in use keeps fifteen \
            others from being a prefix.

            Exit codes: 0 shown; 2 bad input.
            """)

    @Argument(help: ArgumentHelp("A plan's file; nothing else is asked then.", valueName: "file"))
    var file: String?

    @OptionGroup var snapshot: SnapshotOptions

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Only these subnets.", valueName: "subnet"))
    var subnet: [String] = []

    @Option(help: "Rows of the table of who blocks most, for each subnet.")
    var top = 10

    @Option(name: .shortAndLong, help: "How to print the map.")
    var output: OutputFormat = .table

    func run() async throws {
        let maps = try wanted(try await all())
        switch output {
        case .table: print(maps.map { MapText($0, top: max(0, top)).text }.joined(separator: "\n\n"))
        case .json: print(try MapReport(maps).json)
        }
    }

    private func all() async throws -> [BlockMap] {
        if let file { return try PlanInput.scenario(file).subnets.map { BlockMap($0) } }
        let cloud = try await snapshot.cloud(subnets: subnet.compactMap { SubnetID($0) })
        return BlockMap.all(cloud, nodes: cloud.nodes(of: snapshot.cluster))
    }

    private func wanted(_ maps: [BlockMap]) throws -> [BlockMap] {
        let ids = Set(maps.map(\.subnet.rawValue))
        let strange = subnet.filter { !ids.contains($0) }
        guard strange.isEmpty, !maps.isEmpty else {
            let told = maps.isEmpty ? "none" : ids.sorted().prefix(20).joined(separator: ", ")
            let problem = strange.isEmpty ? "no subnet was told of" : "there is no subnet \(strange.joined(separator: ", "))"
            StandardError.write("berth: \(problem). Those that were told of: \(told). Give the output of aws ec2 describe-subnets")
            throw ExitCode.badInput
        }
        return subnet.isEmpty ? maps : maps.filter { subnet.contains($0.subnet.rawValue) }
    }
}
