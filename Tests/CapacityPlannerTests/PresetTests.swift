import CapacityPlanner
import IPAMEngine
import Testing

/// Nodes of peers: formula 23, by hand.
@Suite struct PresetTests {
    private func draw(
        _ type: String, _ preset: PlanScenario.Preset, _ addressing: EngineConfiguration.Addressing = .secondary, pods: Int,
        custom: Bool = false
    ) throws -> NodeDraw {
        let scenario = PlanScenario(
            subnets: [.test("subnet-0a", .test(0, 16))], networking: .init(addressing: addressing, isCustom: custom, preset: preset),
            nodeGroups: [.test(type, nodes: 1)])
        return try #require(CapacityPlan(scenario).nodeKinds.first?.kind.draw(pods: pods))
    }

    /// max(min, used + pre) + above; an m5.xlarge has four ENIs with 14 addresses besides their own.
    @Test(
        arguments: [
            (.init(), .secondary, 0, 8 + 1, 1), (.init(), .secondary, 20, 28 + 2, 2), (.init(), .secondary, 21, 29 + 3, 3),
            (.init(minAllocate: 30), .secondary, 5, 30 + 3, 3), (.init(maxAboveWatermark: 4), .secondary, 20, 32 + 3, 3),
            (.init(preAllocate: 0), .secondary, 20, 20 + 2, 2), (.init(), .secondary, 56, 56 + 4, 4),
            (.init(), .prefix, 20, 2 * 16 + 1, 1), (.init(), .prefix, 25, 3 * 16 + 1, 1),
        ] as [(PlanScenario.Cilium, EngineConfiguration.Addressing, Int, Int, Int)])
    func ciliumKeepsItsWatermarks(
        cilium: PlanScenario.Cilium, addressing: EngineConfiguration.Addressing, pods: Int, addresses: Int, enis: Int
    ) throws {
        let draw = try draw("m5.xlarge", .cilium(cilium), addressing, pods: pods)
        #expect(draw.total.addresses == addresses && draw.enis == enis && draw.unserved == 0)
        #expect(draw.warm == addresses - enis - pods)
    }

    @Test func podsBeyondAllSlotsHaveNoAddressWithAPeerEither() throws {
        let draw = try draw("m5.xlarge", .cilium(.init()), pods: 60)
        #expect(draw.unserved == 4 && draw.warm == 0)
    }

    @Test func withCustomNetworkingAPeersPrimaryENICarriesNoPod() throws {
        let draw = try draw("m5.xlarge", .cilium(.init()), pods: 20, custom: true)
        #expect(draw.primary == AddressDemand(singles: 1, enis: 1) && draw.further.map(\.singles) == [15, 15])
    }

    /// 16 · ⌈½ + p/16⌉ in all, ENIs' own addresses among them; an m5.4xlarge has eight ENIs with 29 besides their own.
    @Test(arguments: [(0, 16, 1), (8, 16, 1), (9, 32, 2), (20, 32, 2), (24, 32, 2), (25, 48, 2), (100, 112, 4)])
    func azureTakesWholeBatches(pods: Int, addresses: Int, enis: Int) throws {
        let draw = try draw("m5.4xlarge", .azure(.init()), pods: pods)
        #expect(draw.total.addresses == addresses && draw.enis == enis && draw.unserved == 0)
    }

    /// Formula 15 with one prefix to spare, and the VPC CNI by its own settings.
    @Test func autoModeAndTheVPCCNIFollowTheSameFormulas() throws {
        #expect(try draw("m5.xlarge", .autoMode, .prefix, pods: 20).total.addresses == 49)
        #expect(try draw("m5.xlarge", .vpcCNI, pods: 20).total.addresses == 45)
        for preset in [PlanScenario.Preset.vpcCNI, .autoMode, .cilium(.init()), .azure(.init())] {
            #expect(!PlanScenario.Networking(preset: preset).runsBerthsEngine)
        }
        #expect(PlanScenario.Networking().runsBerthsEngine)
    }

    @Test func missingBlocksAreAWarningWherePeersFallBackToSingleAddresses() {
        func gravities(_ preset: PlanScenario.Preset) -> [Finding.Gravity] {
            let scenario = PlanScenario(
                subnets: [.test("subnet-0a", .test(0, 20), used: .count(1500))],
                networking: .init(addressing: .prefix, preset: preset), nodeGroups: [.test("m5.large", nodes: 20)])
            return CapacityPlan(scenario).findings.map(\.gravity)
        }
        #expect(gravities(.autoMode) == [.warning] && gravities(.vpcCNI) == [.fault])
    }

    @Test func whatBerthWouldSaveIsAdvice() {
        let scenario = PlanScenario(
            subnets: [.test("subnet-0a", .test(0, 20))],
            networking: .init(targets: .addresses(1), preset: .cilium(.init(preAllocate: 32))),
            nodeGroups: [.test("m5.4xlarge", nodes: 10)], workloads: [.pods(100)])
        let advice = Advice.all(for: CapacityPlan(scenario))
        // Ten pods, 32 to spare and two ENIs; one to spare and one ENI.
        #expect(advice.first { $0.change == .ownEngine }?.gain == 10 * (44 - 12))
        #expect(!advice.contains { if case .warmAddresses = $0.change { true } else { false } })
    }
}
