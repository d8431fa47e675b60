import Addressing
import IPAMEngine
import Simulator
import Testing
import Timeline

@Suite struct CoverageTests {
    @Test(arguments: Fault.allCases) func everyFaultComesUponEveryStateOfANode(fault: Fault) throws {
        var missing = Set(NodeState.allCases)
        var injected = 0
        for seed in UInt64(1)...300 where !missing.isEmpty {
            let report = try Simulation<IPAMEngine>.run(.tidal(seed: seed, fault))
            injected += report.faults[fault, default: 0]
            missing.subtract(report.coverage.keys.filter { $0.fault == fault }.map(\.state))
        }
        #expect(injected > 0)
        #expect(missing == [], "\(fault.rawValue) came \(injected) times")
    }
}

extension Scenario {
    /// Pods that come in bursts and go soon, so that the pool grows and shrinks all the time; daemons that often begin again.
    static func tidal(seed: UInt64, _ fault: Fault) -> Scenario {
        var faults = FaultRates([.crash: 0.3, .lostAnswer: 0.1])
        faults.shares[fault] = 0.4
        return Scenario(
            seed: seed, nodes: 2, subnet: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 24),
            targets: WarmTargets(addresses: 1), limits: NodeLimits(enis: 3, slotsPerENI: 5, maxPods: 14), cooldown: .seconds(5),
            budget: .seconds(15),
            churn: Churn(
                arrivalInterval: .seconds(4), lifetime: .seconds(8), burstInterval: .seconds(100), burstSize: 14,
                garbageInterval: .seconds(10)),
            readsMetadata: true, faults: faults, duration: .seconds(900), auditInterval: 0)
    }
}
