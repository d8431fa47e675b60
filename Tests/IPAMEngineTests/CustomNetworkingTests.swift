import Addressing
import IPAMEngine
import Testing
import Timeline

/// ENIs in other subnets than the node's own, by configuration or by tags.
@Suite struct CustomNetworkingTests {
    private static let role = "kubernetes.io/role/cni"
    private static func cluster(_ name: String) -> String { "cni.networking.k8s.aws/cluster/\(name)" }

    private static func subnetsOfENIs(_ node: SimulatedNode) -> [SubnetID] { node.engine.enis.map(\.eni.subnet) }

    // MARK: - ENIConfig

    @Test(arguments: EngineConfiguration.Addressing.all) func thePrimaryENIServesNoPods(addressing: EngineConfiguration.Addressing) {
        var node = SimulatedNode.begun(.custom(addressing, .addresses(2), [.podsA])) { $0.ec2[.podsA] = .number(1) }
        node.add(pods: 0..<5)
        node.settle()
        #expect(node.running.count == 5)
        #expect(node.engine.allocations.allSatisfy { $0.allocation.deviceIndex > 0 })
        #expect(node.slots[0] == 0)
        #expect(node.engine.enis.map(\.isDraining) == node.engine.enis.map { $0.eni.isPrimary })
        #expect(node.violations == [])
    }

    @Test func anENIHasTheSecurityGroupsOfItsConfiguration() {
        let groups = [SecurityGroupID(unchecked: "sg-1"), SecurityGroupID(unchecked: "sg-2")]
        let node = SimulatedNode.begun(.custom(.secondary, .addresses(2), [.podsA]).with { $0.source.securityGroups = groups }) {
            $0.ec2[.podsA] = .number(1)
        }
        #expect(node.requestedENIs.map(\.securityGroups) == [groups])
    }

    /// Of blocks where prefixes are asked for, of addresses otherwise.
    @Test(arguments: EngineConfiguration.Addressing.ofIPv4) func theSubnetWithTheMostOfWhatIsAskedForIsChosen(
        addressing: EngineConfiguration.Addressing
    ) {
        var node = SimulatedNode.begun(.custom(addressing, WarmTargets(enis: 0, prefixes: 0), [.podsA, .podsB, .podsC])) { node in
            // A has the most addresses, B the most blocks, C neither.
            node.ec2[.podsA] = .number(1)
            node.ec2[.podsB] = .number(2, prefixLength: 23)
            node.ec2[.podsC] = .number(3, prefixLength: 25)
            node.ec2.fragment(.podsA, leaving: 5)
            for subnet in [SubnetID.podsA, .podsB, .podsC] { node.ec2[subnet]?.showsFreeBlocks = true }
        }
        node.settle()
        node.add(.pod(0))
        node.settle()
        #expect(node.address(of: 0).map { node.ec2[addressing == .prefix ? .podsB : .podsA]?.block.contains($0) } == true)
    }

    /// Formula 31 where nobody counts: 80 % of a /22 free leave 62 x 0.8^16 = 1.7 blocks, 96 % of a /25 twice as many.
    @Test(arguments: [(4, SubnetID.podsA), (200, SubnetID.podsB)]) func blocksThatNobodyCountsAreEstimated(used: Int, chosen: SubnetID) {
        var node = SimulatedNode.begun(.custom(.prefix, WarmTargets(prefixes: 0), [.podsA, .podsB])) { node in
            node.ec2[.podsA] = .number(1)
            node.ec2[.podsB] = .number(2, prefixLength: 25)
            node.ec2.fill(.podsA, leaving: 1019 - used)
        }
        node.settle()
        node.add(.pod(0))
        node.settle()
        #expect(Self.subnetsOfENIs(node).last == chosen)
    }

    /// What the node has just taken counts at once, so that a burst is spread before EC2 is asked again.
    @Test func aBurstIsSpreadOverSubnets() {
        var node = SimulatedNode.begun(.custom(.prefix, WarmTargets(prefixes: 0), [.podsA, .podsB], enis: 9, slotsPerENI: 2)) { node in
            node.ec2[.podsA] = .number(1, prefixLength: 24)
            node.ec2[.podsB] = .number(2, prefixLength: 24)
        }
        node.settle()
        node.add(pods: 0..<200)
        node.settle()
        let subnets = Self.subnetsOfENIs(node).dropFirst()
        #expect(node.running.count == 200)
        #expect(abs(subnets.count { $0 == .podsA } - subnets.count { $0 == .podsB }) <= 1)
        #expect(node.violations == [])
    }

    @Test func aChangeIsForENIsThatAreMadeAfterIt() {
        var node = SimulatedNode.begun(.custom(.secondary, .addresses(1), [.podsA], enis: 4)) { node in
            node.ec2[.podsA] = .number(1)
            node.ec2[.podsB] = .number(2)
        }
        node.add(pods: 0..<2)
        node.settle()
        let before = node.running
        node.configure { $0.source = PoolSource(.these([.podsB])) }
        node.settle()
        #expect(node.running == before)
        #expect(Self.subnetsOfENIs(node) == [FakeEC2.subnet, .podsA])
        node.add(pods: 2..<7)
        node.settle()
        #expect(Self.subnetsOfENIs(node).dropFirst(2).allSatisfy { $0 == .podsB })
        #expect(node.running.count == 7)
        #expect(node.violations == [])
    }

    @Test func thePrimaryENIDrainsWhenCustomNetworkingBegins() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(2)), pods: 2)
        node.ec2[.podsA] = .number(1)
        let before = node.running
        node.configure { configuration in
            configuration.usesPrimaryENI = false
            configuration.source = PoolSource(.these([.podsA]))
        }
        node.settle()
        #expect(node.running == before)
        node.add(pods: 2..<4)
        node.settle()
        #expect((2..<4).allSatisfy { node.allocation(of: $0)?.deviceIndex == 1 })
        node.delete(pods: 0..<2)
        node.settle()
        #expect(node.slots[0] == 0)
        #expect(node.running.count == 2)
        #expect(node.violations == [])
    }

    // MARK: - Discovery by tags

    struct Tagging: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var tags: [String: String] = [:]
        var zone = "zone-a"
        var hasIPv6 = true
        var addressing = EngineConfiguration.Addressing.secondary
        var cluster: String? = "blue"
        var isUsed: Bool

        static let all: [Tagging] = [
            .init(testDescription: "no tag", isUsed: false),
            .init(testDescription: "role 1", tags: [role: "1"], isUsed: true),
            .init(testDescription: "role of any other value", tags: [role: "yes"], isUsed: true),
            .init(testDescription: "role 0", tags: [role: "0"], isUsed: false),
            .init(testDescription: "the cluster without a role", tags: [CustomNetworkingTests.cluster("blue"): "shared"], isUsed: false),
            .init(testDescription: "this cluster", tags: [role: "1", CustomNetworkingTests.cluster("blue"): "shared"], isUsed: true),
            .init(testDescription: "another cluster", tags: [role: "1", CustomNetworkingTests.cluster("red"): "shared"], isUsed: false),
            .init(
                testDescription: "two clusters",
                tags: [role: "1", CustomNetworkingTests.cluster("red"): "", CustomNetworkingTests.cluster("blue"): ""], isUsed: true),
            .init(
                testDescription: "another cluster, and a node that names none",
                tags: [role: "1", CustomNetworkingTests.cluster("red"): "shared"], cluster: nil, isUsed: true),
            .init(testDescription: "role 0 of this cluster", tags: [role: "0", CustomNetworkingTests.cluster("blue"): ""], isUsed: false),
            .init(testDescription: "another zone", tags: [role: "1"], zone: "zone-b", isUsed: false),
            .init(testDescription: "no IPv6 for pods without it", tags: [role: "1"], hasIPv6: false, isUsed: true),
            .init(
                testDescription: "no IPv6 for pods with it", tags: [role: "1"], hasIPv6: false, addressing: .dual(.secondary), isUsed: false
            ),
        ]
    }

    @Test(arguments: Tagging.all) func aSubnetIsUsedAsItsTagsSay(tagging: Tagging) {
        let configuration = EngineConfiguration.small(tagging.addressing, WarmTargets(enis: 0), enis: 3).with {
            $0.source = PoolSource(.discovered(own: FakeEC2.subnet, cluster: tagging.cluster))
        }
        var node = SimulatedNode.begun(configuration, subnet: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 26)) { node in
            node.ec2[.podsA] = FakeEC2.Subnet(
                block: FakeEC2.Subnet.number(1).block, zone: tagging.zone, hasIPv6: tagging.hasIPv6, tags: tagging.tags)
        }
        node.settle()
        node.add(pods: 0..<5)
        node.settle()
        #expect(node.running.count == 5)
        #expect(Self.subnetsOfENIs(node) == [FakeEC2.subnet, tagging.isUsed ? .podsA : FakeEC2.subnet])
        #expect(node.violations == [])
    }

    /// Nothing is made in it, not even before EC2 has described the subnets.
    @Test func theNodesOwnSubnetCanBeExcluded() {
        let configuration = EngineConfiguration.small(.secondary, .addresses(2)).with {
            $0.source = PoolSource(.discovered(own: FakeEC2.subnet, cluster: nil))
        }
        var node = SimulatedNode(configuration)
        node.ec2[FakeEC2.subnet]?.tags = [Self.role: "0"]
        node.ec2[.podsA] = .number(1, tags: [Self.role: "1"])
        node.send(.started)
        node.add(pods: 0..<5)
        node.settle()
        #expect(node.running.count == 5)
        #expect(node.engine.allocations.allSatisfy { $0.allocation.deviceIndex > 0 })
        #expect(node.calls("unassign") == 0)
        #expect(Self.subnetsOfENIs(node).dropFirst().allSatisfy { $0 == .podsA })
        #expect(node.violations == [])
    }

    @Test func aSubnetThatIsExcludedLaterDrains() {
        let configuration = EngineConfiguration.small(.secondary, .addresses(1), enis: 4).with {
            $0.source = PoolSource(.discovered(own: FakeEC2.subnet, cluster: nil))
        }
        var node = SimulatedNode.begun(configuration, subnet: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 26)) {
            $0.ec2[.podsA] = .number(1, tags: [Self.role: "1"])
        }
        node.settle()
        node.add(pods: 0..<5)
        node.settle()
        let before = node.running
        let onA = node.engine.allocations.map(\.allocation).filter { $0.deviceIndex == 1 }.map(\.attachment)
        #expect(Self.subnetsOfENIs(node) == [FakeEC2.subnet, .podsA] && onA.count == 2)
        node.ec2[.podsA]?.tags = [Self.role: "0"]
        // What EC2 said of the subnets is half an hour old when the next pods come.
        for pod in 5..<8 {
            node.run(for: .seconds(1900))
            node.add(.pod(pod))
        }
        node.settle()
        #expect(node.running.filter { before[$0.key] != nil } == before)
        #expect(node.engine.enis.filter { $0.eni.subnet == .podsA }.map(\.isDraining) == [true])
        #expect(node.allocation(of: 7)?.eni != node.engine.eni(at: DeviceSeat(deviceIndex: 1)))
        // One more came before EC2 was asked.
        let onDraining = node.engine.allocations.map(\.allocation).filter { $0.deviceIndex == 1 }.map(\.attachment)
        for attachment in onDraining { node.delete(attachment) }
        node.settle()
        #expect(!Self.subnetsOfENIs(node).contains(.podsA))
        #expect(node.running.count == 8 - onDraining.count)
        #expect(node.violations == [])
    }

    @Test func theOwnSubnetServesWhereEC2DoesNotDescribeSubnets() {
        let configuration = EngineConfiguration.small(.secondary, .addresses(2)).with {
            $0.source = PoolSource(.discovered(own: FakeEC2.subnet, cluster: nil))
        }
        var node = SimulatedNode(configuration)
        node.ec2[.podsA] = .number(1, tags: [Self.role: "1"])
        let denied = CallFailure(code: "UnauthorizedOperation", message: "ec2:DescribeSubnets")
        node.failures["describeSubnets"] = Array(repeating: denied, count: 10_000)
        node.send(.started)
        node.add(pods: 0..<6)
        node.run(for: .seconds(30))
        #expect(node.running.count == 6)
        #expect(Set(Self.subnetsOfENIs(node)) == [FakeEC2.subnet])
        let left = node.failures["describeSubnets"]?.count ?? 0
        node.run(for: .seconds(3600))
        #expect(left - (node.failures["describeSubnets"]?.count ?? 0) <= 180)
        #expect(node.violations == [])
    }

    /// Thousands of nodes that were told to come back within a minute would keep each other from being answered.
    @Test func aNodeOfALargeClusterWaitsLongerForTheSubnetsOnceItKnowsThem() {
        let configuration = EngineConfiguration.small(.secondary, .addresses(2)).with {
            $0.source = PoolSource(.discovered(own: FakeEC2.subnet, cluster: nil))
        }
        var node = SimulatedNode(configuration)
        node.ec2[.podsA] = FakeEC2.Subnet(
            block: IPv4CIDR(containing: IPv4Address(10, 2, 0, 0), prefixLength: 17), tags: [Self.role: "1"])
        node.ec2.fill(.podsA, leaving: 8_000)
        node.send(.started)
        node.add(pods: 0..<2)
        node.run(for: .seconds(3 * 3600))
        let refusal = CallFailure(code: "RequestLimitExceeded", message: "Request limit exceeded.")
        node.failures["describeSubnets"] = Array(repeating: refusal, count: 10_000)
        node.add(.pod(2))
        node.run(for: .seconds(3600))
        let tries = 10_000 - (node.failures["describeSubnets"]?.count ?? 0)
        #expect((10...50).contains(tries), "\(tries) calls in an hour")
        #expect(node.running.count == 3 && node.violations == [])
    }
}

extension SimulatedNode {
    /// The ENIs that the engine asked EC2 for, in order.
    var requestedENIs: [NewENI] {
        journal.compactMap { if case .eniRequested(let eni) = $0 { eni } else { nil } }
    }
}
