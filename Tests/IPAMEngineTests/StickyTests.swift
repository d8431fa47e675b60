import Addressing
import IPAMEngine
import Testing
import Timeline

/// Addresses that are kept for a while for the next pod of the same name.
@Suite struct StickyTests {
    typealias Addressing = EngineConfiguration.Addressing
    private static let db = PodName.test("db-0")

    /// A node whose pod of the name has been deleted a second ago.
    private static func node(_ addressing: Addressing = .secondary, hold: Duration = .seconds(300)) -> (SimulatedNode, PodAddresses?) {
        var node = SimulatedNode.atRest(.small(addressing, .addresses(2), enis: 2))
        node.add(.pod(0), named: db, hold: hold)
        node.settle()
        let addresses = node.running[.pod(0)]
        node.delete(.pod(0))
        node.run(for: .seconds(1))
        return (node, addresses)
    }

    @Test(arguments: Addressing.all, [2, 29, 31, 250]) func theNextPodOfTheNameFindsItsAddresses(addressing: Addressing, seconds: Int) {
        var (node, addresses) = Self.node(addressing)
        node.run(for: .seconds(seconds))
        node.add(.pod(1), named: Self.db, hold: .seconds(300))
        node.run(for: .seconds(1))
        #expect(addresses != nil && node.running[.pod(1)] == addresses)
        node.checkCompaction()
        #expect(node.violations == [])
    }

    @Test(arguments: Addressing.all) func nobodyElseHasThemMeanwhile(addressing: Addressing) {
        var (node, addresses) = Self.node(addressing)
        node.add(pods: 1..<6, within: .seconds(250))
        node.run(for: .seconds(290))
        #expect(addresses.map { kept in node.running.values.contains { $0.contains { kept.contains($0) } } } == false)
        #expect(node.violations == [])
    }

    @Test func theyAreAnyonesWhenTheTimeIsOver() {
        var (node, addresses) = Self.node()
        node.add(pods: 1..<6)
        node.settle()
        node.add(.pod(9), within: .seconds(400))
        node.run(for: .seconds(400))
        #expect(addresses != nil && node.running[.pod(9)] == addresses)
        #expect(node.violations == [])
    }

    @Test func aPodThatComesTooLateHasAnyAddress() {
        var (node, _) = Self.node(hold: .seconds(60))
        node.run(for: .seconds(100))
        node.add(.pod(1), named: Self.db, hold: .seconds(60))
        node.settle()
        #expect(node.running.count == 1)
        #expect(node.violations == [])
    }

    @Test func aHoldDoesNotShortenTheCooldownForOthers() {
        var (node, addresses) = Self.node(hold: .seconds(5))
        node.run(for: .seconds(20))
        #expect(node.engine.coolings.map(\.address) == addresses.map { Array($0) })
        node.settle()
        #expect(node.engine.coolings == [])
        #expect(node.violations == [])
    }

    @Test(arguments: Addressing.all) func aPromiseSurvivesARestart(addressing: Addressing) {
        var (node, addresses) = Self.node(addressing)
        node.restart()
        node.run(for: .seconds(5))
        node.journal = node.engine.journal
        node.restart()
        node.add(.pod(5))
        node.run(for: .seconds(5))
        node.add(.pod(1), named: Self.db)
        node.settle()
        #expect(addresses != nil && node.running[.pod(1)] == addresses)
        #expect(node.violations == [])
    }

    @Test func theNextPodWaitsForTheLinkOfTheLast() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(2)))
        node.add(.pod(0), named: Self.db, hold: .seconds(300))
        node.settle()
        let addresses = node.running[.pod(0)]
        node.reaping = .seconds(10)
        node.delete(.pod(0))
        node.run(for: .seconds(1))
        node.add(.pod(1), named: Self.db)
        node.run(for: .seconds(5))
        #expect(node.running[.pod(1)] == nil)
        node.run(for: .seconds(10))
        #expect(addresses != nil && node.running[.pod(1)] == addresses)
        #expect(node.violations == [])
    }

    @Test func aPromiseIsKeptOnce() {
        var (node, addresses) = Self.node()
        node.add(.pod(1), named: Self.db)
        node.add(.pod(2), named: Self.db)
        node.settle()
        #expect(addresses != nil && node.running[.pod(1)] == addresses)
        #expect(node.running[.pod(2)] != nil && node.running[.pod(2)] != addresses)
        #expect(node.violations == [])
    }

    @Test(arguments: Addressing.all, Addressing.all) func aPromiseOfOtherFamiliesIsDroppedAndThePodServed(from: Addressing, to: Addressing)
    {
        var (node, addresses) = Self.node(from)
        node.configure { $0.addressing = to }
        node.add(.pod(1), named: Self.db)
        node.settle()
        #expect(node.running[.pod(1)]?.families == to.families)
        if from.families == to.families { #expect(node.running[.pod(1)] == addresses) }
        #expect(node.violations == [])
    }

    @Test func aPromiseEndsWithItsENI() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 2), pods: 3)
        node.add(.pod(3), named: Self.db, hold: .seconds(300))
        node.settle()
        node.delete(.pod(3))
        node.run(for: .seconds(1))
        node.isMeddledWith = true
        if let second = node.engine.eni(at: DeviceSeat(deviceIndex: 1)) { node.ec2.revoke(second) }
        node.restart()
        node.add(.pod(4), named: Self.db)
        node.settle()
        #expect(node.running.count == 4)
        #expect(node.violations == [])
    }
}
