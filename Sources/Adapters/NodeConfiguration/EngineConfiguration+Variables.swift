public import Addressing
public import IPAMEngine
public import InstanceTypes

extension EngineConfiguration {
    /// The engine's configuration for a node of this type.
    ///
    /// Prefixes need a Nitro instance or bare metal; elsewhere the node falls back to secondary addresses, as the
    /// incumbent does (reference §1.2).
    ///
    /// - Parameters:
    ///   - node: The node's name, which makes its jitter and its client tokens its own.
    ///   - seed: The same for the same run of a simulation; anything on a real node.
    public init(_ variables: NodeVariables, type: InstanceType, subnet: SubnetID, node: String, seed: UInt64) {
        let addressing: Addressing = type.supportsPrefixDelegation ? variables.addressing : .secondary
        let limits = NodeLimits(
            enis: min(type.enis, variables.enisMax ?? .max), slotsPerENI: type.ipv4PerENI - 1,
            maxPods: type.recommendedMaxPods(PodAddressing(addressing == .prefix ? .prefix : .secondaryAddress)))
        // FNV-1a: names that differ give seeds that differ, the same on every machine.
        let nameHash = node.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        self.init(
            addressing: addressing, targets: variables.targets, limits: limits, cooldown: variables.cooldown, subnet: subnet,
            seed: seed ^ nameHash)
    }
}
