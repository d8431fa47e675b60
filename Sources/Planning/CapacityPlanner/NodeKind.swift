import Addressing
import IPAMEngine
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
    private let hasTrunk: Bool

    /// Pods of every node on the host network: the CNI's daemon and kube-proxy (formula 4).
    static let systemPods = 2

    init(_ type: InstanceType, in group: PlanScenario.NodeGroup, _ networking: PlanScenario.Networking) {
        self.group = group.name
        self.type = type
        hasTrunk = networking.hasTrunk && type.supportsTrunk == true
        let limits = group.types.map { ($0.type, $0.type.podLimit(networking.podAddressing(on: $0.type))) }
        // A group has one figure for all its nodes.
        let least = limits.min { $0.1.pods < $1.1.pods }
        podsMax = group.podsMax ?? least?.1.pods ?? 0
        limit = group.podsMax == nil ? least?.1.reason : nil
        let enis = min(type.enis, networking.enisMax ?? .max) - group.reservedENIs - (hasTrunk ? 1 : 0)
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
    var branchesMax: Int { hasTrunk ? type.branchENIs ?? 0 : 0 }
    var usesPrefixes: Bool { engine.addressing.ipv4Unit == .prefix }
    var usesPrimaryENI: Bool { engine.usesPrimaryENI }

    /// What a node with so many pods draws.
    ///
    /// - Parameters:
    ///   - pods: Those with an address of the node's ENIs; 0 or more.
    ///   - cooling: Addresses of pods that ended of late.
    ///   - branches: Pods with branch ENIs.
    public func draw(pods: Int, cooling: Int = 0, branches: Int = 0, isUnderPressure: Bool = false) -> NodeDraw {
        let pool = SettledPool(engine, held: pods, cooling: cooling, isUnderPressure: isUnderPressure)
        return NodeDraw(
            pool, pods: engine.addressing.ipv4Unit == nil ? 0 : pods, hasIPv6: engine.addressing.hasIPv6,
            extraENIs: (hasTrunk ? 1 : 0) + branches)
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
    private let pool: SettledPool
    private let pods: Int
    private let hasIPv6: Bool

    init(_ pool: SettledPool, pods: Int, hasIPv6: Bool, extraENIs: Int) {
        func demand(_ slots: Int) -> AddressDemand {
            let isPrefix = pool.unit == .prefix
            return AddressDemand(singles: 1 + (isPrefix ? 0 : slots), blocks: isPrefix ? slots : 0, enis: 1)
        }
        primary = demand(pool.slotsByENI[0])
        further = pool.slotsByENI.dropFirst().map(demand) + Array(repeating: demand(0), count: extraENIs)
        (warm, unserved) = (pool.free, pool.unserved)
        self.pool = pool
        self.pods = pods
        self.hasIPv6 = hasIPv6
    }

    public var total: AddressDemand { further.reduce(primary, +) }
    public var enis: Int { 1 + further.count }
    /// Addresses that are neither an ENI's own nor a pod's (formula 21).
    public var waste: Int { total.addresses - enis - pods }

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
