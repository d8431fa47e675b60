import Addressing
import CapacityPlanner
import Testing

@Suite struct BlockMapTests {
    @Test func blocksSayWhoIsInThem() {
        let subnet = PlanScenario.Subnet.test(
            "subnet-0", .test(0, 25),
            used: .these([IPv4CIDR(host: IPv4Address(10, 0, 0, 9)), IPv4CIDR(containing: IPv4Address(10, 0, 0, 32), prefixLength: 27)]),
            reservations: [.init(block: IPv4CIDR(containing: IPv4Address(10, 0, 0, 64), prefixLength: 26), kind: .prefix)])
        let map = BlockMap(subnet)
        let full = BlockMap.State.blocked(by: [.init(holder: .unknown, addresses: 16)])
        #expect(
            map.blocks.map(\.state) == [
                .blocked(by: [.init(holder: .aws, addresses: 4), .init(holder: .unknown, addresses: 1)]), .free, full, full, .free, .free,
                .free, .blocked(by: [.init(holder: .aws, addresses: 1)]),
            ])
        #expect(map.blocks.map(\.reservation) == [nil, nil, nil, nil, .prefix, .prefix, .prefix, .prefix])
        #expect(map.subnet == subnet.id && map.zone == "zone-a" && map.block == subnet.block)
    }

    /// What is free on the map is what the formulas count.
    @Test(arguments: 16...28) func aMapHasTheBlocksThatTheFormulasCount(length: Int) {
        let block = IPv4CIDR.test(0, length)
        let used = stride(from: 5, to: block.count - 1, by: 61).map { IPv4CIDR(host: block[$0]) }
        let half = block.blocks(ofPrefixLength: min(28, length + 1))
        for kind in PlanScenario.Reservation.Kind.allCases {
            let subnet = PlanScenario.Subnet.test(
                "subnet-0", block, used: .these(used.reversed()), reservations: length < 28 ? [.init(block: half[1], kind: kind)] : [])
            let (map, space) = (BlockMap(subnet), SubnetSpace(subnet))
            let free = map.blocks.filter { $0.state == .free }
            #expect(map.blocks.count == 1 << (28 - length) && map.blocks.map(\.range) == map.blocks.map(\.range).sorted())
            #expect(free.count { $0.reservation == nil } == space.openBlocks)
            #expect(free.count { $0.reservation == .prefix } == space.reservedBlocks)
        }
    }

    @Test func addressesOfWhichOnlyACountIsKnownLieNowhere() {
        let map = BlockMap(.test("subnet-0", .test(0, 24), used: .count(200)))
        #expect(map.blocks.count { $0.state == .free } == 14)
    }
}
