import Addressing
import JSON
package import KubernetesAdapter
import Logging
import NodeConfiguration
import Synchronization

// Branch ENIs: the node asks the cluster's controller for a trunk, and finds it.
extension ClusterMember {
    /// Between two looks for a trunk that is to come; the controller takes some tens of seconds. Where none is wanted, or it is there, this
    /// is how soon a change is seen.
    private static let trunkLook: Duration = .seconds(15)
    private static let trunkLookMax: Duration = .seconds(120)
    /// What a node asks the controller for (aws/amazon-vpc-resource-controller-k8s, apis/vpcresources/v1alpha1).
    private static let branchFeature = "SecurityGroupsForPods"
    private static let eniConfigFeature = "CustomNetworking"

    /// - Parameters:
    ///   - find: Returns the MAC address of the node's trunk ENI as EC2 shows it; nil while there is none.
    ///   - found: Hears that there is one.
    func keepTrunk(_ find: @Sendable () async throws -> MACAddress?, found: @Sendable () -> Void) async {
        var hasAsked = false
        while !Task.isCancelled {
            let (variables, trunk) = state.withLock { ($0.directions?.variables, $0.trunk) }
            let isWanted = variables?.cluster.givesBranchENIs ?? false
            if let variables, isWanted {
                do {
                    if !hasAsked, variables.cluster.writes { hasAsked = try await askForTrunk() }
                    if trunk == nil, let trunk = try await find() {
                        state.withLock { $0.trunk = trunk }
                        logger.notice("trunk ENI found", metadata: ["mac": "\(trunk)"])
                        found()
                    }
                } catch {
                    logger.warning("trunk ENI not had", metadata: ["failure": "\(error)"])
                }
            }
            do { try await sleep(isWanted && trunk == nil ? Self.trunkLook : Self.trunkLookMax) } catch { return }
        }
    }

    /// Adds to the node's CNINode what the node wants and it does not have.
    ///
    /// - Returns: False while the controller has not made the object.
    package func askForTrunk() async throws(KubernetesFailure) -> Bool {
        var node: CNINodeResource
        do throws(KubernetesFailure) {
            node = try await client.get(CNINodeResource.self, name)
        } catch {
            guard error.kind == .notFound else { throw error }
            return false
        }
        let eniConfig = state.withLock { state in
            state.directions.flatMap { $0.variables.placement.usesENIConfig ? state.node.eniConfigName($0.variables) : nil }
        }
        var features = node.features
        if !features.contains(where: { $0.name == Self.branchFeature }) { features.append(.init(name: Self.branchFeature)) }
        if let eniConfig, !features.contains(where: { $0.name == Self.eniConfigFeature && $0.value == eniConfig }) {
            features.removeAll { $0.name == Self.eniConfigFeature }
            features.append(.init(name: Self.eniConfigFeature, value: eniConfig))
        }
        guard features != node.features, let version = node.resourceVersion else { return true }
        node.features = features
        _ = try await client.patch(
            CNINodeResource.self, name,
            ["metadata": ["resourceVersion": .string(version)], "spec": ["features": node.object["spec"]?["features"] ?? []]], as: .merge)
        return true
    }
}
