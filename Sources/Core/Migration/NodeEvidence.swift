public import Addressing
public import IncumbentState
public import PodNetwork

/// What was found of the incumbent on a node, as values. Nothing of it was changed by looking.
public struct NodeEvidence: Sendable {
    /// Nil where neither a file of variables nor a DaemonSet was given.
    public var environment: IncumbentEnvironment?
    /// The names of the variables that are settings of ours as well.
    public var settingNames: Set<String>
    /// Settings whose values we do not take.
    public var refusedSettings: [RefusedSetting]
    /// What the node's file of settings is to say of custom networking; nil where nothing was given.
    public var customNetworking: CustomNetworking?
    public var conflist: Found<IncumbentConflist>
    public var checkpoint: Found<Checkpoint>
    /// Files of further network cards, such as `ipam-nic-1.json`.
    public var otherCheckpoints: [String]
    public var links: [LinkState]
    public var routes: [Route]
    public var rules: [Rule]
    /// What there is of the incumbent's chains in nftables, as `nft` would be told.
    public var firewall: [String]
    /// Its chains in tables of iptables-legacy.
    public var legacyFirewall: [String]
    /// Who answers on the sockets.
    public var running: Running
    /// Whether the plugin that we place is there to be placed.
    public var hasPlugin: Bool
    /// Whether a file of settings is in the place of ours that we did not write.
    public var hasSettingsOfOthers: Bool
    /// Whether a daemon of ours has taken the incumbent's pods over already, or the node was started anew since.
    public var isTakenOver: Bool
    /// What EC2 has attached; nil where it was not asked.
    public var attachedENIs: [AttachedENI]?

    public init(
        environment: IncumbentEnvironment? = nil, settingNames: Set<String> = [], refusedSettings: [RefusedSetting] = [],
        customNetworking: CustomNetworking? = nil, conflist: Found<IncumbentConflist>, checkpoint: Found<Checkpoint>,
        otherCheckpoints: [String] = [], links: [LinkState] = [], routes: [Route] = [], rules: [Rule] = [], firewall: [String] = [],
        legacyFirewall: [String] = [], running: Running = Running(), hasPlugin: Bool = true, hasSettingsOfOthers: Bool = false,
        isTakenOver: Bool = false, attachedENIs: [AttachedENI]? = nil
    ) {
        self.environment = environment
        self.settingNames = settingNames
        self.refusedSettings = refusedSettings
        self.customNetworking = customNetworking
        self.conflist = conflist
        self.checkpoint = checkpoint
        self.otherCheckpoints = otherCheckpoints
        self.links = links
        self.routes = routes
        self.rules = rules
        self.firewall = firewall
        self.legacyFirewall = legacyFirewall
        self.running = running
        self.hasPlugin = hasPlugin
        self.hasSettingsOfOthers = hasSettingsOfOthers
        self.isTakenOver = isTakenOver
        self.attachedENIs = attachedENIs
    }

    /// A file that was looked for.
    public enum Found<Value: Sendable>: Sendable {
        case absent(path: String)
        /// It is there and cannot be taken.
        case unreadable(path: String, problem: String, remedy: String)
        case found(Value)

        public var value: Value? {
            if case .found(let value) = self { value } else { nil }
        }
    }

    /// A setting that aws-node has, with a value that we do not take.
    public struct RefusedSetting: Hashable, Sendable {
        public let name: String
        public let problem: String
        public let remedy: String

        public init(name: String, problem: String, remedy: String) {
            self.name = name
            self.problem = problem
            self.remedy = remedy
        }
    }

    /// Daemons of the node, by whether somebody accepts connections on their sockets.
    public struct Running: Hashable, Sendable {
        public var incumbent: Bool
        public var policyAgent: Bool
        public var berth: Bool

        public init(incumbent: Bool = false, policyAgent: Bool = false, berth: Bool = false) {
            self.incumbent = incumbent
            self.policyAgent = policyAgent
            self.berth = berth
        }
    }

    /// An ENI as EC2 has it.
    public struct AttachedENI: Hashable, Sendable {
        public let id: String
        public let deviceIndex: Int
        public let primaryAddress: IPv4Address
        public let addresses: Set<IPv4Address>
        public let prefixes: [IPv4CIDR]

        public init(
            id: String, deviceIndex: Int, primaryAddress: IPv4Address, addresses: Set<IPv4Address> = [], prefixes: [IPv4CIDR] = []
        ) {
            self.id = id
            self.deviceIndex = deviceIndex
            self.primaryAddress = primaryAddress
            self.addresses = addresses
            self.prefixes = prefixes
        }

        func has(_ address: IPv4Address) -> Bool { addresses.contains(address) || prefixes.contains { $0.contains(address) } }
    }
}

extension NodeEvidence {
    /// What the names of pods' links begin with: the conflist made them.
    public var vethPrefix: String {
        conflist.value?.vethPrefix ?? environment?["AWS_VPC_K8S_CNI_VETHPREFIX"] ?? "eni"
    }

    /// The link that the incumbent gave the pod of an entry; nil where the file does not tell the pod's name.
    func hostLink(of entry: Checkpoint.Entry) -> LinkName? {
        guard let namespace = entry.podNamespace, let name = entry.podName else { return nil }
        return LinkName.hostVeth(prefix: vethPrefix, namespace: namespace, name: name)
    }

    /// The entries whose pods still have their link: those that are adopted.
    public var adoptablePods: [Checkpoint.Entry] {
        let names = Set(links.map(\.name))
        return (checkpoint.value?.allocations ?? []).filter { entry in hostLink(of: entry).map(names.contains) ?? false }
    }

    /// The table by which a pod's packets leave the node; nil for main.
    func table(ofPodAt address: IPAddress) -> RouteTable? {
        rules.first { $0.priority == PodNetworkPlan.fromPodPriority && $0.source == address.hostCIDR }?.table
    }
}
