import Addressing
import IPAMEngine
import Simulator

extension Scenario {
    /// Thirty nodes with twenty pods each on average, which come and go at random, with addresses for
    /// as many again that cool; nothing fails.
    static func steady(_ addressing: EngineConfiguration.Addressing, seconds: Int) -> Scenario {
        Scenario(
            seed: 1, nodes: 30, subnet: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 18), addressing: addressing,
            targets: WarmTargets(), limits: NodeLimits(enis: 4, slotsPerENI: 29, maxPods: 110),
            churn: Scenario.Churn(arrivalInterval: .seconds(1), lifetime: .seconds(20), burstInterval: nil, garbageInterval: nil),
            duration: .seconds(seconds), auditInterval: 0)
    }
}
