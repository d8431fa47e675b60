import CapacityPlanner
import IPAMEngine
import InstanceTypes
import Testing

/// What nodes draw: formulas 12 to 21, through the engine's own arithmetic, against published figures.
@Suite struct NodeDrawTests {
    private func draw(
        _ type: String, _ addressing: EngineConfiguration.Addressing = .secondary, _ targets: WarmTargets = WarmTargets(), pods: Int,
        custom: Bool = false, podsMax: Int? = nil
    ) throws -> NodeDraw {
        let scenario = PlanScenario(
            subnets: [.test("subnet-0a", .test(0, 16))],
            networking: .init(addressing: addressing, isCustom: custom, targets: targets),
            nodeGroups: [.test(type, nodes: 1, podsMax: podsMax)],
            workloads: [.pods(pods)])
        return try #require(CapacityPlan(scenario).nodeKinds.first?.kind.draw(pods: pods))
    }

    /// Prefixes, or addresses, besides the ENIs' own: the tables of the VPC CNI's documents.
    @Test(
        arguments: [
            ("t3.small", .secondary, WarmTargets.addresses(1, minimum: 1), 5, 6, 2),
            ("t3.small", .secondary, .addresses(2, minimum: 5), 0, 5, 2),
            ("t3.small", .secondary, .addresses(2, minimum: 5), 5, 7, 3),
            ("p3dn.24xlarge", .secondary, .addresses(5, minimum: 10), 7, 12, 1),
            ("p3dn.24xlarge", .secondary, .addresses(5, minimum: 10), 45, 50, 2), ("t3.small", .prefix, WarmTargets(), 0, 1, 1),
            ("t3.small", .prefix, WarmTargets(), 5, 2, 1), ("t3.small", .prefix, WarmTargets(), 16, 2, 1),
            ("t3.small", .prefix, WarmTargets(), 17, 3, 1),
            ("t3.small", .prefix, WarmTargets(), 58, 5, 2), ("t3.small", .prefix, .addresses(1, minimum: 1), 58, 4, 2),
            ("t3.small", .prefix, .addresses(7, minimum: 20), 17, 2, 1), ("t3.small", .prefix, .addresses(7, minimum: 20), 58, 5, 2),
        ] as [(String, EngineConfiguration.Addressing, WarmTargets, Int, Int, Int)])
    func aNodeDrawsWhatThePublishedTablesSay(
        type: String, addressing: EngineConfiguration.Addressing, targets: WarmTargets, pods: Int, held: Int, enis: Int
    ) throws {
        let draw = try draw(type, addressing, targets, pods: pods)
        #expect(draw.enis == enis && draw.total.singles - draw.enis + draw.total.blocks == held, "\(draw.total)")
    }

    /// The worked examples of AWS's guides.
    @Test(
        arguments: [
            ("m5.8xlarge", .secondary, WarmTargets(), 10, 60), ("m5.16xlarge", .secondary, WarmTargets(), 10, 100),
            ("m5.xlarge", .secondary, WarmTargets(), 20, 45), ("m5.xlarge", .secondary, .addresses(5, minimum: 10), 20, 27),
            ("m5.xlarge", .prefix, WarmTargets(), 20, 49), ("m5.xlarge", .prefix, .addresses(5, minimum: 10), 20, 33),
            ("c5.large", .secondary, WarmTargets(), 1, 20), ("c5.large", .secondary, WarmTargets(), 0, 10),
        ] as [(String, EngineConfiguration.Addressing, WarmTargets, Int, Int)])
    func aNodeTakesSoManyAddressesOfItsSubnet(
        type: String, addressing: EngineConfiguration.Addressing, targets: WarmTargets, pods: Int, addresses: Int
    ) throws {
        #expect(try draw(type, addressing, targets, pods: pods).total.addresses == addresses)
    }

    /// Formula 21.
    @Test(arguments: 1...3, 1...40) func wholeENIsKeepFromOneToTwoOfThemWarm(warmENIs: Int, pods: Int) throws {
        let draw = try draw("m5.4xlarge", .secondary, WarmTargets(enis: warmENIs), pods: pods, podsMax: 234)
        #expect((warmENIs * 29...(warmENIs + 1) * 29 - 1).contains(draw.waste) && draw.waste == draw.warm)
    }

    @Test func withCustomNetworkingThePrimaryENITakesOneAddressAndNoPod() throws {
        let draw = try draw("m5.large", pods: 5, custom: true)
        #expect(draw.primary == AddressDemand(singles: 1, enis: 1))
        #expect(draw.further == Array(repeating: AddressDemand(singles: 10, enis: 1), count: 2))
    }

    @Test func aNodeOfIPv6TakesOneIPv4Address() throws {
        #expect(try draw("m5.large", .ipv6, pods: 90).total == AddressDemand(singles: 1, enis: 1))
    }

    @Test func theKubeletsLimitBoundsThePool() throws {
        let plan = CapacityPlan(
            PlanScenario(subnets: [.test("subnet-0a", .test(0, 20))], nodeGroups: [.test("m5.4xlarge", nodes: 1, podsMax: 20)]))
        #expect(try #require(plan.nodeKinds.first?.kind.draw(pods: 18)).total.addresses == 21)
    }
}
