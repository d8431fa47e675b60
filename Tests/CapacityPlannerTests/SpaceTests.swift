import Addressing
import CapacityPlanner
import Testing

/// What subnets can give: formulas 1, 2, 31 to 33.
@Suite struct SpaceTests {
    private func space(
        _ block: String, used: PlanScenario.Subnet.Used = .count(0), reservations: [PlanScenario.Reservation] = []
    ) throws -> SubnetSpace {
        SubnetSpace(.test("subnet-0a", try #require(IPv4CIDR(block)), used: used, reservations: reservations))
    }

    @Test(arguments: [(16, 65_531), (20, 4091), (23, 507), (24, 251), (28, 11)]) func awsKeepsFiveAddressesOfASubnet(
        length: Int, usable: Int
    ) {
        #expect(SubnetSpace.usableAddresses(ofPrefixLength: length) == usable)
    }

    @Test(arguments: [(16, 4094), (20, 254), (24, 14), (27, 0), (28, 0)]) func theFirstAndTheLastBlockAreNeverFree(length: Int, blocks: Int)
        throws
    {
        #expect(SubnetSpace.blocks(ofPrefixLength: length) == blocks)
        #expect(try space("10.0.0.0/\(length)").openBlocks == blocks)
    }

    /// The published consequence: 15 % in use leave a tenth of the blocks.
    @Test(arguments: [(2, 184), (5, 112), (10, 47), (15, 19), (20, 7), (30, 1)]) func scatteredAddressesBreakBlocks(
        percent: Int, blocks: Int
    ) throws {
        let space = try space("10.0.0.0/20")
        let expected = space.blocks(afterSingles: 4096 * percent / 100)
        #expect(abs(expected - blocks) <= 1, "\(expected)")
    }

    @Test func addressesOfKnownPlaceBreakTheirOwnBlockAlone() throws {
        let used = ["10.0.0.16/28", "10.0.0.32", "10.0.0.33"].compactMap { IPv4CIDR($0) ?? IPv4Address($0).map { IPv4CIDR(host: $0) } }
        let space = try space("10.0.0.0/24", used: .these(used))
        #expect(space.openBlocks == 12 && space.singlesMax == 251 - 18)
    }

    @Test func aReservationForPrefixesIsNotBrokenBySingleAddresses() throws {
        let half = try #require(IPv4CIDR("10.0.8.0/21"))
        let space = try space("10.0.0.0/20", used: .count(1500), reservations: [.init(block: half, kind: .prefix)])
        // The last block of the subnet lies in it, with the address that AWS keeps.
        #expect(space.reservedBlocks == 127 && space.singlesMax == 2044)
        #expect(space.blocks(afterSingles: 300) >= 127 && space.blocks(afterSingles: 300) < 130)
        #expect(space.holds(AddressDemand(singles: 500, blocks: 127)) && !space.holds(AddressDemand(singles: 600)))
    }

    @Test func anExplicitReservationIsForNobodyWhoAsksEC2ForAnyAddress() throws {
        let half = try #require(IPv4CIDR("10.0.8.0/21"))
        let space = try space("10.0.0.0/20", reservations: [.init(block: half, kind: .explicit)])
        #expect(space.reservedBlocks == 0 && space.openBlocks == 127 && space.singlesMax == 2044)
    }

    @Test func whatIsMissingIsNegative() throws {
        let space = try space("10.0.0.0/24", used: .count(50))
        #expect(space.addresses(after: AddressDemand(singles: 201)) == 0)
        #expect(space.addresses(after: AddressDemand(singles: 205)) == -4)
        #expect(space.addresses(after: AddressDemand(singles: 9, blocks: 12)) == 0)
        #expect(!space.holds(AddressDemand(singles: 9, blocks: 12)), "no twelve blocks are free beside 59 scattered addresses")
    }

    @Test func fragmentationIsFromNothingToAll() throws {
        let empty = try space("10.0.0.0/20")
        #expect(empty.fragmentation(after: AddressDemand()) < 0.01)
        #expect(empty.fragmentation(after: AddressDemand(singles: 1500)) > 0.9)
    }

    /// 4,091 addresses hold 90, 151, 83 and 123 nodes that draw 45, 27, 49 and 33, where blocks do not matter.
    @Test(arguments: [(45, 90), (27, 151), (49, 83), (33, 123)]) func aSubnetHoldsNodesByWhatTheyDraw(draw: Int, nodes: Int) throws {
        #expect(try space("10.0.0.0/20").count(of: AddressDemand(singles: draw)) == nodes)
    }

    @Test(arguments: [(1, 27), (100, 21), (107, 20), (213, 20), (214, 19), (3000, 16), (3500, nil)])
    func aReservationHasAFifthToSpare(blocks: Int, length: Int?) {
        #expect(SubnetSpace.reservation(forBlocks: blocks) == length)
    }
}
