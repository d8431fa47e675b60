import CapacityPlanner
import IPAMEngine
import InstanceTypes
import Simulator

extension PlanScenario {
    private static let types = ["m5.large", "m5.xlarge", "c5.large", "t3.small", "c5.2xlarge", "r5.4xlarge"]
    private static let targets: [WarmTargets] = [
        WarmTargets(), WarmTargets(enis: 0, prefixes: 0), WarmTargets(enis: 2, prefixes: 2), WarmTargets(addresses: 1),
        WarmTargets(addresses: 5, minimumAddresses: 12), WarmTargets(addresses: 2, minimumAddresses: 20), WarmTargets(addresses: 9),
    ]

    /// A small cluster in subnets with room, other than that of any other seed.
    static func random(seed: UInt64) -> PlanScenario {
        var random = RandomSource(seed: seed)
        let zones = 1 + random.below(3)
        let mode: [EngineConfiguration.Addressing] = [.secondary, .prefix, .ipv6, .dual(.secondary), .dual(.prefix)]
        let addressing = mode[random.below(mode.count)]
        let isCustom = addressing.ipv4Unit != nil && random.chance(0.3)
        let used = random.below(40)
        var subnets = (0..<zones).map { Subnet.test($0, 18, hasIPv6: addressing.hasIPv6, used: .count(used)) }
        if isCustom { subnets += (0..<zones).map { Subnet.test($0, 18, .pods, hasIPv6: addressing.hasIPv6) } }
        let groups = (0..<1 + random.below(2)).map { number in
            let names = (0..<1 + random.below(2)).map { _ in types[random.below(types.count)] }
            let nodes = 1 + random.below(5)
            return NodeGroup.test(
                "group-\(number)", Array(Set(names)).sorted(), nodes: nodes, most: nodes + random.below(4), zones: 1 + random.below(zones))
        }
        let workloads = (0..<1 + random.below(3)).map { number in
            var workload = Workload.test("web-\(number)", random.below(60))
            if random.chance(0.25) { workload.nodeGroups = [groups[random.below(groups.count)].name] }
            if random.chance(0.2) { workload.zones = ["zone-\(random.below(zones))"] }
            if random.chance(0.1) { workload.network = .host }
            return workload
        }
        let daemons = (0..<random.below(3)).map { number in
            Workload(name: "agent-\(number)", size: .everyNode, network: random.chance(0.3) ? .host : .pod)
        }
        return PlanScenario(
            subnets: subnets,
            networking: Networking(
                addressing: addressing, isCustom: isCustom, targets: targets[random.below(targets.count)],
                enisMax: random.chance(0.2) ? 2 + random.below(2) : nil, hasTrunk: random.chance(0.2)),
            nodeGroups: groups, workloads: workloads + daemons, controlPlane: ControlPlane(subnets: [subnets[0].id], enis: 4))
    }
}
