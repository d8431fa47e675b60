public import Addressing

/// What a node asks of EC2 about ENIs that nodes of its cluster may have left behind. None of it is asked while pods are served.
public struct OrphanControl: Sendable {
    /// Returns the ENIs of the node's VPC that are attached to nothing, whoever made them, by identifier.
    public var describeUnattached: @Sendable () async throws(EC2Failure) -> [UnattachedENI]
    /// Returns those of the instances that exist and have not been terminated; stopped ones are among them.
    public var livingInstances: @Sendable (Set<InstanceID>) async throws(EC2Failure) -> Set<InstanceID>
    /// Deletes an ENI that is attached to nothing. Succeeds when it does not exist, and is refused when it is in use.
    public var delete: @Sendable (ENIID) async throws(EC2Failure) -> Void

    public init(
        describeUnattached: @escaping @Sendable () async throws(EC2Failure) -> [UnattachedENI],
        livingInstances: @escaping @Sendable (Set<InstanceID>) async throws(EC2Failure) -> Set<InstanceID>,
        delete: @escaping @Sendable (ENIID) async throws(EC2Failure) -> Void
    ) {
        self.describeUnattached = describeUnattached
        self.livingInstances = livingInstances
        self.delete = delete
    }
}

/// An ENI that is attached to nothing, as EC2 describes it.
public struct UnattachedENI: Hashable, Sendable {
    public var id: ENIID
    public var subnet: SubnetID
    public var description: String
    /// EC2's word for what it is for: `interface` for ordinary ones, `efa`, `trunk` and others.
    public var interfaceType: String
    /// Whether an AWS service keeps it, such as a load balancer.
    public var isRequesterManaged: Bool
    public var tags: [String: String]
    /// Since the moment that ``ENITag/createdAt`` tells; nil where there is none that can be read. Negative when it lies ahead.
    public var age: Duration?

    public init(
        id: ENIID, subnet: SubnetID, description: String, interfaceType: String = "interface", isRequesterManaged: Bool = false,
        tags: [String: String], age: Duration?
    ) {
        self.id = id
        self.subnet = subnet
        self.description = description
        self.interfaceType = interfaceType
        self.isRequesterManaged = isRequesterManaged
        self.tags = tags
        self.age = age
    }
}

/// The keys of the tags by which nodes know their ENIs again: those of the AWS VPC CNI (reference §10.3), and one of Berth's own.
public enum ENITag {
    /// The instance whose node made the ENI.
    public static let instance = "node.k8s.amazonaws.com/instance_id"
    /// When it was asked for, as `2026-01-02T03:04:05Z`.
    public static let createdAt = "node.k8s.amazonaws.com/createdAt"
    /// The cluster of that node, where it is named.
    public static let cluster = "cluster.k8s.amazonaws.com/name"
    /// `true` where an operator keeps the ENI for other use.
    public static let unmanaged = "node.k8s.amazonaws.com/no_manage"
    /// The program that made it: `amazon-vpc-cni`, `eks-vpc-resource-controller` and others.
    public static let owner = "eks:eni:owner"
    /// The client token of the request, by which an ENI is found whose request's answer was lost.
    public static let request = "berth/request"
    /// The value of ``owner`` on ENIs of nodes.
    public static let nodeOwner = "amazon-vpc-cni"

    /// The description of an ENI that the node of an instance makes.
    public static func description(of instance: InstanceID) -> String { "\(descriptionPrefix)\(instance)" }
    public static let descriptionPrefix = "aws-K8S-"
}
