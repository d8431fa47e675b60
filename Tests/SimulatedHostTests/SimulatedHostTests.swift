import Addressing
import NodePorts
import NodePortsTesting
import PodNetwork
import SimulatedHost
import Testing

@Suite struct SimulatedHostTests {
    private func booted() throws -> Cloud {
        let cloud = try Cloud()
        for index in 0..<2 { try cloud.hosts[index].boot(cloud.eni(index)) }
        return cloud
    }

    @Test func nodesReachEachOtherAcrossSubnets() throws {
        let cloud = try booted()
        for (from, to) in [(0, 1), (1, 0)] {
            let trace = cloud.ping(from: from, to: cloud.eni(to).primaryAddress)
            #expect(trace.isAnswered, "\(trace)")
        }
    }

    @Test func aPacketThatLeavesByAnotherENIThanItsSourcesIsDropped() throws {
        let cloud = try booted()
        let second = cloud.eni(0, deviceIndex: 1, secondary: [30])
        try cloud.hosts[0].plug(second)
        // The address of the second ENI, used without a rule that sends it there: it leaves by the first.
        try cloud.take(Cloud.subnets[0][30], on: 0)
        #expect(!cloud.ping(from: 0, to: cloud.eni(1).primaryAddress, source: Cloud.subnets[0][30]).isAnswered)
    }

    @Test func bootingAndPluggingTwiceChangesNothing() throws {
        let cloud = try booted()
        let second = cloud.eni(0, deviceIndex: 1, secondary: [30], prefixes: ["10.0.32.64/28"])
        try cloud.hosts[0].plug(second)
        let before = try cloud.objects()
        try cloud.hosts[0].plug(second)
        try cloud.hosts[0].boot(cloud.eni(0))
        try cloud.hosts[0].prepareFabric(subnets: Cloud.subnets)
        #expect(try cloud.objects() == before)
    }

    @Test func aPluggedENIAppearsOnTheNodeWithItsAddressAndDown() throws {
        let cloud = try booted()
        let eni = cloud.eni(0, deviceIndex: 1)
        try cloud.hosts[0].plug(eni)
        let link = try #require(try cloud.namespace(cloud.nodes[0]).link(named: SimulatedHost.nodeLink(deviceIndex: 1)))
        #expect(link.mac == eni.mac && link.mtuBytes == 9001 && !link.isUp)
        #expect(try cloud.namespace(cloud.nodes[1]).link(named: SimulatedHost.nodeLink(deviceIndex: 1)) == nil)
    }

    @Test func everyCardHasALinkForEachDeviceIndex() throws {
        let cloud = try booted()
        let places = [(0, 1), (1, 0), (1, 1), (2, 0)]
        for (card, index) in places { try cloud.hosts[0].plug(cloud.eni(0, card: card, deviceIndex: index)) }
        let links = try cloud.namespace(cloud.nodes[0]).links()
        #expect(Set(links.map(\.name.rawValue)) == ["lo", "eth0", "eth1", "card1eth0", "card1eth1", "card2eth0"])
        for (card, index) in places {
            let name = SimulatedHost.nodeLink(card: card, deviceIndex: index)
            #expect(links.first { $0.name == name }?.mac == cloud.eni(0, card: card, deviceIndex: index).mac)
        }
    }

    @Test func anUpdateMovesAnAddressFromOneENIToAnother() throws {
        let cloud = try booted()
        let address = Cloud.subnets[0][40]
        let block = IPv4CIDR(host: address)
        try cloud.hosts[0].update(cloud.eni(0, prefixes: ["10.0.32.32/28"]))
        try cloud.take(address, on: 0)
        #expect(cloud.ping(from: 1, to: address).isAnswered)

        try cloud.hosts[0].update(cloud.eni(0))
        #expect(!cloud.ping(from: 1, to: address).isAnswered)
        #expect(try !cloud.objects().contains { $0.contains("10.0.32.32/28") })

        var taker = cloud.eni(1)
        taker.secondaryAddresses = [address]
        try cloud.hosts[1].update(taker)
        #expect(try cloud.objects().contains { $0.hasPrefix("fabric: route \(block) ") })
        let held = InterfaceAddress(device: SimulatedHost.nodeLink(deviceIndex: 0), address: .v4(address), prefixLength: 32)
        #expect(try cloud.namespace(cloud.nodes[0]).remove([.address(held)]) == [])
        try cloud.take(address, on: 1)
        #expect(cloud.ping(from: 0, to: address).isAnswered)
    }

    @Test func unpluggingTakesLinksAndRoutesAwayAndMayBeDoneTwice() throws {
        let cloud = try booted()
        let before = try cloud.objects()
        let eni = cloud.eni(0, deviceIndex: 1, secondary: [30], prefixes: ["10.0.32.64/28"])
        try cloud.hosts[0].plug(eni)
        #expect(try cloud.objects() != before)
        try cloud.hosts[0].unplug(eni.id)
        #expect(try cloud.objects() == before)
        try cloud.hosts[0].unplug(eni.id)
        // What is not plugged has nothing to update.
        try cloud.hosts[0].update(eni)
        #expect(try cloud.objects() == before)
    }

    @Test func anENIThatIsNotAttachedCannotBePlugged() throws {
        let cloud = try booted()
        var eni = cloud.eni(0, deviceIndex: 1)
        eni.attachment = nil
        #expect(throws: KernelError.self) { try cloud.hosts[0].plug(eni) }
    }
}
