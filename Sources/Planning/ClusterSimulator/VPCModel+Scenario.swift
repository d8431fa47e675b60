import Addressing
import CapacityPlanner
import Simulator
import Timeline
import VPCModel

extension VPCModel {
    /// The name of the cluster in the tags of subnets for pods.
    static let planned = "planned"

    /// The subnets of a scenario with their reservations and what others hold; before the cluster has anything.
    init(_ scenario: PlanScenario, seed: UInt64) throws(VPCError) {
        self = try VPCModel(blocks: scenario.subnets.map(\.block), seed: seed, physics: Physics(scenario.cloud))
        for (number, subnet) in scenario.subnets.enumerated() {
            let ipv6 =
                subnet.hasIPv6
                ? IPv6CIDR(containing: IPv6Address(bits: 0x2600_1f18 << 96 | UInt128(number) << 64), prefixLength: 64) : nil
            // With custom networking an ENIConfig names the subnet, without it tags offer it.
            let tags: [String: String] =
                subnet.purpose == .pods && !scenario.networking.isCustom
                ? ["kubernetes.io/role/cni": "1", "cni.networking.k8s.aws/cluster/\(Self.planned)": ""] : [:]
            _ = try createSubnet(subnet.block, zone: subnet.zone, ipv6Block: ipv6, tags: tags, id: subnet.id)
            for reservation in subnet.reservations {
                try reserve(reservation.block, reservation.kind == .prefix ? .prefix : .explicit, in: subnet.id)
            }
            try occupy(subnet.used, in: subnet.id)
            try occupy(.count(subnet.others - subnet.used.count), in: subnet.id)
        }
    }

    /// As many as there are, where others are said to hold more.
    private mutating func occupy(_ used: PlanScenario.Subnet.Used, in id: SubnetID) throws(VPCError) {
        switch used {
        case .count(let count): try occupy(min(count, subnets[id]?.openAddresses ?? 0), in: id)
        case .these(let blocks):
            for address in blocks.flatMap(\.addresses) where subnets[id]?.isFree(address) == true { try occupy(address) }
        }
    }
}

extension Physics {
    /// A new ENI takes its time in three parts: to be made, to be attached, to be set up.
    fileprivate init(_ cloud: PlanScenario.Cloud) {
        let limits = EC2Operation.allCases.map { operation in
            let bucket = cloud.bucket(of: operation)
            return (operation, CallLimit(burst: bucket.burst, perSecond: max(0, Double(bucket.perSecond) - bucket.othersPerSecond)))
        }
        self.init(
            attachDelay: cloud.newENITime * 0.6, enisMax: max(0, cloud.enisMax - cloud.otherENIs),
            callLimits: Dictionary(uniqueKeysWithValues: limits))
    }
}
