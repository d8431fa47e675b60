import Addressing
import NodePorts
import NodePortsTesting
import PodNetwork
import SimulatedHost
import Testing

/// IPv6 pods of a simulated VPC, on the kernel in memory.
@Suite(.timeLimit(.minutes(1))) struct IPv6Tests {
    @Test func podsOfTwoNodesReachEachOtherOverIPv6() async throws {
        let story = try PodStory()
        var pods: [(namespace: InMemoryKernel.NamespaceID, address: IPAddress)] = []
        for node in 0..<2 {
            let eni = try await story.primary(node)
            let address = IPAddress.v6(try await story.clouds[node].ec2.assignIPv6Prefix(eni.id)[7])
            pods.append((try story.pod("pod\(node)", on: node, eni, [address]), address))
        }
        story.expectAnswer(from: pods[0].namespace, to: pods[1].address)
        story.expectAnswer(from: pods[1].namespace, to: pods[0].address)
        story.expectAnswer(from: story.nodes[0], to: pods[0].address)
        story.expectAnswer(from: story.nodes[0], to: pods[1].address)
    }

    /// Network cards and device indices of the first node's pod.
    @Test(arguments: [(0, 0), (0, 1), (1, 0), (1, 1)]) func podsOfBothFamiliesReachEachOtherFromAnyENI(card: Int, deviceIndex: Int)
        async throws
    {
        let story = try PodStory(type: "p4d.24xlarge")
        var enis = [try await story.primary(0), try await story.primary(1)]
        if (card, deviceIndex) != (0, 0) { enis[0] = try await story.further(0, card: card, deviceIndex: deviceIndex) }
        var pods: [(namespace: InMemoryKernel.NamespaceID, addresses: [IPAddress])] = []
        for (node, eni) in enis.enumerated() {
            let ec2 = story.clouds[node].ec2
            let ipv4 = try #require(try await ec2.assignAddresses(eni.id, 1).first)
            var prefix = eni.ipv6Prefixes.first
            if prefix == nil { prefix = try await ec2.assignIPv6Prefix(eni.id) }
            let addresses: [IPAddress] = [.v4(ipv4), .v6(try #require(prefix)[1])]
            pods.append((try story.pod("pod\(node)", on: node, eni, addresses), addresses))
        }
        for (from, to) in [(0, 1), (1, 0)] {
            for address in pods[to].addresses { story.expectAnswer(from: pods[from].namespace, to: address) }
        }
    }

    @Test func aPodThatLeavesByAnotherENIThanItsPrefixsIsCutOff() async throws {
        let story = try PodStory()
        let (primary, second, other) = (
            try await story.primary(0), try await story.further(0, deviceIndex: 1), try await story.primary(1)
        )
        let address = try #require(second.ipv6Prefixes.first)[3]
        let far = try await story.clouds[1].ec2.assignIPv6Prefix(other.id)[3]
        _ = try story.pod("far", on: 1, other, [.v6(far)])
        // Wired as if the prefix were the primary ENI's.
        let pod = try story.pod("astray", on: 0, primary, [.v6(address)])
        #expect(!story.kernel.ping(from: pod, to: .v6(far)).isAnswered)
    }

    @Test func aPrefixThatTheENIDoesNotHaveIsNotReached() async throws {
        let story = try PodStory()
        let (eni, other) = (try await story.primary(0), try await story.primary(1))
        let prefix = try await story.clouds[0].ec2.assignIPv6Prefix(eni.id)
        let far = try await story.clouds[1].ec2.assignIPv6Prefix(other.id)[3]
        let pod = try story.pod("far", on: 1, other, [.v6(far)])
        let stolen = try #require(PodStory.subnets[0].ipv6Block)[0x7777 << 48 | 1]
        #expect(!prefix.contains(stolen))
        let thief = try story.pod("thief", on: 0, eni, [.v6(stolen)])
        #expect(!story.kernel.ping(from: pod, to: .v6(stolen)).isAnswered)
        #expect(!story.kernel.ping(from: thief, to: .v6(far)).isAnswered)
    }

    @Test func theFirstENIOfAnotherCardIsNotAPrimaryOne() async throws {
        let story = try PodStory(type: "p4d.24xlarge")
        let (before, routed) = (try story.open(story.nodes[0]).addresses(), try objects(story))
        let ec2 = story.clouds[0].ec2
        let request = ENIRequest(subnet: PodStory.subnets[0].id, securityGroups: [], clientToken: "one", content: .addresses(0))
        let eni = try await ec2.createENI(request)
        _ = try await ec2.attachENI(eni.id, 1, 0)
        let node = try story.open(story.nodes[0])
        #expect(try node.link(named: SimulatedHost.nodeLink(card: 1, deviceIndex: 0))?.isUp == false)
        #expect(try node.addresses() == before, "the daemon sets it up, not the operating system")
        // The fabric has its link, the gateway on it with its route, and the way to the ENI's address.
        let gained = try objects(story).subtracting(routed)
        #expect(gained.count == 4, "\(gained)")
    }

    @Test func aDetachedENILeavesNothingInTheFabric() async throws {
        let story = try PodStory()
        let before = try objects(story)
        let eni = try await story.further(0, deviceIndex: 1)
        #expect(try objects(story) != before)
        try await story.clouds[0].ec2.detachENI(eni.id)
        #expect(try objects(story) == before)
    }

    @Test func theFabricHasGatewaysOfBothFamiliesAndSubnetsTheirTags() async throws {
        let story = try PodStory()
        story.expectAnswer(from: story.nodes[0], to: .v4(PodStory.subnets[0].block[1]))
        let gateway = IPAddress.v6(ENINetworkPlan.gatewayIPv6)
        let ports = try story.open(story.fabric).addresses().filter { $0.address == gateway }
        #expect(ports.count == 2)
        let described = try await story.clouds[0].ec2.describeSubnets()
        #expect(described.map(\.tags) == PodStory.subnets.map(\.tags) && described.map(\.ipv6Block) == PodStory.subnets.map(\.ipv6Block))
    }

    /// Everything in the fabric, in the words of `ip`.
    private func objects(_ story: PodStory) throws -> Set<String> {
        let fabric = try story.open(story.fabric)
        return Set(try fabric.links().map(\.name.rawValue)).union(try fabric.addresses().map { "\($0)" })
            .union(try fabric.routes().map { "\($0)" }).union(try fabric.rules().map { "\($0)" })
            .union(try fabric.neighbours().map { "\($0)" })
    }
}
