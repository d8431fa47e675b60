public import Addressing
public import IPAMEngine
public import PodNetwork

/// How a node behaves beyond its engine's configuration.
public struct NodeSettings: Hashable, Sendable {
    public var engine: EngineConfiguration
    /// Largest packet of an ENI in bytes; 9001 in a VPC.
    public var eniMTUBytes: Int
    /// How long an ADD may wait for an address, so that the runtime hears the reason before it gives up. containerd
    /// and CRI-O allow two minutes and more (peers, 7.8).
    public var addBudget: Duration
    /// An allocation younger than this is not taken by GC: the runtime's list may be older than its ADD.
    public var garbageAgeMin: Duration
    /// Pods of these namespaces find their addresses again when they are replaced on the node within ``stickyHold``.
    public var stickyNamespaces: Set<String>
    public var stickyHold: Duration
    /// The family whose hosts pods without an address of it reach through the node's own address; nil for none
    /// (`ENABLE_V4_EGRESS` where pods have IPv6 addresses, `ENABLE_V6_EGRESS` where they have IPv4 ones).
    public var egress: AddressFamily?
    /// How far the security groups of pods on branch ENIs reach.
    public var branchENIMode: BranchENI.EnforcingMode
    /// Whether a pod may ask for an interface on each network card (`ENABLE_MULTI_NIC`).
    public var allowsSeveralCards: Bool

    public init(
        engine: EngineConfiguration, eniMTUBytes: Int = 9001, addBudget: Duration = .seconds(60), garbageAgeMin: Duration = .seconds(120),
        stickyNamespaces: Set<String> = [], stickyHold: Duration = .seconds(600), egress: AddressFamily? = nil,
        branchENIMode: BranchENI.EnforcingMode = .strict,
        allowsSeveralCards: Bool = false
    ) {
        self.engine = engine
        self.eniMTUBytes = eniMTUBytes
        self.addBudget = addBudget
        self.garbageAgeMin = garbageAgeMin
        self.stickyNamespaces = stickyNamespaces
        self.stickyHold = stickyHold
        self.egress = egress
        self.branchENIMode = branchENIMode
        self.allowsSeveralCards = allowsSeveralCards
    }

    /// How long the addresses of a pod are kept for one of the same name; nil for not at all.
    func hold(for pod: PodName?) -> Duration? {
        guard let pod, stickyNamespaces.contains(pod.namespace) else { return nil }
        return stickyHold
    }
}
