public import Addressing

extension CapacityPlan {
    /// The least that the peak of a subnet can be in a situation, whatever the order in which things happen.
    ///
    /// A cluster that came up had all its pods, and none that end or cool: at that moment it took what the formulas say of it
    /// without churn. In an event each node that was there before has at least what an empty one has: pods may be anywhere, pools
    /// never go below their targets, and those of DaemonSets run on every node. What comes on top depends on the order.
    ///
    /// - Returns: Nil for a subnet that is lost, that has no room for it, or beside which another could have been chosen.
    public func leastPeak(of subnet: SubnetID, in situation: Situation) -> AddressDemand? {
        guard let space = spaces[subnet], isOnlyOne(subnet), situation.demands[subnet] != nil else { return nil }
        var calm = scenario
        for index in calm.workloads.indices { calm.workloads[index].arrivalsPerSecond = 0 }
        if situation.event != nil { calm.workloads.removeAll { $0.size != .everyNode } }
        var nodes: [String: Int] = [:]
        for bin in Scheduling(scenario: scenario).fleet.bins { nodes[bin.kind.group, default: 0] += bin.nodes }
        let fleet = Scheduling(scenario: calm).fleet(of: nodes)
        let placement = Placement(
            calm, fleet, subnets: scenario.subnets, spaces: spaces,
            controlPlaneENIs: situation.event == nil ? scenario.controlPlane.enis : 0)
        guard let demand = placement.demands[subnet], space.holds(demand) else { return nil }
        return demand
    }

    /// Whether ENIs that lie in the subnet could lie in no other.
    public func isOnlyOne(_ id: SubnetID) -> Bool {
        guard let subnet = scenario.subnets.first(where: { $0.id == id }) else { return false }
        let others = scenario.subnets.filter { $0.zone == subnet.zone && $0.id != id }
        return scenario.networking.isCustom ? !others.contains { $0.purpose == subnet.purpose } : others.isEmpty
    }
}
