public import InstanceTypes

extension PlanScenario {
    /// Nodes that are alike but for their instance types, spread evenly over zones.
    public struct NodeGroup: Hashable, Sendable {
        public var name: String
        /// With the share of nodes that each gets; not empty, weights of 1 or more.
        public var types: [Weighted]
        /// Nodes: 0 ≤ least ≤ desired ≤ most.
        public var least: Int
        public var desired: Int
        public var most: Int
        /// Not empty, each with a subnet for nodes.
        public var zones: [String]
        /// Nodes that an upgrade starts before it ends old ones.
        public var surge: Share
        /// What the kubelet is told; nil for the least that is recommended for one of the types.
        public var podsMax: Int?
        /// ENI slots that carry no pods, such as those of EFA.
        public var reservedENIs: Int
        /// How long a node is kept, as of spot instances; nil for good.
        public var lifetime: Duration?
        /// EFA-only ENIs on the default card: each takes a slot of it, and no address.
        public var efaOnlyENIs: Int
        /// ENIs on other network cards than the default one, each with an address of the node's subnet and no pods.
        public var furtherCardENIs: Int

        public struct Weighted: Hashable, Sendable {
            public var type: InstanceType
            public var weight: Int

            public init(_ type: InstanceType, weight: Int = 1) {
                self.type = type
                self.weight = weight
            }
        }

        public init(
            name: String, types: [Weighted], least: Int = 0, desired: Int, most: Int, zones: [String], surge: Share = .count(1),
            podsMax: Int? = nil, reservedENIs: Int = 0, lifetime: Duration? = nil, efaOnlyENIs: Int = 0, furtherCardENIs: Int = 0
        ) {
            precondition(!types.isEmpty && types.allSatisfy { $0.weight > 0 }, "node group \(name) has no type, or one of no weight")
            precondition(0 <= least && least <= desired && desired <= most, "node group \(name) has \(least), \(desired), \(most) nodes")
            precondition(!zones.isEmpty, "node group \(name) is in no zone")
            self.name = name
            self.types = types
            self.least = least
            self.desired = desired
            self.most = most
            self.zones = zones
            self.surge = surge
            self.podsMax = podsMax
            self.reservedENIs = reservedENIs
            self.lifetime = lifetime
            self.efaOnlyENIs = efaOnlyENIs
            self.furtherCardENIs = furtherCardENIs
        }
    }

    /// Pods that are alike.
    public struct Workload: Hashable, Sendable {
        public var name: String
        public var size: Size
        public var network: Network
        /// Groups on whose nodes it runs; empty for all.
        public var nodeGroups: Set<String>
        /// Zones in which it runs; empty for all.
        public var zones: Set<String>
        public var rollout: Rollout
        /// How long a pod that is deleted keeps its address.
        public var grace: Duration
        /// How many pods come, and as many go, in a second.
        public var arrivalsPerSecond: Double
        /// How long a pod lives in the mean; nil where nothing is said, and pods that come take the place of others.
        public var lifetime: Duration?
        /// How lifetimes lie about their mean. Formulas need the mean alone (Little's law); a simulation draws from this.
        public var lifetimes: Lifetimes
        /// Pods that come all at once, again and again, beside those that come one by one.
        public var burst: Burst?
        /// What an autoscaler (HPA) may make of the number of pods; nil without one.
        public var scale: ClosedRange<Int>?

        public enum Size: Hashable, Sendable {
            case pods(Int)
            /// One on each node, as of a DaemonSet.
            case everyNode
        }

        /// What its pods have for a network.
        public enum Network: String, Hashable, Sendable, CaseIterable {
            case pod
            /// The node's own address.
            case host
            /// A branch ENI of the node's trunk (security groups for pods).
            case branchENI = "branch-eni"
        }

        public init(
            name: String, size: Size, network: Network = .pod, nodeGroups: Set<String> = [], zones: Set<String> = [],
            rollout: Rollout = Rollout(), grace: Duration = .seconds(30), arrivalsPerSecond: Double = 0, lifetime: Duration? = nil,
            lifetimes: Lifetimes = .exponential, burst: Burst? = nil, scale: ClosedRange<Int>? = nil
        ) {
            self.name = name
            self.size = size
            self.network = network
            self.nodeGroups = nodeGroups
            self.zones = zones
            self.rollout = rollout
            self.grace = grace
            self.arrivalsPerSecond = arrivalsPerSecond
            self.lifetime = lifetime
            self.lifetimes = lifetimes
            self.burst = burst
            self.scale = scale
        }
    }

    /// How a Deployment is rolled, with Kubernetes's defaults.
    public struct Rollout: Hashable, Sendable {
        public var surge: Share
        public var unavailable: Share
        /// From a pod's start until it counts as available.
        public var ready: Duration

        public init(surge: Share = .percent(25), unavailable: Share = .percent(25), ready: Duration = .seconds(10)) {
            self.surge = surge
            self.unavailable = unavailable
            self.ready = ready
        }
    }

    /// A number, or a share of one.
    public enum Share: Hashable, Sendable {
        case count(Int)
        case percent(Int)

        /// Of `whole`, rounded up, as Kubernetes takes a surge.
        public func up(of whole: Int) -> Int {
            switch self {
            case .count(let count): count
            case .percent(let percent): (whole * percent + 99) / 100
            }
        }

        /// Of `whole`, rounded down, as Kubernetes takes what may be unavailable.
        public func down(of whole: Int) -> Int {
            switch self {
            case .count(let count): count
            case .percent(let percent): whole * percent / 100
            }
        }
    }

    /// What may happen to the cluster, and what it is to have room for.
    public enum Event: Hashable, Sendable {
        /// Every pod of a workload is replaced.
        case rollingUpdate(workload: String)
        /// Every node of a group is replaced, surge by surge.
        case nodeUpgrade(group: String)
        /// A second group of the same size comes before the first goes.
        case blueGreen(group: String)
        /// So many nodes come at once, with pods as on the others.
        case scaleOut(group: String, nodes: Int)
        /// All that was in a zone comes again in the others.
        case zoneLoss(zone: String)
        /// The control plane has as many ENIs again.
        case clusterUpgrade
        /// EC2 gives nothing for that long.
        case outage(Duration)
        /// Karpenter replaces so many nodes of a group at once: the ones that come are there before the old ones go.
        case consolidation(group: String, nodes: Share)
        /// Every pod ends and comes again at once.
        case massRestart
        /// Every autoscaler has come to its most pods.
        case autoscalersAtMost
    }
}
