import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct PackingTests {
    @Test func podsFillTheFullestENIFirst() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 1)), pods: 4)
        let fuller = node.engine.enis.first { $0.count.held == 1 }?.eni
        #expect(node.engine.enis.map(\.count.held).sorted() == [0, 1, 3])
        node.add(.pod(4))
        #expect(node.address(of: 4).map { fuller?.secondaryAddresses.contains($0) } == true)
    }

    @Test func podsFillTheFullestPrefixFirst() {
        var node = SimulatedNode.atRest(.small(.prefix, WarmTargets(prefixes: 1)), pods: 18)
        let fuller = node.engine.enis[0].prefixes.first { $0.count.held == 2 }?.prefix
        node.add(pods: 18..<22)
        for pod in 18..<22 { #expect(node.address(of: pod).map { fuller?.contains($0) } == true) }
    }

    @Test func theAddressLongestOutOfUseIsHandedOutFirst() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0), enis: 1, cooldown: .seconds(1)), pods: 3)
        let addresses = (0..<3).map { node.address(of: $0) }
        for pod in [2, 0, 1] {
            node.delete(.pod(pod))
            node.run(for: .seconds(5))
        }
        node.add(pods: 3..<6)
        #expect((3..<6).map { node.address(of: $0) } == [addresses[2], addresses[0], addresses[1]])
    }

    @Test func aWholePrefixBecomesFreeWhenPodsAreReplaced() {
        var node = SimulatedNode.atRest(.small(.prefix, WarmTargets(prefixes: 0), enis: 1, slotsPerENI: 9), pods: 60)
        // Every other pod goes, so that the prefixes are all half full; then pods are replaced one by one.
        node.delete(pods: stride(from: 0, to: 60, by: 2))
        node.run(for: .seconds(40))
        for pod in stride(from: 1, to: 60, by: 2) {
            node.delete(.pod(pod))
            node.add(.pod(100 + pod))
            node.run(for: .seconds(40))
        }
        node.settle()
        #expect(node.engine.count.held == 30)
        #expect(node.slots == [2])
        #expect(node.violations == [])
    }

    @Test func addressesOfTheModeAtHandGoFirst() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 1)), pods: 1)
        node.configuration.addressing = .prefix
        node.restart()
        node.run(for: .seconds(10))
        let single = node.address(of: 0)
        node.add(.pod(1))
        #expect(node.engine.enis.flatMap(\.prefixes).contains { $0.prefix.contains(node.address(of: 1) ?? .zero) })
        #expect(node.address(of: 0) == single)
        node.settle()
        #expect(node.engine.enis.flatMap(\.eni.secondaryAddresses) == [single], "free addresses of the mode that was left go back")
        #expect(node.violations == [])
    }
}

extension SimulatedNode {
    /// The IPv4 address that a pod holds.
    func address(of pod: Int) -> IPv4Address? {
        engine.allocation(of: .pod(pod))?.addresses.ipv4
    }
}

extension IPv4Address {
    static let zero = IPv4Address(bits: 0)
}
