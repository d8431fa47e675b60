import Addressing

/// Puts the pods of a scenario on as many nodes as they need.
struct Scheduling {
    let scenario: PlanScenario
    /// Zones that are lost.
    var lostZones: Set<String> = []
    /// A workload that is being rolled.
    var rolled: String?

    func zones(of group: PlanScenario.NodeGroup) -> [String] { group.zones.filter { !lostZones.contains($0) } }

    /// The nodes that are desired, and more up to each group's most where pods would have no node.
    var fleet: Fleet {
        var nodes = Dictionary(uniqueKeysWithValues: scenario.nodeGroups.map { ($0.name, $0.desired) })
        while true {
            let fleet = fleet(of: nodes)
            let grown = scenario.workloads.contains { workload in
                guard workload.size != .everyNode, let left = fleet.unplaced[workload.name] else { return false }
                return grow(&nodes, for: workload, left: left)
            }
            if !grown { return fleet }
        }
    }

    private func fleet(of nodes: [String: Int]) -> Fleet {
        var fleet = Fleet(scenario, nodes: nodes, zones: zones)
        // A DaemonSet's pods come before any other can take their room.
        for workload in scenario.workloads where workload.size == .everyNode { fleet.place(workload, pods: 0) }
        for workload in scenario.workloads {
            let load = load(of: workload, nodes: fleet.nodes)
            if case .pods = workload.size {
                fleet.place(workload, pods: load.pods)
            } else if load.pods > 0 {
                var ending = workload
                ending.size = .pods(load.pods)
                fleet.place(ending, pods: load.pods)
            }
            if workload.network == .pod { fleet.cool(load.cooling, of: workload) }
        }
        return fleet
    }

    /// Adds nodes to the first group of the workload that may have more; false when none may.
    private func grow(_ nodes: inout [String: Int], for workload: PlanScenario.Workload, left: Int) -> Bool {
        let group = scenario.nodeGroups.first { group in
            let isMeant = workload.nodeGroups.isEmpty || workload.nodeGroups.contains(group.name)
            let isThere = zones(of: group).contains { workload.zones.isEmpty || workload.zones.contains($0) }
            return isMeant && isThere && (nodes[group.name] ?? 0) < group.most && podsPerNode(workload, on: group) > 0
        }
        guard let group else { return false }
        let count = nodes[group.name] ?? 0
        let perNode = podsPerNode(workload, on: group)
        nodes[group.name] = min(group.most, count + max(1, (left + perNode - 1) / perNode))
        return true
    }

    /// Pods of the workload on an otherwise empty node of the group.
    private func podsPerNode(_ workload: PlanScenario.Workload, on group: PlanScenario.NodeGroup) -> Int {
        var one = scenario
        one.nodeGroups = [group]
        one.workloads = scenario.workloads.filter { $0.size == .everyNode }
        var fleet = Fleet(one, nodes: [group.name: 1]) { [$0.zones[0]] }
        for daemon in one.workloads { fleet.place(daemon, pods: 0) }
        return fleet.bins.first?.room(for: workload.network) ?? 0
    }

    // MARK: - Pods that are there at once

    private struct Load {
        /// Of a DaemonSet those beyond one on each node.
        var pods: Int
        var cooling: Int
    }

    /// The live pods, those that are ending, and the addresses that cool after others: formulas 27 and 28.
    private func load(of workload: PlanScenario.Workload, nodes: Int) -> Load {
        let cooldown = scenario.networking.cooldown / .seconds(1)
        let grace = workload.grace / .seconds(1)
        let (live, all): (Int, Int) =
            switch workload.size {
            case .pods(let count): (count, count)
            case .everyNode: (0, nodes)
            }
        var (perSecond, surge, most) = (workload.arrivalsPerSecond, 0, Int.max)
        if rolled == workload.name {
            let isDaemon = workload.size == .everyNode
            surge = isDaemon ? 0 : workload.rollout.surge.up(of: all)
            let atOnce = isDaemon ? 1 : max(1, surge + workload.rollout.unavailable.down(of: all))
            perSecond += Double(atOnce) / max(1, workload.rollout.ready / .seconds(1))
            // One roll ends each pod once.
            most = all
        }
        let ending = min(most, Int((perSecond * grace).rounded(.up)))
        let cooling = min(most - ending, Int((perSecond * cooldown).rounded(.up)))
        return Load(pods: live + surge + ending, cooling: cooling)
    }
}
