import Addressing
import CapacityPlanner
import ClusterSimulator
import IPAMEngine
import InstanceTypes
import Simulator
import VPCModel

extension SubnetID {
    static func test(_ zone: Int, _ purpose: PlanScenario.Subnet.Purpose = .nodes) -> SubnetID {
        SubnetID(unchecked: "subnet-\(zone)\(purpose == .nodes ? "0" : "a")")
    }
}

extension PlanScenario.Subnet {
    /// `10.zone.0.0` for nodes, `100.zone.0.0` for pods.
    static func test(
        _ zone: Int, _ length: Int = 20, _ purpose: Purpose = .nodes, hasIPv6: Bool = false, used: Used = .count(0),
        reservations: [PlanScenario.Reservation] = []
    ) -> Self {
        Self(
            id: .test(zone, purpose), zone: "zone-\(zone)",
            block: IPv4CIDR(containing: IPv4Address(purpose == .nodes ? 10 : 100, UInt8(zone), 0, 0), prefixLength: length),
            hasIPv6: hasIPv6, purpose: purpose, used: used, reservations: reservations)
    }
}

extension PlanScenario.NodeGroup {
    static func test(
        _ name: String = "general", _ types: [String] = ["m5.large"], nodes: Int, most: Int? = nil, zones: Int = 1, podsMax: Int? = nil,
        lifetime: Duration? = nil
    ) -> Self {
        Self(
            name: name, types: types.compactMap(InstanceType.named).map { Weighted($0) }, desired: nodes, most: most ?? nodes,
            zones: (0..<zones).map { "zone-\($0)" }, podsMax: podsMax, lifetime: lifetime)
    }
}

extension PlanScenario.Workload {
    static func test(_ name: String, _ pods: Int, arrivals: Double = 0) -> Self {
        Self(name: name, size: .pods(pods), arrivalsPerSecond: arrivals)
    }
}

/// A run and the cluster that it leaves behind.
struct Lived {
    let plan: CapacityPlan
    let simulation: ClusterSimulation<IPAMEngine>
    let run: SimulatedPlan.Run?

    init(_ scenario: PlanScenario, seed: UInt64 = 1, churn: Duration = .seconds(600), settle: Duration = .seconds(300)) throws {
        plan = CapacityPlan(scenario)
        var simulation = try ClusterSimulation<IPAMEngine>(
            scenario, seed: seed, options: SimulationOptions(churnTime: churn, settleTime: settle))
        run = simulation.run(seed: seed, SimulationWatch())
        self.simulation = simulation
    }
}

/// So many runs of seeds that follow each other, from 0 on.
func pieces(of size: UInt64, count: UInt64) -> [ClosedRange<UInt64>] {
    (0..<count).map { piece in piece * size...piece * size + size - 1 }
}
