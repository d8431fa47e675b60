public import CapacityPlanner

extension CloudSnapshot.Interface {
    /// What the control plane's ENIs are described with, before the cluster's name (EKS User Guide, "VPC and Subnet Considerations").
    private static let controlPlanePrefix = "Amazon EKS "
    /// The tag of ENIs that a node's CNI plugin made, with the instance for its value (amazon-vpc-cni-k8s, README).
    private static let makerTag = "node.k8s.amazonaws.com/instance_id"
    /// The tag of branch ENIs, with their trunk for its value (amazon-vpc-resource-controller-k8s).
    private static let trunkTag = "vpcresources.k8s.aws/trunk-eni-id"
    static let clusterTag = "cluster.k8s.amazonaws.com/name"

    /// The cluster whose control plane it belongs to; nil for any other ENI.
    public var controlPlaneCluster: String? {
        guard instance == nil || deviceIndex != 0, description.hasPrefix(Self.controlPlanePrefix) else { return nil }
        return String(description.dropFirst(Self.controlPlanePrefix.count))
    }

    /// The trunk whose branch it is; nil for any other ENI.
    var trunk: String? { tags[Self.trunkTag] }

    /// The instance whose CNI plugin made it; nil for any other ENI.
    var maker: String? {
        if let maker = tags[Self.makerTag] { return maker }
        guard let rest = description.dropping("aws-K8S-") else { return nil }
        return String(rest)
    }

    /// Who has it.
    ///
    /// - Parameter nodes: The cluster's instances.
    public func holder(nodes: Set<String>) -> BlockMap.Holder {
        if let instance, nodes.contains(instance) { return .node(instance: instance, eni: id) }
        return .other("\(ownerWords) (\(id))")
    }

    /// What EC2 says of it, in a few words. Services describe their ENIs alike since they exist, and no page lists all of them.
    public var ownerWords: String {
        if let cluster = controlPlaneCluster { return "control plane of \(cluster)" }
        if let trunk { return "branch of \(trunk)" }
        if let name = description.dropping("ELB ") { return "load balancer \(name)" }
        if let name = description.dropping("AWS Lambda VPC ENI-") { return "Lambda \(name)" }
        if let name = description.dropping("Interface for NAT Gateway ") { return "NAT gateway \(name)" }
        if let name = description.dropping("VPC Endpoint Interface ") { return "endpoint \(name)" }
        if let name = description.dropping("Network Interface for Transit Gateway Attachment ") { return "transit gateway \(name)" }
        if let name = description.dropping("EFS mount target for ") { return "EFS \(name)" }
        if description == "RDSNetworkInterface" { return "RDS" }
        if instance == nil, let maker { return "left behind by node \(maker)" }
        if let instance { return "instance \(instance)" }
        let words = [kind == "interface" ? "" : kind.replacing("_", with: " "), description].filter { !$0.isEmpty }.joined(separator: " ")
        return words.isEmpty ? "unattached ENI" : words
    }
}

extension String {
    fileprivate func dropping(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }

    fileprivate func replacing(_ a: Character, with b: Character) -> String { String(map { $0 == a ? b : $0 }) }
}
