import Addressing
import IPAMEngine
import Testing
import Timeline

/// Addresses that one pod has and nobody else.
@Suite struct ReservationTests {
    private static let address = IPv4Address(10, 0, 7, 7)
    private static let web = PodName.test("web-0")

    private static func configuration(_ addressing: EngineConfiguration.Addressing = .secondary, enis: Int = 2) -> EngineConfiguration {
        .small(addressing, .addresses(1), enis: enis).with { $0.reservations = [web: address] }
    }

    private static func node(_ addressing: EngineConfiguration.Addressing = .secondary) -> SimulatedNode {
        .atRest(configuration(addressing))
    }

    @Test(arguments: [EngineConfiguration.Addressing.secondary, .prefix, .dual(.secondary)]) func aPodHasTheAddressReservedForIt(
        addressing: EngineConfiguration.Addressing
    ) {
        var node = Self.node(addressing)
        node.add(.pod(0), named: Self.web)
        node.settle()
        #expect(node.address(of: 0) == Self.address)
        #expect(node.running[.pod(0)]?.families == addressing.families)
        #expect(node.calls("claimAddress") == 1)
        #expect(node.violations == [])
    }

    /// Also when the address comes to the node in a prefix or among others.
    @Test(arguments: EngineConfiguration.Addressing.ofIPv4) func nobodyElseIsGivenIt(addressing: EngineConfiguration.Addressing) {
        let first: UInt8 = addressing == .prefix ? 16 : 6
        let reserved = IPv4Address(10, 0, 0, first + 1)
        var node = SimulatedNode.atRest(.small(addressing, .addresses(2), enis: 2).with { $0.reservations = [Self.web: reserved] })
        let others = addressing == .prefix ? 40 : 5
        node.add(pods: 0..<others)
        node.settle()
        #expect(node.engine.enis.reduce(0) { $0 + $1.count.barred } == 1)
        #expect(node.running.count == others)
        #expect(!node.running.values.contains(PodAddresses(.v4(reserved))))
        node.add(.pod(99), named: Self.web)
        node.run(for: .seconds(1))
        #expect(node.address(of: 99) == reserved)
        #expect(node.calls("claimAddress") == 0)
        #expect(node.violations == [])
    }

    @Test func theNextPodOfTheNameHasItWithoutACooldown() {
        var node = Self.node()
        node.add(.pod(0), named: Self.web)
        node.settle()
        node.delete(.pod(0))
        node.run(for: .seconds(1))
        node.add(.pod(1), named: Self.web)
        node.run(for: .seconds(1))
        #expect(node.running[.pod(1)]?.ipv4 == Self.address)
        #expect(node.violations == [])
    }

    @Test func theNextPodOfTheNameWaitsForTheLinkOfTheLast() {
        var node = Self.node()
        node.add(.pod(0), named: Self.web)
        node.settle()
        node.reaping = .seconds(20)
        node.delete(.pod(0))
        node.run(for: .seconds(1))
        node.add(.pod(1), named: Self.web, within: .seconds(5))
        node.run(for: .seconds(5))
        #expect(node.refusals[.pod(1)]?.map(\.code) == ["fixed-address-unavailable"])
        #expect(node.refusals[.pod(1)]?.first?.explanation(at: node.now).contains("the link of the pod before is still there") == true)
        node.add(.pod(1), named: Self.web)
        node.settle()
        #expect(node.running[.pod(1)]?.ipv4 == Self.address)
        #expect(node.violations == [])
    }

    @Test func aSecondPodOfTheNameHearsWhoHasIt() {
        var node = Self.node()
        node.add(.pod(0), named: Self.web)
        node.settle()
        node.add(.pod(1), named: Self.web, within: .seconds(5))
        node.run(for: .seconds(5))
        let holder = "\(PodAttachment.pod(0)) holds it"
        #expect(node.refusals[.pod(1)] == [.reservedAddressNotAvailable(Self.address, problem: holder)])
    }

    @Test func aReservedAddressIsHadThoughEveryENIIsFull() {
        var node = SimulatedNode.atRest(Self.configuration(), pods: 2)
        #expect(node.slots == [3])
        node.add(.pod(9), named: Self.web)
        node.settle()
        #expect(node.address(of: 9) == Self.address)
        #expect(node.violations == [])
    }

    @Test func aPodHearsThatEC2GaveTheAddressToAnother() {
        var node = SimulatedNode.atRest(Self.configuration().with { $0.limits = NodeLimits(enis: 2, slotsPerENI: 9, maxPods: 110) })
        node.ec2.occupy(Self.address)
        node.add(.pod(0), named: Self.web, within: .seconds(30))
        node.add(.pod(1))
        node.run(for: .seconds(30))
        let refusal = node.refusals[.pod(0)]?.first
        #expect(refusal?.code == "fixed-address-unavailable")
        #expect(refusal?.explanation(at: node.now).contains("InvalidParameterValue") == true)
        #expect(Set(node.running.keys) == [.pod(1)])
        #expect(node.violations == [])
    }

    @Test func anAddressOfNoSubnetOfTheNodeIsRefusedWithTheReason() {
        var node = SimulatedNode.atRest(Self.configuration().with { $0.reservations = [Self.web: IPv4Address(192, 168, 1, 1)] })
        node.add(.pod(0), named: Self.web, within: .seconds(5))
        node.run(for: .seconds(5))
        #expect(node.refusals[.pod(0)]?.first?.explanation(at: node.now).contains("no ENI of the node lies in a subnet with it") == true)
        #expect(node.calls("claimAddress") == 0)
    }

    @Test func anAddressWhoseAnswerWasLostIsFoundAndUsed() {
        var node = Self.node()
        node.callsWithoutAnswer = ["claimAddress"]
        node.add(.pod(0), named: Self.web)
        node.settle()
        #expect(node.address(of: 0) == Self.address)
        #expect(node.violations == [])
    }

    @Test func itIsKeptWithoutItsPodAndAfterARestart() {
        var node = Self.node()
        node.add(.pod(0), named: Self.web)
        node.settle()
        node.delete(.pod(0))
        node.settle()
        node.run(for: .seconds(7200))
        node.restart()
        node.add(pods: 1..<3)
        node.settle()
        #expect(node.ec2.hasGiven(.v4(Self.address)))
        #expect((1..<3).allSatisfy { node.address(of: $0) != Self.address })
        node.add(.pod(3), named: Self.web)
        node.run(for: .seconds(1))
        #expect(node.running[.pod(3)]?.ipv4 == Self.address)
        #expect(node.violations == [])
    }

    @Test func aReservationThatBeginsWhileAnotherHoldsTheAddressTakesNothingAway() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1)), pods: 2)
        guard let address = node.address(of: 0) else { return #expect(Bool(false), "pod 0 has no address") }
        node.configure { $0.reservations = [Self.web: address] }
        node.add(.pod(2), named: Self.web, within: .seconds(100))
        node.run(for: .seconds(1))
        #expect(node.running[.pod(0)]?.ipv4 == address)
        node.delete(.pod(0))
        node.run(for: .seconds(60))
        #expect(node.running[.pod(2)]?.ipv4 == address)
        node.configure { $0.reservations = [:] }
        node.delete(.pod(2))
        node.settle()
        #expect(node.engine.enis.allSatisfy { $0.count.barred == 0 })
        #expect(node.violations == [])
    }
}
