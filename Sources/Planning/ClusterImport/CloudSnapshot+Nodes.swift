extension CloudSnapshot.Instance {
    /// Tags by which EKS, eksctl, Karpenter and others mark the instances of a cluster, with the cluster's name as their value.
    private static let nameTags = ["aws:eks:cluster-name", "eks:cluster-name", "eks:eks-cluster-name", "alpha.eksctl.io/cluster-name"]
    /// Before the cluster's name in a key (Kubernetes, AWS cloud provider).
    private static let keyPrefix = "kubernetes.io/cluster/"

    /// The clusters that its tags name.
    public var clusters: Set<String> {
        let byKey = tags.keys.filter { $0.hasPrefix(Self.keyPrefix) }.map { String($0.dropFirst(Self.keyPrefix.count)) }
        return Set(byKey + Self.nameTags.compactMap { tags[$0] }).subtracting([""])
    }
}

extension CloudSnapshot {
    /// The names of clusters whose nodes are among the instances, ascending.
    public var clusters: [String] { Set(instances.flatMap(\.clusters)).sorted() }

    /// Instances that are nodes by their tags.
    ///
    /// - Parameter cluster: The one that is meant; nil for any.
    public func nodes(of cluster: String?) -> Set<String> {
        Set(instances.filter { $0.clusters.contains { cluster == nil || $0 == cluster } }.map(\.id))
    }
}
