public import Addressing
public import IPAMEngine
public import InstanceTypes

extension EngineConfiguration {
    /// The engine's configuration for a node of this type.
    ///
    /// Prefixes need a Nitro instance or bare metal; elsewhere the node falls back to secondary addresses, as the
    /// incumbent does (reference §1.2), which ``NodeVariables/warnings(on:place:)`` tells.
    ///
    /// - Parameters:
    ///   - subnet: The primary ENI's.
    ///   - securityGroups: The primary ENI's, for ENIs of which nothing else is said.
    ///   - eniConfig: Where ENIs are made with custom networking, and required for it; not looked at otherwise.
    ///   - pools: Pools beside the node's own.
    ///   - node: The node's name, which makes its jitter and its client tokens its own.
    ///   - seed: The same for the same run of a simulation; anything on a real node.
    /// - Precondition: ``NodeVariables/conflicts(on:places:elsewhere:)`` has found none.
    public init(
        _ variables: NodeVariables, type: InstanceType, subnet: SubnetID, securityGroups: [SecurityGroupID] = [],
        eniConfig: PoolSource? = nil, pools: [PoolName: PoolSource] = [:], node: String, seed: UInt64
    ) {
        guard let addressing = variables.addressing(on: type) else { preconditionFailure("\(node) is to have neither IPv4 nor IPv6") }
        let source = variables.source(subnet, eniConfig: eniConfig).withGroups(else: securityGroups)
        // FNV-1a: names that differ give seeds that differ, the same on every machine.
        let nameHash = node.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        self.init(
            addressing: addressing, targets: variables.targets, limits: variables.limits(on: type, addressing),
            cooldown: variables.pool.cooldown, source: source, usesPrimaryENI: !variables.placement.usesENIConfig,
            namedPools: pools.mapValues { $0.withGroups(else: securityGroups) }, excludedAddresses: variables.pool.excludedAddresses,
            reservations: variables.pods.reservations, criticalNamespaces: variables.pods.criticalNamespaces,
            managesCordonedNode: variables.pool.managesCordonedNode, pressureShare: variables.pool.pressureShare,
            waitingMax: variables.pods.waitingMax, gathering: Self.usualGathering, seed: seed ^ nameHash)
    }
}

extension NodeVariables {
    fileprivate func addressing(on type: InstanceType) -> EngineConfiguration.Addressing? {
        guard addressing == .prefix, !type.supportsPrefixDelegation else { return addressing }
        return .secondary
    }

    fileprivate var targets: WarmTargets {
        var targets = pool.targets
        targets.auto = pool.missProbability.map {
            AutoTarget(missProbability: $0, least: pool.automaticLeast, most: pool.automaticMost)
        }
        return targets
    }

    fileprivate func source(_ subnet: SubnetID, eniConfig: PoolSource?) -> PoolSource {
        if placement.usesENIConfig {
            guard let eniConfig else { preconditionFailure("custom networking without an ENIConfig for a node in \(subnet)") }
            return eniConfig
        }
        guard placement.discoversSubnets else { return PoolSource(subnet: subnet) }
        return PoolSource(.discovered(own: subnet, cluster: placement.cluster))
    }

    /// Pods are limited by the first card's addresses, as the kubelet's own figure is; those of further cards are a reserve.
    fileprivate func limits(on type: InstanceType, _ addressing: EngineConfiguration.Addressing) -> NodeLimits {
        let cards = placement.usesEveryCard ? type.cards : [type.enis]
        let pods = PodAddressing(
            addressing.ipv4Unit == .secondary ? .secondaryAddress : .prefix, leavesPrimaryENI: placement.usesENIConfig)
        return NodeLimits(
            enisByCard: cards.map { min($0, placement.enisMax ?? .max) }, slotsPerENI: type.ipv4PerENI - 1,
            maxPods: placement.podsMax ?? type.recommendedMaxPods(pods))
    }
}

extension PoolSource {
    /// An ENIConfig without security groups means those of the primary ENI (reference §6.1).
    fileprivate func withGroups(else groups: [SecurityGroupID]) -> PoolSource {
        securityGroups.isEmpty ? PoolSource(subnets, securityGroups: groups, followsPrimaryENI: true) : self
    }
}
