import Addressing
import CapacityPlanner
import IPAMEngine

/// The subnets that the cluster takes addresses from, and what others hold of them.
struct ImportedSubnets {
    private(set) var value: [PlanScenario.Subnet] = []
    private(set) var controlPlane = PlanScenario.ControlPlane()
    private(set) var cloud = PlanScenario.Cloud()
    private(set) var vpcBlocks: [IPv4CIDR] = []

    /// Of subnets, groups and workloads each; as many as a plan's file takes.
    static let entriesMax = 1000
    /// The tag of subnets for pods' ENIs (amazon-vpc-cni-k8s, "ENABLE_SUBNET_DISCOVERY").
    private static let podsTag = "kubernetes.io/role/cni"

    /// - Throws: ``ClusterImport/Failure`` where no node's subnet is known, or there are more subnets than a plan takes.
    init(
        _ cloud: CloudSnapshot, _ kubernetes: ClusterSnapshot, _ nodes: ImportedNodes, _ networking: ImportedNetworking,
        _ notes: inout ImportNotes
    ) throws(ClusterImport.Failure) {
        let ofNodes = Set(nodes.all.compactMap(\.subnet))
        let ofPods = Self.forPods(cloud, kubernetes, nodes, networking, ofNodes)
        let chosen = cloud.subnets.filter { ofNodes.contains($0.id) || ofPods.contains($0.id) }.sorted { $0.id < $1.id }
        guard chosen.contains(where: { ofNodes.contains($0.id) }) else {
            let named = ofNodes.isEmpty ? "" : ": they are in \(someOf(ofNodes.sorted().map(\.rawValue)))"
            throw ClusterImport.Failure(
                problem: "the subnets of the cluster's \(nodes.all.count) nodes are unknown\(named)",
                remedy: "Give the outputs of aws ec2 describe-subnets, describe-instances and describe-network-interfaces for its VPC")
        }
        guard chosen.count <= Self.entriesMax else {
            throw ClusterImport.Failure(
                problem: "the cluster has \(chosen.count) subnets", remedy: "A plan takes at most \(Self.entriesMax): give fewer")
        }
        let missing = ofNodes.union(ofPods).subtracting(chosen.map(\.id)).sorted().map(\.rawValue)
        if !missing.isEmpty { notes.say(.subnets, "Left out, as EC2 told nothing of them: \(someOf(missing))") }
        let others = OtherUse(cloud, nodes)
        for subnet in chosen {
            if let other = value.first(where: { $0.block.overlaps(subnet.block) }) {
                notes.say(.subnets, "Left out: \(subnet.id) with \(subnet.block), which overlaps \(other.id) with \(other.block)")
                continue
            }
            value.append(
                PlanScenario.Subnet(
                    id: subnet.id, zone: subnet.zone, block: subnet.block, hasIPv6: subnet.hasIPv6,
                    purpose: ofNodes.contains(subnet.id) ? .nodes : .pods, used: others.use(of: subnet, &notes),
                    reservations: Self.reservations(of: subnet, in: cloud, &notes)))
        }
        boundPlaces(&notes)
        takeControlPlane(others, &notes)
        takeOthers(others, &notes)
        vpcBlocks = Self.blocks(of: chosen.lazy.compactMap(\.vpc).first, in: cloud, around: value)
    }

    private static func forPods(
        _ cloud: CloudSnapshot, _ kubernetes: ClusterSnapshot, _ nodes: ImportedNodes, _ networking: ImportedNetworking,
        _ ofNodes: Set<SubnetID>
    ) -> Set<SubnetID> {
        guard !networking.value.isCustom else { return Set(kubernetes.eniConfigs.map(\.subnet)).subtracting(ofNodes) }
        let zones = Set(nodes.all.map(\.zone))
        let vpcs = Set(cloud.subnets.filter { ofNodes.contains($0.id) }.map(\.vpc))
        let tagged = cloud.subnets.filter { $0.tags[podsTag] == "1" && zones.contains($0.zone) && vpcs.contains($0.vpc) }.map(\.id)
        let inUse = cloud.interfaces.filter { $0.instance.map { nodes.instances.contains($0) } ?? false }.map(\.subnet)
        return Set(tagged + inUse).subtracting(ofNodes)
    }

    private static func reservations(
        of subnet: CloudSnapshot.Subnet, in cloud: CloudSnapshot, _ notes: inout ImportNotes
    ) -> [PlanScenario.Reservation] {
        var taken: [PlanScenario.Reservation] = []
        for found in cloud.reservations.filter({ $0.subnet == subnet.id }).sorted(by: { $0.block < $1.block }) {
            guard subnet.block.contains(found.block), !taken.contains(where: { $0.block.overlaps(found.block) }) else {
                notes.say(.subnet(subnet.id), "Left out: the reservation \(found.block), which overlaps another or is not inside")
                continue
            }
            taken.append(PlanScenario.Reservation(block: found.block, kind: found.kind))
        }
        return taken
    }

    /// Blocks and addresses that a file may hold: it has an end, and nobody reads so many.
    private static let placesMax = 20_000

    private mutating func boundPlaces(_ notes: inout ImportNotes) {
        func places(_ subnet: PlanScenario.Subnet) -> Int {
            if case .these(let blocks) = subnet.used { blocks.count } else { 0 }
        }
        var total = value.reduce(0) { $0 + places($1) }
        while total > Self.placesMax, let index = value.indices.max(by: { places(value[$0]) < places(value[$1]) }) {
            total -= places(value[index])
            notes.say(
                .subnet(value[index].id), "The \(places(value[index])) places of what others hold are more than a file takes: their number")
            value[index].used = .count(value[index].used.count)
        }
    }

    private mutating func takeControlPlane(_ others: OtherUse, _ notes: inout ImportNotes) {
        let planned = Set(value.map(\.id))
        let inside = others.controlPlane.filter { planned.contains($0.subnet) }
        let outside = others.controlPlane.count - inside.count
        if outside > 0 { notes.say(.controlPlane, "\(outside) ENIs of the control plane are in subnets without nodes, and left out") }
        guard !inside.isEmpty else {
            if outside == 0 { notes.say(.controlPlane, "No ENI of the control plane was told (\"Amazon EKS NAME\"): none is planned") }
            return
        }
        controlPlane = PlanScenario.ControlPlane(subnets: Set(inside.map(\.subnet)).sorted(), enis: min(100, inside.count))
    }

    private mutating func takeOthers(_ others: OtherUse, _ notes: inout ImportNotes) {
        guard !others.all.isEmpty else { return }
        cloud.otherENIs = min(10_000_000, others.all.count)
        cloud.otherUnits = min(10_000_000, others.all.reduce(0) { $0 + $1.addresses.count + $1.prefixes.count })
        notes.say(.cloud, "Others: what was told of ENIs, which may be less than the Region's. Quotas, buckets and times: as published")
    }

    private static func blocks(of vpc: String?, in cloud: CloudSnapshot, around subnets: [PlanScenario.Subnet]) -> [IPv4CIDR] {
        guard let vpc, let blocks = cloud.vpcs.first(where: { $0.id == vpc })?.blocks, blocks.count <= 100 else { return [] }
        let areApart = blocks.enumerated().allSatisfy { index, block in !blocks[..<index].contains { $0.overlaps(block) } }
        let holdAll = subnets.allSatisfy { subnet in blocks.contains { $0.contains(subnet.block) } }
        return areApart && holdAll && blocks.allSatisfy { (16...28).contains($0.prefixLength) } ? blocks.sorted() : []
    }

    /// What the subnets need of the networking, and it of them: a plan's file is refused where they contradict each other.
    func corrected(
        _ networking: PlanScenario.Networking, _ nodes: ImportedNodes, _ notes: inout ImportNotes
    ) -> PlanScenario.Networking {
        var networking = networking
        let zones = Set(value.filter { $0.purpose == .nodes }.map(\.zone)).intersection(nodes.all.map(\.zone)).sorted()
        let bare = zones.filter { zone in !value.contains { $0.purpose == .pods && $0.zone == zone } }
        if networking.isCustom, !bare.isEmpty {
            networking.isCustom = false
            notes.say(
                .networking,
                "The CNI has custom networking, and it is left out: no ENIConfig names a subnet without nodes in \(someOf(bare))")
        }
        return networking
    }

    /// The same with IPv6 where the mode needs it, as a plan's file is refused otherwise.
    func withIPv6(_ networking: PlanScenario.Networking, _ notes: inout ImportNotes) -> [PlanScenario.Subnet] {
        guard networking.addressing.hasIPv6 else { return value }
        return value.map { subnet in
            guard !subnet.hasIPv6 else { return subnet }
            notes.say(.subnet(subnet.id), "Assumed: IPv6. EC2 told of no IPv6 block that is associated, and the CNI's mode needs one")
            var subnet = subnet
            subnet.hasIPv6 = true
            return subnet
        }
    }
}
