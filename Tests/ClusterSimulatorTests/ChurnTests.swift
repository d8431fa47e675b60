import CapacityPlanner
import ClusterSimulator
import IPAMEngine
import Simulator
import Testing
import VPCModel

@Suite struct ChurnTests {
    /// With pods that come and go, and everything that can happen.
    private static func restless(seed: UInt64) -> PlanScenario {
        var scenario = PlanScenario.random(seed: seed)
        for index in scenario.workloads.indices where scenario.workloads[index].size != .everyNode {
            scenario.workloads[index].arrivalsPerSecond = 0.02 * Double(1 + seed % 5)
        }
        let group = scenario.nodeGroups[0].name
        scenario.events = [
            .rollingUpdate(workload: "web-0"), .nodeUpgrade(group: group), .blueGreen(group: group), .scaleOut(group: group, nodes: 2),
            .clusterUpgrade, .outage(.seconds(120)),
        ]
        if Set(scenario.subnets.map(\.zone)).count > 1 { scenario.events.append(.zoneLoss(zone: "zone-1")) }
        return scenario
    }

    @Test(arguments: pieces(of: 4, count: 6))
    func noPeakIsUnderTheLowerBound(seeds: ClosedRange<UInt64>) throws {
        for seed in seeds {
            let scenario = Self.restless(seed: seed)
            let lived = try Lived(scenario, seed: seed)
            let run = try #require(lived.run)
            var compared = 0
            for (phase, situation) in zip([run.steady] + run.events, lived.plan.situations) {
                for subnet in scenario.subnets {
                    guard let least = lived.plan.leastPeak(of: subnet.id, in: situation) else { continue }
                    compared += 1
                    let peak = try #require(phase.peaks[subnet.id])
                    #expect(peak.addresses >= least.addresses, "seed \(seed), \(situation.name), \(subnet.id)")
                }
            }
            #expect(compared > 0)
            #expect(lived.simulation.vpc.violations().isEmpty, "seed \(seed)")
        }
    }

    @Test func theSameSeedGivesTheSameRunAndAnotherDoesNot() throws {
        let scenario = Self.restless(seed: 3)
        let first = try SimulatedPlan.run(scenario, seeds: [1])
        #expect(try SimulatedPlan.run(scenario, seeds: [1]) == first)
        #expect(try SimulatedPlan.run(scenario, seeds: [2])?.runs.first?.steady != first?.runs.first?.steady)
    }

    @Test func nodesThatLiveForAWhileAreReplaced() throws {
        let scenario = PlanScenario(
            subnets: [.test(0)], nodeGroups: [.test(nodes: 4, lifetime: .seconds(600))], workloads: [.test("web", 40)])
        let lived = try Lived(scenario, churn: .seconds(3600))
        #expect(lived.simulation.nodesEver > 10)
        #expect(lived.simulation.nodeCount >= 4)
        #expect(lived.simulation.vpc.violations().isEmpty)
        #expect(lived.simulation.vpc.instances.count == lived.simulation.nodeCount)
    }
}
