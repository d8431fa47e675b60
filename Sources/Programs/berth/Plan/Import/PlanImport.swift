import ArgumentParser
import CapacityPlanner
import ClusterImport
import CommandLineTool
import NodeConfiguration
import PlanFile

/// `berth plan import`: a plan's file from a cluster that is there.
struct PlanImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Write a plan's file from a cluster that is there.",
        discussion: """
            From a live account and cluster, or from saved outputs of the AWS CLI and kubectl. Nothing is changed in \
            either. What was assumed, left out or is unknown stands in the file as a comment. A \
            file that exists is left as it is.

            Exit codes: 0 written; 2 bad input or not written.
            """)

    @Argument(help: ArgumentHelp("Where to write it; - for standard output.", valueName: "file"))
    var file = "-"

    @OptionGroup var snapshot: SnapshotOptions
    @OptionGroup var kubernetes: KubernetesOptions

    func run() async throws {
        let cluster = try await kubernetes.cluster(isOffline: !snapshot.awsFiles.isEmpty)
        let cloud = try await snapshot.cloud(node: cluster.nodes.lazy.compactMap(\.instance).first)
        let imported: ClusterImport
        do throws(ClusterImport.Failure) {
            imported = try ClusterImport(cloud, cluster, cluster: snapshot.cluster)
        } catch {
            StandardError.write("berth: \(error)")
            throw ExitCode.badInput
        }
        let text = PlanFile.yaml(imported.scenario, vpc: imported.vpcBlocks, title: Self.title, remarks: imported.remarks)
        try Self.check(text)
        guard file != "-" else { return print(text, terminator: "") }
        try NewFile.write(text, to: file)
        print("Written to \(file). Read its comments, then run: berth plan \(file)")
    }

    private static let title = [
        "A cluster and its subnets as berth plan import found them, for berth plan. Docs/Reference/PlanScenario.md tells of every field."
    ]

    /// What is written is to be read: where it is not, the reason is told here and not to whom runs the plan.
    private static func check(_ text: String) throws {
        do throws(ConfigurationFaults) {
            _ = try PlanFile.scenario(yaml: text, file: "the file that was made")
        } catch {
            for fault in error.faults { StandardError.write("berth: \(fault)") }
            throw ExitCode.badInput
        }
    }
}
