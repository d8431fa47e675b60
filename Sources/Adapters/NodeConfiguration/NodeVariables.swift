public import Addressing
public import IPAMEngine
public import PodNetwork

/// What the variables of a node say: the incumbent's, with its meaning and its manifest's defaults (reference §1), and ours.
///
/// The same names serve in the environment and under `settings:` of a file. ``Setting/all`` lists them; each sets one of the
/// properties here.
public struct NodeVariables: Hashable, Sendable {
    public var families = Families()
    public var placement = Placement()
    public var pool = Pool()
    public var pods = Pods()
    public var cluster = Cluster()
    public var eniMTUBytes = 9001
    /// The node's own network. Which families pods have is said by ``families``; ``nodeNetwork`` joins the two.
    public var network = NodeNetworkPolicy()

    /// Which addresses pods get.
    public struct Families: Hashable, Sendable {
        public var hasIPv4 = true
        public var hasIPv6 = false
        /// Whether IPv4 addresses are asked of EC2 in /28 blocks. IPv6 addresses always come from a /80.
        public var usesPrefixes = false
    }

    /// Where ENIs are made, and how many.
    public struct Placement: Hashable, Sendable {
        /// Whether an ENIConfig says in which subnets, and the primary ENI is left to the node.
        public var usesENIConfig = false
        /// The keys of the node's label and annotation that name its ENIConfig.
        public var eniConfigLabel = "k8s.amazonaws.com/eniConfig"
        public var eniConfigAnnotation = "k8s.amazonaws.com/eniConfig"
        /// Whether the tags of subnets offer them to pods; not heeded where an ENIConfig is.
        public var discoversSubnets = true
        /// The cluster whose subnets are meant; nil for those of every cluster.
        public var cluster: String?
        /// Put on ENIs that the node makes.
        public var additionalENITags: [String: String] = [:]
        public var usesEveryCard = false
        /// Whether attached ENIs without a node's tags are for pods.
        public var takesUntaggedENIs = true
        /// Whether ENIs that nodes of the cluster left behind stay where they are.
        public var leavesOrphans = false
        /// From one look for such ENIs to the node's next, on average; whole seconds.
        public var sweepInterval: Duration = .seconds(21_600)
        /// What the kubelet was told to take at most; nil for what is recommended for the instance type.
        public var podsMax: Int?
        /// Most ENIs of a network card; nil leaves the instance type's limit.
        public var enisMax: Int?
    }

    /// How much is kept ready.
    public struct Pool: Hashable, Sendable {
        public var targets = WarmTargets()
        /// The chance of a pod waiting that is put up with, in place of fixed targets; nil for those.
        public var missProbability: Double?
        /// The bounds of what that chance asks for.
        public var automaticLeast = 1
        public var automaticMost = 128
        public var cooldown: Duration = .seconds(30)
        public var managesCordonedNode = false
        /// From 0 to 0.5.
        public var pressureShare = 0.05
        public var excludedAddresses: [IPv4CIDR] = []
    }

    /// How requests for pods are treated.
    public struct Pods: Hashable, Sendable {
        /// How long an ADD waits for an address before it is refused with the reason; whole seconds.
        public var addBudget: Duration = .seconds(60)
        public var waitingMax = 512
        public var criticalNamespaces: Set<String> = []
        /// GC leaves younger allocations alone, since the runtime's list may be older than their ADD; whole seconds.
        public var garbageAgeMin: Duration = .seconds(120)
        /// Pods of these namespaces leave their address to a pod of the same name, for as long as ``stickyHold``.
        public var stickyNamespaces: Set<String> = []
        public var stickyHold: Duration = .seconds(300)
        public var reservations: [PodName: IPv4Address] = [:]
    }

    /// What is done for pods by the cluster, and told to it.
    public struct Cluster: Hashable, Sendable {
        public var givesBranchENIs = false
        public var branchENIMode = BranchENI.EnforcingMode.strict
        public var annotatesPods = false
        /// Whether anything is written to the cluster.
        public var writes = true
        /// The key of the taint of a node whose pods can have no address; nil for none.
        public var taint: String?
    }

    /// Every name that is read, in order.
    public static let names = Setting.all.map(\.name).sorted()

    public init() {}

    /// Reads the variables that are set, and says everything that is wrong with each of them by itself.
    ///
    /// - Parameters:
    ///   - settings: Values by name, each with the place it was written at.
    ///   - defaults: What holds for variables that are not set.
    ///   - faults: Gains one entry for each unknown name or value that cannot be taken.
    public init(
        _ settings: [String: (value: String, place: String)], defaults: NodeVariables = NodeVariables(), faults: inout [ConfigurationFault]
    ) {
        self = defaults
        for (name, written) in settings.sorted(by: { $0.key < $1.key }) {
            guard let setting = Setting.named(name) else {
                faults.append(
                    ConfigurationFault(
                        place: written.place, problem: "\(name) is not a known setting", remedy: suggestion(for: name, among: Self.names)))
                continue
            }
            read(setting, written.value, written.place, &faults)
        }
    }

    /// Reads the environment: the incumbent's variables, and none of ours that is not known.
    ///
    /// - Parameter known: Further `BERTH_` variables that somebody else reads.
    public init(environment: [String: String], known: Set<String>, faults: inout [ConfigurationFault]) {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            if let setting = Setting.named(name) {
                read(setting, value, "environment", &faults)
            } else if name.hasPrefix("BERTH_"), !known.contains(name) {
                faults.append(
                    ConfigurationFault(
                        place: "environment", problem: "\(name) is not a variable of Berth",
                        remedy: suggestion(for: name, among: Self.names.filter { $0.hasPrefix("BERTH_") } + known)))
            }
        }
    }

    private mutating func read(_ setting: Setting, _ value: String, _ place: String, _ faults: inout [ConfigurationFault]) {
        guard !setting.read(value, &self) else { return }
        faults.append(ConfigurationFault(place: place, problem: "\(setting.name) is \"\(value)\"", remedy: "Set it to \(setting.expected)"))
    }
}

extension NodeVariables {
    /// What is wanted of the node's own network.
    public var nodeNetwork: NodeNetworkPolicy {
        var policy = network
        policy.podFamilies = Set(AddressFamily.allCases.filter { $0 == .v4 ? families.hasIPv4 : families.hasIPv6 })
        return policy
    }

    /// The family that pods have no address of and reach through the node's own; nil for none.
    public var egress: AddressFamily? {
        if network.hasIPv4Egress, !families.hasIPv4 { return .v4 }
        return network.hasIPv6Egress && !families.hasIPv6 ? .v6 : nil
    }

    /// The tags of ENIs that the node makes, as the incumbent's are (reference §10.3), without its name of the instance.
    public var eniTags: [String: String] {
        var tags = placement.additionalENITags
        guard let cluster = placement.cluster else { return tags }
        tags["cluster.k8s.amazonaws.com/name"] = cluster
        tags["eks:eni:owner"] = "amazon-vpc-cni"
        return tags
    }

    /// How long the node waits between two sweeps for orphaned ENIs, on average; nil for none. Nodes whose pods have IPv6 alone make no
    /// ENIs but with custom networking, and may delete none.
    public var orphanSweepInterval: Duration? {
        guard !placement.leavesOrphans, families.hasIPv4 || placement.usesENIConfig else { return nil }
        return placement.sweepInterval
    }

    /// How pods get their addresses; nil when neither family is on.
    public var addressing: EngineConfiguration.Addressing? {
        let unit: EngineConfiguration.Addressing.Unit = families.usesPrefixes ? .prefix : .secondary
        return switch (families.hasIPv4, families.hasIPv6) {
        case (true, false): .ipv4(unit)
        case (true, true): .dual(unit)
        case (false, true): .ipv6
        case (false, false): nil
        }
    }
}
