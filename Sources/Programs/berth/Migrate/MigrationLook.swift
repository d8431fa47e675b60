import ArgumentParser
import CommandLineTool
import Migration
import NetlinkAdapter
import NftablesAdapter
import NodeMigration
import NodePorts
import PodNetwork

/// What the commands that look at a node have in common.
enum MigrationLook {
    /// Looks at the node that the options tell of.
    ///
    /// - Throws: ``ExitCode/badInput`` for a file that cannot be used, ``ExitCode/failure`` where the kernel cannot be read.
    static func evidence(_ files: HostFiles, _ incumbent: IncumbentOptions) async throws -> NodeEvidence {
        do {
            let look = NodeLook(files, plugin: incumbent.pluginPath)
            let firewall = try NftablesFirewall().incumbent()
            var evidence = look.evidence(
                environment: try incumbent.environment(), customNetworking: try incumbent.customNetworking(),
                contents: try NetlinkKernel().openHost().contents(), firewall: (firewall.removed, firewall.legacy))
            if incumbent.askEC2 { evidence.attachedENIs = try await AttachedENIs.ask() }
            return evidence
        } catch let error as MigrationInputError {
            StandardError.write("berth: \(error)")
            throw ExitCode.badInput
        } catch let error as KernelError {
            StandardError.write("berth: \(error). Run it as root on the node, or in a container with the node's network and CAP_NET_ADMIN.")
            throw ExitCode.badInput
        } catch let error as FirewallFailure {
            StandardError.write("berth: \(error). Run it as root on the node, or in a container with the node's network and CAP_NET_ADMIN.")
            throw ExitCode.badInput
        }
    }
}
