import Addressing
import CapacityPlanner
import ClusterImport
import SeededRandom
import Testing

@Suite struct BlockMapTests {
    private static let subnet = CloudSnapshot.Subnet(
        id: SubnetID(unchecked: "subnet-0a"), zone: "zone-a", block: block("10.0.0.0/24"))

    private static func block(_ text: String) -> IPv4CIDR { IPv4CIDR(text) ?? IPv4CIDR(host: IPv4Address(bits: 0)) }
    private static func address(_ text: String) -> IPv4Address { IPv4Address(text) ?? IPv4Address(bits: 0) }

    private static func eni(
        _ id: String, _ addresses: [String], prefixes: [String] = [], instance: String? = nil, description: String = ""
    ) -> CloudSnapshot.Interface {
        CloudSnapshot.Interface(
            id: id, subnet: subnet.id, addresses: addresses.map(address), prefixes: prefixes.map(block), description: description,
            instance: instance, deviceIndex: instance == nil ? nil : 1)
    }

    private static func map(_ enis: [CloudSnapshot.Interface], reservations: [CloudSnapshot.Reservation] = []) -> BlockMap {
        BlockMap(subnet, in: CloudSnapshot(subnets: [subnet], interfaces: enis, reservations: reservations), nodes: ["i-1"])
    }

    @Test func whatAWSKeepsBlocksTheFirstAndTheLastBlockOfAnEmptySubnet() {
        let map = Self.map([])
        #expect(map.blocks.count == 16 && map.blocks.count { $0.state == .free } == 14)
        #expect(map.blocks.first?.state == .blocked(by: [BlockMap.Occupant(holder: .aws, addresses: 4)]))
        #expect(map.blocks.last?.state == .blocked(by: [BlockMap.Occupant(holder: .aws, addresses: 1)]))
        #expect(Fragmentation(map).index == 1 - 224.0 / 251 && Fragmentation(map).blockers.isEmpty)
    }

    @Test func eachBlockTellsWhoHoldsOrBlocksIt() {
        let map = Self.map(
            [
                Self.eni("eni-1", ["10.0.0.17", "10.0.0.18"], prefixes: ["10.0.0.32/28"], instance: "i-1"),
                Self.eni("eni-2", ["10.0.0.19"], description: "ELB app/web/12"), Self.eni("eni-3", ["10.0.0.49"], instance: "i-2"),
            ], reservations: [CloudSnapshot.Reservation(subnet: Self.subnet.id, block: Self.block("10.0.0.128/25"), kind: .prefix)])
        let node = BlockMap.Holder.node(instance: "i-1", eni: "eni-1")
        #expect(
            map.blocks[1].state
                == .blocked(by: [
                    BlockMap.Occupant(holder: node, addresses: 2),
                    BlockMap.Occupant(holder: .other("load balancer app/web/12 (eni-2)"), addresses: 1),
                ]))
        #expect(map.blocks[2].state == .held(by: node))
        #expect(map.blocks[3].state == .blocked(by: [BlockMap.Occupant(holder: .other("instance i-2 (eni-3)"), addresses: 1)]))
        #expect(map.blocks.map(\.reservation) == Array(repeating: nil, count: 8) + Array(repeating: .prefix, count: 8))
    }

    @Test(arguments: [
        ("Amazon EKS shop", "interface", "control plane of shop"), ("ELB net/in/1", "network_load_balancer", "load balancer net/in/1"),
        ("AWS Lambda VPC ENI-orders-1", "lambda", "Lambda orders-1"), ("", "gateway_load_balancer", "gateway load balancer"),
        ("VPC Endpoint Interface vpce-1", "vpc_endpoint", "endpoint vpce-1"), ("aws-K8S-i-7", "interface", "left behind by node i-7"),
        ("Interface for NAT Gateway nat-1", "nat_gateway", "NAT gateway nat-1"), ("", "interface", "unattached ENI"),
    ])
    func anENIIsNamedByWhatEC2SaysOfIt(description: String, kind: String, words: String) {
        let eni = CloudSnapshot.Interface(id: "eni-1", subnet: Self.subnet.id, addresses: [], kind: kind, description: description)
        #expect(eni.ownerWords == words)
    }

    /// Blocks are free when the last of their occupants has gone, and AWS's never are.
    @Test func theListSaysWhatIsFreedByMovingThoseAtItsHead() {
        let figures = Fragmentation(
            Self.map([
                Self.eni("eni-1", ["10.0.0.20", "10.0.0.40", "10.0.0.60"]), Self.eni("eni-2", ["10.0.0.21"]),
                Self.eni("eni-3", ["10.0.0.7"]),
            ]))
        #expect(figures.freeBlocks == 11 && figures.blockedBlocks == 5 && figures.freeAddresses == 246)
        #expect(figures.index == 1 - 176.0 / 246)
        #expect(figures.blockers.map(\.addresses) == [3, 1, 1])
        #expect(figures.blockers.map(\.blocksFreedAlone) == [2, 0, 0])
        #expect(figures.blockers.map(\.blocksFreedSoFar).last == 3)
    }

    @Test(arguments: UInt64(1)...40) func aMapCountsEveryBlockOnceAndAgreesWithThePlannersSpace(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let taken = Set((0..<random.below(60)).map { _ in 4 + random.below(251) })
        let enis = taken.sorted().map { Self.eni("eni-\($0)", ["10.0.0.\($0)"]) }
        let figures = Fragmentation(Self.map(enis))
        let space = SubnetSpace(
            PlanScenario.Subnet(
                id: Self.subnet.id, zone: "zone-a", block: Self.subnet.block,
                used: .these(taken.sorted().map { IPv4CIDR(host: Self.address("10.0.0.\($0)")) })))
        #expect(figures.freeBlocks == space.openBlocks && figures.freeAddresses == space.singlesMax)
        #expect(figures.freeBlocks + figures.heldBlocks + figures.blockedBlocks == 16)
        let freed = figures.blockers.last?.blocksFreedSoFar ?? 0
        #expect(freed + figures.freeBlocks == 14)
    }
}
