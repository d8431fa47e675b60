import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct CooldownTests {
    /// One ENI with three addresses, all in use.
    private static func fullNode(cooldown: Duration = .seconds(30)) -> SimulatedNode {
        .atRest(.small(.secondary, WarmTargets(enis: 0), enis: 1, cooldown: cooldown), pods: 3)
    }

    @Test func anAddressIsFreeAgainWhenItsTimeIsOverAndItsLinkIsGone() {
        var node = Self.fullNode()
        let address = node.address(of: 0)
        node.delete(.pod(0))
        node.add(.pod(3))
        node.run(for: .seconds(29))
        #expect(node.address(of: 3) == nil)
        node.run(for: .seconds(2))
        #expect(node.address(of: 3) == address)
        #expect(node.violations == [])
    }

    @Test(arguments: [Duration.zero, .seconds(30)]) func anAddressWhoseLinkStaysIsNotHandedOutHoweverLong(cooldown: Duration) {
        var node = Self.fullNode(cooldown: cooldown)
        let address = node.address(of: 0)
        node.reaping = .seconds(500)
        node.delete(.pod(0))
        node.run(for: .seconds(499))
        node.add(.pod(3))
        #expect(node.address(of: 3) == nil)
        #expect(node.engine.coolings.map(\.isLinkGone) == [false])
        node.run(for: .seconds(2))
        #expect(node.address(of: 3) == address)
        #expect(node.violations == [])
    }

    @Test func aCoolingAddressIsNotCountedAsAvailable() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(2)), pods: 4)
        #expect(node.engine.count.attached == 6)
        node.delete(pods: 0..<2)
        node.add(pods: 4..<6)
        node.run(for: .seconds(10))
        // Two addresses cool and two more pods run: two more are needed to have two free.
        #expect(node.engine.count == PoolCount(attached: 8, held: 4, cooling: 2, waiting: 0))
    }

    @Test func aCoolingAddressIsNotGivenBack() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 2, cooldown: .seconds(600)), pods: 6)
        node.delete(pods: 0..<6)
        node.run(for: .seconds(590))
        #expect(node.engine.count.cooling == 6)
        #expect(node.ec2.calls["unassign"] == nil && node.ec2.calls["detachENI"] == nil)
        node.settle()
        #expect(node.engine.count.attached == 1)
        #expect(node.violations == [])
    }

    @Test func aCooldownIsTheSameAfterARestart() {
        var node = Self.fullNode()
        let address = node.address(of: 0)
        node.delete(.pod(0))
        node.run(for: .seconds(10))
        node.restart()
        node.add(.pod(3), within: .seconds(100))
        node.run(for: .seconds(19))
        #expect(node.address(of: 3) == nil)
        node.run(for: .seconds(2))
        #expect(node.address(of: 3) == address)
        #expect(node.violations == [])
    }

    @Test func wordOfALinkThatComesTwiceChangesNothing() {
        var node = Self.fullNode()
        let addresses = PodAddresses(.v4(node.address(of: 0) ?? .zero))
        node.delete(.pod(0))
        node.run(for: .seconds(1))
        node.send(.linkGone(addresses))
        #expect(node.effects == [])
        node.run(for: .seconds(60))
        node.send(.linkGone(addresses))
        #expect(node.effects == [])
        node.send(.linkGone(PodAddresses(.v4(IPv4Address(192, 0, 2, 1)))))
        #expect(node.effects == [])
    }

    @Test func anAddressWhosePodCouldNotBeWiredCoolsWithoutWaitingForALink() {
        var node = Self.fullNode()
        node.delete(.pod(0))
        node.run(for: .seconds(60))
        node.wiringFailuresPercent = 100
        node.add(.pod(3))
        node.run(for: .seconds(1))
        #expect(node.address(of: 3) == nil)
        #expect(node.engine.coolings.map(\.isLinkGone) == [true])
        node.settle()
        #expect(node.engine.coolings == [])
    }
}
