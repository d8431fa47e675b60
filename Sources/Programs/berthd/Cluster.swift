import AWSClient
import Foundation
import IPAMEngine
import KubernetesAdapter
import KubernetesNode
import Logging
import NodeConfiguration
import NodePorts
import NodeRuntime
import ServiceLifecycle
import Timeline

/// The cluster that the node is in, and how what it says becomes directions for the node.
struct Cluster {
    let member: ClusterMember
    let direct: ClusterMember.Directing
}

extension ClusterMember {
    /// The node's place in its cluster; nil where there is no cluster: no kubeconfig was given, and this is no pod.
    ///
    /// - Parameter name: The node's; nil where nobody has said it.
    /// - Throws: ``ClusterAccessFailure``, ``ConfigurationFaults``.
    static func joined(
        kubeconfig: String?, name: String?, file: NodeFile, directory: String, logger: Logger
    ) throws -> ClusterMember? {
        let environment = ProcessInfo.processInfo.environment
        let access =
            try kubeconfig.map { try ClusterAccess.kubeconfig(path: $0, environment: environment) }
            ?? ClusterAccess.inCluster(environment: environment)
        guard let access else { return nil }
        guard let name, !name.isEmpty else {
            throw ConfigurationFaults([
                ConfigurationFault(
                    place: "environment", problem: "MY_NODE_NAME is not set",
                    remedy: "Set it to the node's name in the cluster, in a pod by fieldRef: spec.nodeName")
            ])
        }
        logger.info("cluster", metadata: ["access": "\(access)", "node": "\(name)"])
        return try ClusterMember(
            access, name: name, file: file, directory: directory, clock: { Instant.now }, logger: logger)
    }
}

/// Follows the cluster until the group shuts down.
struct ClusterService: Service, CustomStringConvertible {
    let cluster: Cluster
    let node: Node
    let network: NodeNetwork
    let begun: Directions
    let ec2: EC2Control

    // The group of services names each in its messages.
    var description: String { "ClusterService" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await cluster.member.run(node, begun: begun, direct: cluster.direct) { directions in
                node.reconfigure(directions.settings)
                if network.policy != directions.network { await network.reconfigure(directions.network) }
            } findTrunk: {
                try await ec2.describeENIs().trunk
            }
        }
        await cluster.member.shutdown()
        try? await gracefulShutdown()
    }
}
