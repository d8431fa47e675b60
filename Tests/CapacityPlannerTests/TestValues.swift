import Addressing
import CapacityPlanner
import IPAMEngine
import InstanceTypes

extension PlanScenario.Subnet {
    static func test(
        _ id: String, _ block: IPv4CIDR, zone: String = "zone-a", purpose: Purpose = .nodes, used: Used = .count(0),
        reservations: [PlanScenario.Reservation] = []
    ) -> Self {
        Self(id: SubnetID(unchecked: id), zone: zone, block: block, purpose: purpose, used: used, reservations: reservations)
    }
}

extension IPv4CIDR {
    /// `10.number.0.0` with that length.
    static func test(_ number: UInt8, _ length: Int) -> IPv4CIDR {
        IPv4CIDR(containing: IPv4Address(10, number, 0, 0), prefixLength: length)
    }
}

extension InstanceType {
    /// A type of the table; the tests name those that are in it.
    static func of(_ name: String) -> InstanceType {
        named(name) ?? InstanceType(name: "missing-\(name)", cards: [1], ipv4PerENI: 1)
    }
}

extension PlanScenario.NodeGroup {
    static func test(
        _ types: String..., nodes: Int, most: Int? = nil, zones: [String] = ["zone-a"], surge: PlanScenario.Share = .count(1),
        podsMax: Int? = nil, name: String = "general"
    ) -> Self {
        Self(
            name: name, types: types.map { Weighted(.of($0)) }, desired: nodes, most: most ?? nodes, zones: zones, surge: surge,
            podsMax: podsMax)
    }
}

extension PlanScenario.Workload {
    static func pods(_ count: Int, _ name: String = "web", zones: Set<String> = []) -> Self {
        Self(name: name, size: .pods(count), zones: zones)
    }
}

extension WarmTargets {
    static func addresses(_ warm: Int, minimum: Int? = nil) -> WarmTargets { WarmTargets(addresses: warm, minimumAddresses: minimum) }
}
