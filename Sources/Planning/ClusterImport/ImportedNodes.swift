import Addressing
import CapacityPlanner

/// The cluster's nodes, each with what both sides know of it.
struct ImportedNodes {
    struct Node {
        let group: String
        let type: String
        let zone: String
        /// That of its primary ENI; nil where EC2 told of none.
        let subnet: SubnetID?
        let podsMax: Int?
        /// As Kubernetes knows it; nil where only EC2 told of it.
        let node: ClusterSnapshot.Node?
    }

    private(set) var all: [Node] = []
    /// Their instances.
    let instances: Set<String>
    /// The cluster's name, where instances or the control plane tell it.
    let cluster: String?

    /// - Throws: ``ClusterImport/Failure`` where there is none, or it is not said which cluster is meant.
    init(
        _ cloud: CloudSnapshot, _ kubernetes: ClusterSnapshot, cluster: String?, _ notes: inout ImportNotes
    ) throws(ClusterImport.Failure) {
        let byID = Dictionary(cloud.instances.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let primary = Dictionary(
            cloud.interfaces.filter { $0.deviceIndex == 0 }.compactMap { eni in eni.instance.map { ($0, eni.subnet) } },
            uniquingKeysWith: { first, _ in first })
        guard kubernetes.nodes.isEmpty else {
            let instances = Set(kubernetes.nodes.compactMap(\.instance))
            let named = Set(cloud.instances.filter { instances.contains($0.id) }.flatMap(\.clusters))
            (self.instances, self.cluster) = (instances, cluster ?? (named.count == 1 ? named.first : nil))
            take(kubernetes.nodes, byID, primary, &notes)
            guard !all.isEmpty else {
                throw ClusterImport.Failure(
                    problem: "none of \(kubernetes.nodes.count) nodes is an instance of which type and zone are known",
                    remedy: "Give the output of aws ec2 describe-instances for the cluster's Region, or the nodes' labels")
            }
            return
        }
        let names = cloud.clusters
        guard cluster != nil || names.count <= 1 else {
            throw ClusterImport.Failure(
                problem: "the instances belong to \(names.count) clusters: \(someOf(names))",
                remedy: "Name one with --cluster, or give the cluster's nodes from kubectl")
        }
        self.cluster = cluster ?? names.first
        instances = cloud.nodes(of: self.cluster)
        guard !instances.isEmpty else {
            throw ClusterImport.Failure(
                problem: "there are no nodes: Kubernetes tells of none, and none of \(cloud.instances.count) instances has a cluster's tag"
                    + (cluster.map { " for \($0)" } ?? ""),
                remedy: "Give the nodes from kubectl get nodes -o json, and the instances from aws ec2 describe-instances")
        }
        for instance in cloud.instances where instances.contains(instance.id) {
            let group = Self.group(instance.tags, Self.tagKeys) ?? instance.type
            all.append(
                Node(
                    group: group, type: instance.type, zone: instance.zone, subnet: primary[instance.id] ?? instance.subnet, podsMax: nil,
                    node: nil))
        }
        notes.say(
            .scenario, "Kubernetes told of no nodes: the \(all.count) instances with the tags of cluster \(self.cluster ?? "") are taken")
    }

    private mutating func take(
        _ nodes: [ClusterSnapshot.Node], _ byID: [String: CloudSnapshot.Instance], _ primary: [String: SubnetID],
        _ notes: inout ImportNotes
    ) {
        var (strangers, unknown): ([String], [String]) = ([], [])
        for node in nodes {
            let instance = node.instance.flatMap { byID[$0] }
            if instance == nil { strangers.append(node.name) }
            guard let type = instance?.type ?? node.type, let zone = instance?.zone ?? node.zone else {
                unknown.append(node.name)
                continue
            }
            let subnet = node.instance.flatMap { primary[$0] } ?? instance?.subnet
            let group = Self.group(node.labels, Self.labelKeys) ?? instance.flatMap { Self.group($0.tags, Self.tagKeys) } ?? type
            all.append(Node(group: group, type: type, zone: zone, subnet: subnet, podsMax: node.podsMax, node: node))
        }
        if !unknown.isEmpty {
            notes.say(.nodeGroups, "Left out: \(unknown.count) nodes of which type or zone is unknown: \(someOf(unknown))")
        }
        if !strangers.isEmpty {
            notes.say(
                .nodeGroups,
                "EC2 told nothing of \(strangers.count) nodes: \(someOf(strangers)). What their ENIs hold counts as other use of a subnet")
        }
    }

    /// Labels that name a node's group: of EKS, Karpenter and eksctl.
    private static let labelKeys = ["eks.amazonaws.com/nodegroup", "karpenter.sh/nodepool", "alpha.eksctl.io/nodegroup-name"]
    /// Tags of an instance that do.
    private static let tagKeys = ["eks:nodegroup-name", "karpenter.sh/nodepool", "alpha.eksctl.io/nodegroup-name"]

    private static func group(_ texts: [String: String], _ keys: [String]) -> String? {
        keys.lazy.compactMap { texts[$0] }.first { (1...128).contains($0.utf8.count) }
    }
}
