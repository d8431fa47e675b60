package import IPAMEngine
package import KubernetesAdapter
package import NodeConfiguration

/// The node as the cluster has it, and what decides where its ENIs are made.
package struct NodeBook: Hashable, Sendable {
    package let name: String
    /// Nil until the cluster has told of it, and while it has no such node.
    fileprivate var node: Seen?
    /// Nil until they were listed.
    private var eniConfigs: [String: ClusterView.ENIConfig]?

    fileprivate struct Seen: Hashable {
        var labels: [String: String]
        var annotations: [String: String]
        var condition: NodeCondition
    }

    package init(name: String) {
        self.name = name
    }

    package mutating func take(_ news: Followed<NodeResource>) {
        switch news {
        case .listed(let all): node = all.first { $0.name == name }.map { Seen($0) }
        case .changed(let node) where node.name == name: self.node = Seen(node)
        case .removed(let node) where node.name == name: self.node = nil
        case .changed, .removed, .interrupted: break
        }
    }

    package mutating func take(_ news: Followed<ENIConfigResource>) {
        switch news {
        case .listed(let all):
            eniConfigs = [:]
            all.forEach { put($0) }
        case .changed(let config): put(config)
        case .removed(let config): eniConfigs?[config.name] = nil
        case .interrupted: break
        }
    }

    private mutating func put(_ config: ENIConfigResource) {
        eniConfigs?[config.name] = ClusterView.ENIConfig(subnet: config.subnet ?? "", securityGroups: config.securityGroups)
    }

    /// What the node is to be; nil until the cluster has told of it.
    package var view: ClusterView? {
        node.map { ClusterView(node: name, labels: $0.labels, annotations: $0.annotations, eniConfigs: eniConfigs ?? [:]) }
    }

    /// Whether the cluster has told its ENIConfigs.
    package var hasENIConfigs: Bool { eniConfigs != nil }

    /// The ENIConfig that the node's labels and annotations name.
    func eniConfigName(_ variables: NodeVariables) -> String {
        NodeConfiguration.eniConfigName(labels: node?.labels ?? [:], annotations: node?.annotations ?? [:], variables: variables)
    }

    /// Whether pods come to the node. One that the cluster has not told of gets pods as any other.
    package var condition: NodeCondition { node?.condition ?? .schedulable }
}

extension NodeBook.Seen {
    fileprivate init(_ node: NodeResource) {
        self.init(labels: node.labels, annotations: node.annotations, condition: NodeCondition(node))
    }
}

extension NodeCondition {
    /// Taints by which those who take instances away tell that a node is about to end: Karpenter (before and since its v1), the cluster
    /// autoscaler, the node termination handler of AWS.
    private static let endingTaints: Set<String> = [
        "karpenter.sh/disrupted", "karpenter.sh/disruption", "ToBeDeletedByClusterAutoscaler", "aws-node-termination-handler/spot-itn",
        "aws-node-termination-handler/scheduled-maintenance", "aws-node-termination-handler/asg-lifecycle-termination",
        "aws-node-termination-handler/rebalance-recommendation",
    ]

    fileprivate init(_ node: NodeResource) {
        if node.isBeingDeleted || node.taints.contains(where: { Self.endingTaints.contains($0.key) }) {
            self = .terminating
        } else if node.isUnschedulable
            || node.taints.contains(where: { $0.key == "node.kubernetes.io/unschedulable" && $0.effect == "NoSchedule" })
        {
            self = .cordoned
        } else {
            self = .schedulable
        }
    }
}
