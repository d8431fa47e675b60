/// Nodes of one kind in one zone, before any pod.
package struct PlannedNodes: Hashable, Sendable {
    package let kind: NodeKind
    package let zone: String
    package let count: Int
}

extension PlanScenario {
    /// The nodes that the cluster comes to have: those that are desired, and more where pods would find no node.
    ///
    /// In the order in which the plan's formulas place pods on equally full ones.
    ///
    /// - Parameter lostZones: Zones in which no node can be.
    package func plannedNodes(lostZones: Set<String> = []) -> [PlannedNodes] {
        let scheduling = Scheduling(scenario: self, lostZones: lostZones)
        let fleet = scheduling.fleet
        var counts: [String: Int] = [:]
        for bin in fleet.bins { counts[bin.kind.group, default: 0] += bin.nodes }
        return PlannedNodes.all(Fleet(self, nodes: counts, zones: scheduling.zones))
    }

    /// So many nodes of one group, spread over its zones and types.
    package func nodes(_ count: Int, of group: NodeGroup, lostZones: Set<String> = []) -> [PlannedNodes] {
        var one = self
        one.nodeGroups = [group]
        return PlannedNodes.all(Fleet(one, nodes: [group.name: count], zones: Scheduling(scenario: self, lostZones: lostZones).zones))
    }

    /// Pods of the workload on an otherwise empty node of the group.
    package func podsPerNode(_ workload: Workload, on group: NodeGroup) -> Int {
        Scheduling(scenario: self).podsPerNode(workload, on: group)
    }
}

extension PlannedNodes {
    fileprivate static func all(_ fleet: Fleet) -> [PlannedNodes] {
        fleet.bins.map { PlannedNodes(kind: $0.kind, zone: $0.zone, count: $0.nodes) }
    }
}
