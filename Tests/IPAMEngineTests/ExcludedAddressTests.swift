import Addressing
import IPAMEngine
import Testing
import Timeline

/// Addresses that no pod is given, though EC2 may give them to the node.
@Suite struct ExcludedAddressTests {
    /// The fake EC2 gives 10.0.0.5 and the following first, or 10.0.0.16/28.
    private static let excluded = IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 27)

    private static func isExcluded(_ addresses: PodAddresses) -> Bool { addresses.ipv4.map(excluded.contains) ?? false }

    @Test(arguments: EngineConfiguration.Addressing.ofIPv4, [1, 3, 7]) func noPodIsGivenThem(
        addressing: EngineConfiguration.Addressing, pods: Int
    ) {
        let half = IPv4CIDR(containing: IPv4Address(10, 0, 0, addressing == .prefix ? 16 : 0), prefixLength: 29)
        var node = SimulatedNode.atRest(.small(addressing, .addresses(1), enis: 3, slotsPerENI: 9).with { $0.excludedAddresses = [half] })
        node.add(pods: 0..<pods)
        node.settle()
        #expect(node.running.count == pods)
        #expect(!node.running.values.contains { $0.ipv4.map(half.contains) ?? false })
        #expect(node.engine.enis.contains { $0.count.barred > 0 })
        #expect(node.violations == [])
    }

    @Test func theyAreNotCountedAsFree() {
        let node = SimulatedNode.atRest(
            .small(.prefix, .addresses(10), slotsPerENI: 9).with { $0.excludedAddresses = [Self.excluded] })
        #expect(node.ownPool?.count.available == 16)
        #expect(node.freeCount == 16)
        #expect(node.engine.enis.reduce(0) { $0 + $1.count.barred } % 16 == 0)
    }

    @Test(arguments: EngineConfiguration.Addressing.ofIPv4) func aPoolWithThemComesToRest(addressing: EngineConfiguration.Addressing) {
        let configuration = EngineConfiguration.small(addressing, .addresses(3), slotsPerENI: 30)
        var node = SimulatedNode.atRest(configuration.with { $0.excludedAddresses = [Self.excluded] })
        let before = node.mutatingCalls
        node.run(for: .seconds(7200))
        #expect(node.freeCount >= 3)
        #expect(node.mutatingCalls - before <= 2)
        #expect(node.violations == [])
    }

    @Test(arguments: EngineConfiguration.Addressing.ofIPv4) func whoHasOneKeepsItAndIsTheLast(addressing: EngineConfiguration.Addressing) {
        var node = SimulatedNode.atRest(.small(addressing, .addresses(2), enis: 3, slotsPerENI: 9), pods: 3)
        let before = node.running
        let excluded = IPv4CIDR(containing: before.values.compactMap(\.ipv4).min() ?? .zero, prefixLength: 29)
        node.configure { $0.excludedAddresses = [excluded] }
        node.settle()
        #expect(node.running == before)
        node.delete(pods: 0..<3)
        node.settle()
        node.add(pods: 3..<9)
        node.settle()
        #expect(node.running.count == 6)
        #expect(!node.running.values.contains { $0.ipv4.map(excluded.contains) ?? false })
        #expect(node.violations == [])
    }

    @Test func theyAreAnyonesWhenTheExclusionEnds() {
        let configuration = EngineConfiguration.small(.prefix, .addresses(1), enis: 1, slotsPerENI: 1)
        var node = SimulatedNode.atRest(configuration.with { $0.excludedAddresses = [Self.excluded] })
        node.add(.pod(0), within: .seconds(5))
        node.run(for: .seconds(5))
        #expect(node.refusals[.pod(0)]?.count == 1)
        node.configure { $0.excludedAddresses = [] }
        node.add(.pod(1))
        node.run(for: .seconds(1))
        #expect(node.running.values.contains(where: Self.isExcluded))
        #expect(node.violations == [])
    }
}
