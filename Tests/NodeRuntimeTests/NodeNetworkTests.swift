import Addressing
import Logging
import NodePorts
import NodePortsTesting
import NodeRuntime
import PodNetwork
import Synchronization
import Testing

@Suite struct NodeNetworkTests {
    private let kernel = InMemoryKernel(hostName: "node")
    private let ec2 = SmallEC2(addresses: 1)

    init() throws {
        let fabric = kernel.createNamespace(named: "vpc")
        try kernel.plug(
            InMemoryKernel.Port(kernel.host, LinkName(literal: "ens5"), mac: ec2.primary.mac),
            InMemoryKernel.Port(fabric, LinkName(literal: "f0"), mac: .derived(from: "fabric")))
    }

    @Test func theNetworkIsMadeFromThePrimaryENIAndTheVPCsBlocks() async throws {
        let network = network()
        #expect(await network.refresh())
        let plan = try #require(network.plan)
        #expect(plan.firewall.uplink == LinkName(literal: "ens5"))
        #expect(plan.firewall.translation?.address == IPv4Address(10, 0, 32, 10))
        #expect(plan.firewall.translation?.untranslated.map(\.description) == ["10.0.0.0/16"])
        let host = try kernel.kernel(for: kernel.host).openHost()
        #expect(try host.missing(plan.rules.map(KernelObject.rule)) == [])
        #expect(try host.unmet(plan.sysctls) == [])
        #expect(try host.sysctl("ipv4/conf/ens5/rp_filter") == "2")
        #expect(try kernel.firewall(for: kernel.host).isInPlace(plan.firewall))
        #expect(try network.drift() == [])
    }

    @Test func blocksThatTheVPCGainsArePutIntoTheFirewall() async throws {
        let network = network()
        #expect(await network.refresh())
        ec2.associate(IPv4CIDR(containing: IPv4Address(100, 64, 0, 0), prefixLength: 16))
        #expect(await network.refresh())
        let firewall = try #require(network.plan).firewall
        #expect(firewall.translation?.untranslated.map(\.description) == ["10.0.0.0/16", "100.64.0.0/16"])
        #expect(try kernel.firewall(for: kernel.host).isInPlace(firewall))
    }

    @Test func aPolicyThatWantsLessTakesTheRulesOfTheEarlierOneAway() async throws {
        var policy = NodeNetworkPolicy()
        policy.externalServices = [IPv4CIDR(containing: IPv4Address(192, 0, 2, 0), prefixLength: 24)]
        #expect(await network(policy).refresh())
        let host = try kernel.kernel(for: kernel.host).openHost()
        let foreign = Rule(
            priority: 1535, family: .v4, to: .v4(IPv4CIDR(containing: IPv4Address(198, 51, 100, 0), prefixLength: 24)), table: .main,
            origin: .administrator)
        try host.ensure([.rule(foreign)])
        #expect(try host.rules().count { $0.priority == 1535 } == 2)
        #expect(await network().refresh())
        #expect(try host.rules().filter { $0.priority == 1535 } == [foreign])
    }

    @Test func aRuleThatTheIncumbentMadeServesAsOurs() async throws {
        let host = try kernel.kernel(for: kernel.host).openHost()
        let theirs = Rule(
            priority: 1024, family: .v4, mark: Rule.Mark(value: 0x80, mask: 0x80), table: .main, origin: .administrator)
        try host.ensure([.rule(theirs)])
        let network = network()
        #expect(await network.refresh())
        #expect(try network.drift() == [])
        #expect(try host.rules().filter { $0.priority == 1024 } == [theirs])
    }

    @Test func aPodThatIsThereCannotGiveTheNodeARoute() async throws {
        let (pod, link) = (kernel.createNamespace(named: "pod"), LinkName(literal: "eni4f2a9c1d0e7"))
        let descriptors = try kernel.openDescriptors(of: pod)
        let veth = VethPair(
            name: link, mac: .derived(from: "host"), peerName: LinkName(literal: "eth0"), peerMAC: .derived(from: "pod"), mtuBytes: 9001)
        let host = try kernel.kernel(for: kernel.host).openHost()
        try host.ensure([.veth(veth)], sandboxNetns: descriptors.netns)
        #expect(try host.sysctl("ipv6/conf/\(link)/accept_ra") == "1")
        #expect(await network().refresh())
        #expect(try host.sysctl("ipv6/conf/\(link)/accept_ra") == "0")
        #expect(try host.sysctl("ipv6/conf/default/accept_ra") == "0")
        kernel.close(descriptors)
    }

    @Test func everyDamageIsToldAndMended() async throws {
        let network = network()
        #expect(await network.refresh())
        let host = try kernel.kernel(for: kernel.host).openHost()
        let rules = try #require(network.plan).rules.map(KernelObject.rule)
        _ = try host.remove(rules)
        _ = try host.perform([.setSysctl("ipv4/ip_forward", "0")], sandboxNetns: nil)
        kernel.flushFirewall(in: kernel.host)
        let damage = [
            "sysctl net/ipv4/ip_forward = 1", "rule priority 1024 fwmark 0x80/0x80 lookup main", "nft table inet berth",
        ]
        #expect(try network.drift().map(\.object) == damage)
        #expect(try network.repair().map(\.object) == damage)
        #expect(try network.drift() == [])
        #expect(try network.repair() == [])
    }

    @Test(.timeLimit(.minutes(1))) func damageToTheFirewallIsMendedWhenItHappens() async throws {
        let network = network()
        #expect(await network.refresh())
        let (mended, report) = AsyncStream<String>.makeStream()
        network.observe { _, drift in
            for drift in drift { report.yield(drift.object) }
        }
        // Nothing is looked at but for the change: the first pause never ends.
        let running = Task { await network.run { _ in try await Task.sleep(for: .seconds(3600)) } }
        defer { running.cancel() }
        // Until it listens, changes go unheard.
        let agent = Task {
            while !Task.isCancelled {
                kernel.flushFirewall(in: kernel.host)
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        #expect(await mended.first { _ in true } == "nft table inet berth")
        agent.cancel()
        _ = await agent.result
    }

    @Test func beforeTheFirstTimeNothingDiffers() throws {
        #expect(try network().drift() == [])
        #expect(try network().repair() == [])
    }

    @Test func whereEC2DoesNotAnswerItIsTriedAgainSoonAndThenEveryMinute() async {
        ec2.fail(with: EC2Failure(code: "RequestLimitExceeded", message: "Request limit exceeded."))
        let (network, ec2) = (network(), ec2)
        let pauses = Mutex<[Duration]>([])
        #expect(await !network.refresh())
        await network.run { pause in
            let count = pauses.withLock { pauses in
                pauses.append(pause)
                return pauses.count
            }
            if count == 9 { ec2.fail(with: nil) }
            if count == 11 { throw CancellationError() }
        }
        #expect(pauses.withLock { $0 } == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60].map { .seconds($0) })
        #expect(network.plan != nil)
    }

    @Test func withoutALinkOfThePrimaryENINothingIsMade() async throws {
        kernel.unplug(LinkName(literal: "ens5"), from: kernel.host)
        #expect(await !network().refresh())
        let rules = try kernel.kernel(for: kernel.host).openHost().rules()
        #expect(!rules.contains { $0.priority == 1024 })
    }

    private func network(_ policy: NodeNetworkPolicy = NodeNetworkPolicy()) -> NodeNetwork {
        NodeNetwork(
            policy, kernel: kernel.kernel(for: kernel.host), firewall: kernel.firewall(for: kernel.host), ec2: ec2.port,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}
