import Addressing
import ArgumentParser
import ClusterImport
import ClusterSurvey
import CommandLineTool
import Foundation
import SnapshotReading

/// Where a VPC's state is read from: saved answers, or EC2 itself.
struct SnapshotOptions: ParsableArguments {
    @Option(
        name: .customLong("from-aws"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "Saved outputs of aws ec2 describe-vpcs, describe-subnets, describe-network-interfaces, describe-instances and "
                + "get-subnet-cidr-reservations, in JSON and in any order; EC2 is not asked then.",
            valueName: "file"))
    var awsFiles: [String] = []

    @Option(help: "The cluster's name, as its instances' tags have it.")
    var cluster: String?

    @Option(help: "The VPC to ask EC2 about; left out, that of the cluster's nodes.")
    var vpc: String?

    @Option(help: "The Region to ask EC2 in; left out, that of AWS_REGION or of the instance.")
    var region: String?

    /// What the files tell, or else EC2.
    ///
    /// - Parameters:
    ///   - node: An instance of the cluster, whose VPC is meant where no other is named.
    ///   - subnets: These alone, where they are named and no VPC is.
    func cloud(node: String? = nil, subnets: [SubnetID] = []) async throws -> CloudSnapshot {
        guard awsFiles.isEmpty else { return try SnapshotInput.cloud(awsFiles) }
        let scope = try scope(node: node, subnets: subnets)
        do throws(SnapshotFaults) {
            return try await AccountSurvey.withAccess(environment: ProcessInfo.processInfo.environment, region: region) {
                survey throws(SnapshotFaults) in try await survey.snapshot(of: scope)
            }
        } catch {
            throw Self.refused(error)
        }
    }

    private func scope(node: String?, subnets: [SubnetID]) throws -> AccountSurvey.Scope {
        if let vpc { return .vpc(vpc) }
        if !subnets.isEmpty { return .subnets(subnets) }
        if let node { return .vpcOfInstance(node) }
        if let cluster { return .vpcOfCluster(cluster) }
        throw Self.refused(
            SnapshotFaults([
                SnapshotFault(
                    place: "command line", problem: "nothing says which VPC is meant",
                    remedy: "Give --vpc or --cluster, or saved answers with --from-aws")
            ]))
    }

    /// What is wrong goes to standard error, a line for each fault.
    static func refused(_ faults: SnapshotFaults) -> ExitCode {
        for fault in faults.faults { StandardError.write("berth: \(fault)") }
        return .badInput
    }
}
