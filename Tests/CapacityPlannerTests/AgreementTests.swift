import CapacityPlanner
import IPAMEngine
import InstanceTypes
import Simulator
import Testing
import Timeline
import VPCModel

/// A plan and the daemon's engine on a model of EC2, asked the same.
@Suite struct AgreementTests {
    private static let nodes = 4
    private static let subnet = PlanScenario.Subnet.test("subnet-0a", .test(0, 18))

    /// Pods that come at once, as evenly over nodes as a plan has them, and stay.
    private func simulated(
        _ addressing: EngineConfiguration.Addressing, _ targets: WarmTargets, pods: Int, podsMax: Int
    ) throws -> PoolUse {
        let scenario = Scenario(
            seed: 1, nodes: Self.nodes, subnet: Self.subnet.block, addressing: addressing, targets: targets,
            limits: NodeLimits(enis: 3, slotsPerENI: 9, maxPods: podsMax), budget: .seconds(60),
            churn: Scenario.Churn(arrivalInterval: nil, burstInterval: nil, garbageInterval: nil), duration: .seconds(600), auditInterval: 0
        )
        let traced = (0..<pods).map { number in
            TracedPod(
                number: number, node: number % Self.nodes, begin: Instant(nanoseconds: 120_000_000_000),
                end: Instant(nanoseconds: 1_000_000_000_000))
        }
        return try Simulation<IPAMEngine>.follow(traced, in: scenario)
    }

    @Test(
        arguments: [EngineConfiguration.Addressing.secondary, .prefix],
        [
            WarmTargets(), WarmTargets(enis: 0, prefixes: 0), WarmTargets(enis: 2, prefixes: 3), .addresses(1), .addresses(2, minimum: 5),
            .addresses(7, minimum: 20),
        ])
    func withoutChurnTheyAgreeExactly(addressing: EngineConfiguration.Addressing, targets: WarmTargets) throws {
        let podsMax = addressing == .prefix ? 110 : 29
        for pods in [0, 1, 7, 36, 37, 101] {
            let plan = CapacityPlan(
                PlanScenario(
                    subnets: [Self.subnet], networking: .init(addressing: addressing, targets: targets),
                    nodeGroups: [.test("m5.large", nodes: Self.nodes, podsMax: podsMax)], workloads: [.pods(pods)]))
            let use = try simulated(addressing, targets, pods: pods, podsMax: podsMax)
            #expect(use.report.violations.isEmpty && use.report.served == pods && plan.steady.pods == pods)
            #expect(plan.steady.total.addresses == use.takenAtEnd, "\(pods) pods")
            #expect(plan.steady.total.enis - Self.nodes == use.report.calls[.createNetworkInterface, default: 0], "\(pods) pods")
        }
    }
}
