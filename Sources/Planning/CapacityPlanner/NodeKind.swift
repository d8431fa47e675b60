import Addressing
package import IPAMEngine
public import InstanceTypes

/// Nodes of one type in one group: what they can take, and what they draw from subnets.
public struct NodeKind: Hashable, Sendable {
    public let group: String
    public let type: InstanceType
    /// What the kubelet is told.
    public let podsMax: Int
    /// What keeps it from being told more; nil where the group says the figure.
    public let limit: PodLimit.Reason?
    private let engine: EngineConfiguration
    /// Whether it keeps an ENI for branch ENIs.
    package let hasTrunk: Bool
    private let preset: PlanScenario.Preset
    /// ENIs that carry no pods and lie in the node's own subnet, with their addresses.
    private let beside: AddressDemand

    /// Pods of every node on the host network: the CNI's daemon and kube-proxy (formula 4).
    package static let systemPods = 2

    init(_ type: InstanceType, in group: PlanScenario.NodeGroup, _ networking: PlanScenario.Networking) {
        self.group = group.name
        self.type = type
        hasTrunk = networking.hasTrunk && type.supportsTrunk == true
        let limits = group.types.map { ($0.type, $0.type.podLimit(networking.podAddressing(on: $0.type))) }
        // A group has one figure for all its nodes.
        let least = limits.min { $0.1.pods < $1.1.pods }
        podsMax = group.podsMax ?? least?.1.pods ?? 0
        limit = group.podsMax == nil ? least?.1.reason : nil
        preset = networking.preset
        beside = AddressDemand(singles: group.furtherCardENIs, enis: group.furtherCardENIs + group.efaOnlyENIs)
        let withheld = group.reservedENIs + group.efaOnlyENIs + (hasTrunk ? 1 : 0)
        let enis = min(type.enis, networking.enisMax ?? .max) - withheld
        engine = EngineConfiguration(
            addressing: networking.addressing(on: type), targets: networking.targets,
            limits: NodeLimits(enis: max(1, enis), slotsPerENI: type.ipv4PerENI - 1, maxPods: podsMax), cooldown: networking.cooldown,
            source: PoolSource(subnet: SubnetID(unchecked: "subnet-0")), usesPrimaryENI: !networking.isCustom, seed: 0)
    }

    /// Pods that a node has slots for.
    public var addressesMax: Int {
        guard let unit = engine.addressing.ipv4Unit else { return .max }
        let enis = engine.limits.enis - (engine.usesPrimaryENI ? 0 : 1)
        return enis * engine.limits.slotsPerENI * (unit == .prefix ? 16 : 1)
    }

    /// Pods with a branch ENI that a node takes at most.
    package var branchesMax: Int { hasTrunk ? type.branchENIs ?? 0 : 0 }
    package var usesPrefixes: Bool { engine.addressing.ipv4Unit == .prefix }
    package var usesPrimaryENI: Bool { engine.usesPrimaryENI }

    /// What the daemon of such a node is told.
    ///
    /// - Parameters:
    ///   - source: Where its ENIs are made.
    ///   - seed: Of its client tokens and its jitter; two nodes must not share one.
    package func configuration(source: PoolSource, seed: UInt64) -> EngineConfiguration {
        var configuration = engine
        configuration.source = source
        configuration.gathering = EngineConfiguration.usualGathering
        configuration.seed = seed
        return configuration
    }

    /// Calls by which a node that has just started comes to draw what so many pods need.
    package func calls(pods: Int) -> EC2Calls { draw(pods: pods).calls(from: nil) }

    /// What a node with so many pods draws.
    ///
    /// - Parameters:
    ///   - pods: Those with an address of the node's ENIs; 0 or more.
    ///   - cooling: Addresses of pods that ended of late.
    ///   - branches: Pods with branch ENIs.
    public func draw(pods: Int, cooling: Int = 0, branches: Int = 0, isUnderPressure: Bool = false) -> NodeDraw {
        let pool: NodePool =
            switch preset {
            case .berth, .vpcCNI, .autoMode:
                NodePool(SettledPool(engine, held: pods, cooling: cooling, isUnderPressure: isUnderPressure))
            case .cilium(let cilium): NodePool(engine, inUse: pods + cooling) { inUse, _ in cilium.held(inUse: inUse) }
            case .azure(let azure): NodePool(engine, inUse: pods + cooling) { inUse, enis in azure.target(inUse: inUse) - enis }
            }
        return NodeDraw(
            pool, pods: engine.addressing.ipv4Unit == nil ? 0 : pods, hasIPv6: engine.addressing.hasIPv6,
            extraENIs: (hasTrunk ? 1 : 0) + branches, beside: beside)
    }

    /// Whether one more address comes onto an ENI that is there, and not with a new one.
    func hasRoom(_ draw: NodeDraw) -> Bool {
        let serving = draw.slotsByENI.dropFirst(engine.usesPrimaryENI ? 0 : 1)
        return serving.contains { $0 < engine.limits.slotsPerENI }
    }
}

/// What one node takes of subnets, ENI by ENI.
public struct NodeDraw: Hashable, Sendable {
    /// The primary ENI's own address, and what lies on it.
    public let primary: AddressDemand
    /// Further ENIs, each with its own address.
    public let further: [AddressDemand]
    /// Attached addresses that no pod has.
    public let warm: Int
    /// Pods without an address.
    public let unserved: Int
    /// Of the node, those that carry no pods among them.
    public let enis: Int
    private let pool: NodePool
    private let pods: Int
    private let hasIPv6: Bool

    init(_ pool: NodePool, pods: Int, hasIPv6: Bool, extraENIs: Int, beside: AddressDemand) {
        func demand(_ slots: Int) -> AddressDemand {
            let isPrefix = pool.unit == .prefix
            return AddressDemand(singles: 1 + (isPrefix ? 0 : slots), blocks: isPrefix ? slots : 0, enis: 1)
        }
        primary = demand(pool.slotsByENI[0]) + beside
        further = pool.slotsByENI.dropFirst().map(demand) + Array(repeating: demand(0), count: extraENIs)
        (warm, unserved) = (pool.free, pool.unserved)
        enis = 1 + further.count + beside.enis
        self.pool = pool
        self.pods = pods
        self.hasIPv6 = hasIPv6
    }

    public var total: AddressDemand { further.reduce(primary, +) }
    /// Addresses that are neither an ENI's own nor a pod's (formula 21).
    public var waste: Int { pool.attached - pods }
    var slotsByENI: [Int] { pool.slotsByENI }

    /// Calls that made one draw of another, or of a node that has just started.
    func calls(from before: NodeDraw?) -> EC2Calls {
        let enis = max(0, pool.slotsByENI.count - (before?.pool.slotsByENI.count ?? 1))
        let old = before?.pool.slotsByENI ?? [0]
        let assigns = before == nil ? pool.assignCalls : zip(pool.slotsByENI, old).count { $0 > $1 }
        return EC2Calls(newENIs: enis, assigns: assigns, ipv6Assigns: hasIPv6 && before == nil ? 1 : 0)
    }
}

extension PlanScenario.Networking {
    /// Prefixes need Nitro or bare metal; elsewhere nodes fall back to single addresses, as the daemon does.
    func addressing(on type: InstanceType) -> EngineConfiguration.Addressing {
        guard addressing == .prefix, !type.supportsPrefixDelegation else { return addressing }
        return .secondary
    }

    func podAddressing(on type: InstanceType) -> PodAddressing {
        PodAddressing(
            addressing.ipv4Unit == .secondary ? .secondaryAddress : .prefix, leavesPrimaryENI: isCustom,
            hasTrunk: hasTrunk && type.supportsTrunk == true)
    }
}
