public import Addressing
public import CapacityPlanner

/// What the Kubernetes API tells of a cluster at one moment, reduced to what decides over addresses.
public struct ClusterSnapshot: Hashable, Sendable {
    public var nodes: [Node]
    public var controllers: [Controller]
    /// Pods that have not finished.
    public var pods: [Pod]
    public var autoscalers: [Autoscaler]
    public var eniConfigs: [ENIConfig]
    public var cni: CNI?

    public init(
        nodes: [Node] = [], controllers: [Controller] = [], pods: [Pod] = [], autoscalers: [Autoscaler] = [],
        eniConfigs: [ENIConfig] = [], cni: CNI? = nil
    ) {
        self.nodes = nodes
        self.controllers = controllers
        self.pods = pods
        self.autoscalers = autoscalers
        self.eniConfigs = eniConfigs
        self.cni = cni
    }

    /// A name in a namespace.
    public struct Name: Hashable, Sendable, Comparable, CustomStringConvertible {
        public var namespace: String
        public var name: String

        public init(_ namespace: String, _ name: String) {
            self.namespace = namespace
            self.name = name
        }

        public var description: String { "\(namespace)/\(name)" }
        public static func < (a: Self, b: Self) -> Bool { (a.namespace, a.name) < (b.namespace, b.name) }
    }

    public struct Node: Hashable, Sendable {
        public var name: String
        /// The instance of its provider identifier; nil where it has none of EC2.
        public var instance: String?
        public var labels: [String: String]
        public var taints: [Taint]
        /// The pods that the kubelet takes at most; nil where it was not told.
        public var podsMax: Int?

        public init(name: String, instance: String?, labels: [String: String] = [:], taints: [Taint] = [], podsMax: Int? = nil) {
            self.name = name
            self.instance = instance
            self.labels = labels
            self.taints = taints
            self.podsMax = podsMax
        }

        public var zone: String? { labels["topology.kubernetes.io/zone"] ?? labels["failure-domain.beta.kubernetes.io/zone"] }
        public var type: String? { labels["node.kubernetes.io/instance-type"] ?? labels["beta.kubernetes.io/instance-type"] }
    }

    /// What has pods made.
    public struct Controller: Hashable, Sendable {
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            case deployment = "Deployment"
            case statefulSet = "StatefulSet"
            case daemonSet = "DaemonSet"
            case replicaSet = "ReplicaSet"
        }

        public var kind: Kind
        public var name: Name
        /// Nil for a DaemonSet.
        public var replicas: Int?
        public var isHostNetwork: Bool
        public var constraint: Constraint
        public var rollout: PlanScenario.Rollout
        public var grace: Duration

        public init(
            kind: Kind, name: Name, replicas: Int?, isHostNetwork: Bool = false, constraint: Constraint = Constraint(),
            rollout: PlanScenario.Rollout = PlanScenario.Rollout(), grace: Duration = .seconds(30)
        ) {
            self.kind = kind
            self.name = name
            self.replicas = replicas
            self.isHostNetwork = isHostNetwork
            self.constraint = constraint
            self.rollout = rollout
            self.grace = grace
        }
    }

    public struct Pod: Hashable, Sendable {
        public var name: Name
        public var owner: Owner?
        public var isHostNetwork: Bool
        /// Whether it asks for a branch ENI.
        public var hasBranchENI: Bool
        public var constraint: Constraint
        public var grace: Duration

        public struct Owner: Hashable, Sendable {
            /// Such as `ReplicaSet`, `Job` or `Node`.
            public var kind: String
            public var name: String

            public init(kind: String, name: String) {
                self.kind = kind
                self.name = name
            }
        }

        public init(
            name: Name, owner: Owner? = nil, isHostNetwork: Bool = false, hasBranchENI: Bool = false,
            constraint: Constraint = Constraint(), grace: Duration = .seconds(30)
        ) {
            self.name = name
            self.owner = owner
            self.isHostNetwork = isHostNetwork
            self.hasBranchENI = hasBranchENI
            self.constraint = constraint
            self.grace = grace
        }
    }

    public struct Autoscaler: Hashable, Sendable {
        /// Such as `Deployment`.
        public var targetKind: String
        public var target: Name
        /// Replicas: 0 ≤ least ≤ most.
        public var least: Int
        public var most: Int

        public init(targetKind: String, target: Name, least: Int, most: Int) {
            self.targetKind = targetKind
            self.target = target
            self.least = least
            self.most = most
        }
    }

    public struct ENIConfig: Hashable, Sendable {
        public var name: String
        public var subnet: SubnetID

        public init(name: String, subnet: SubnetID) {
            self.name = name
            self.subnet = subnet
        }
    }

    /// The DaemonSet that gives pods their addresses.
    public struct CNI: Hashable, Sendable {
        /// Such as `kube-system/aws-node`.
        public var name: Name
        /// Its variables.
        public var environment: [String: String]
        /// Variables whose values are kept elsewhere.
        public var elsewhere: Set<String>

        public init(name: Name, environment: [String: String], elsewhere: Set<String> = []) {
            self.name = name
            self.environment = environment
            self.elsewhere = elsewhere
        }
    }

    /// Adds what was read elsewhere. What both tell of is taken once.
    public mutating func add(_ other: ClusterSnapshot) {
        nodes = Self.distinct(nodes + other.nodes, by: \.name)
        controllers = Self.distinct(controllers + other.controllers) { "\($0.kind.rawValue)/\($0.name)" }
        pods = Self.distinct(pods + other.pods, by: \.name)
        autoscalers = Self.distinct(autoscalers + other.autoscalers) { "\($0.targetKind)/\($0.target)" }
        eniConfigs = Self.distinct(eniConfigs + other.eniConfigs, by: \.name)
        cni = cni ?? other.cni
    }

    private static func distinct<Thing, Key: Hashable>(_ things: [Thing], by key: (Thing) -> Key) -> [Thing] {
        var seen: Set<Key> = []
        return things.filter { seen.insert(key($0)).inserted }
    }
}
