import Addressing
import CapacityPlanner
import ClusterSimulator
import Simulator
import Testing
import VPCModel

/// The formulas and the engine on a model of EC2, asked the same of a cluster to which nothing happens.
@Suite struct AgreementTests {
    @Test(arguments: pieces(of: 25, count: 12))
    func withoutChurnTheyAgreeInEveryAddress(seeds: ClosedRange<UInt64>) throws {
        for seed in seeds {
            let scenario = PlanScenario.random(seed: seed)
            let lived = try Lived(scenario, seed: seed)
            let steady = lived.plan.steady
            let run = try #require(lived.run)
            for subnet in scenario.subnets {
                let taken = lived.simulation.demand(of: subnet.id)
                #expect(taken == steady.demands[subnet.id], "seed \(seed), \(subnet.id)")
                #expect(taken.addresses == lived.simulation.vpc.taken(in: subnet.id), "seed \(seed), \(subnet.id)")
            }
            #expect(run.steady.podsWaiting == steady.unplacedPods, "seed \(seed)")
            #expect(lived.simulation.vpc.violations().isEmpty, "seed \(seed)")
        }
    }
}

extension VPCModel {
    /// Addresses that neither EC2 nor other tenants hold.
    func taken(in subnet: SubnetID) -> Int? {
        subnets[subnet].map { $0.block.count - 5 - $0.occupiedAddresses - $0.freeAddresses }
    }
}
