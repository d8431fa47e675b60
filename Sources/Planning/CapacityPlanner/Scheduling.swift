import Addressing

/// Puts the pods of a scenario on as many nodes as they need.
struct Scheduling {
    let scenario: PlanScenario
    /// Zones that are lost.
    var lostZones: Set<String> = []
    /// A workload that is being rolled.
    var rolled: String?
    /// Whether every pod ends and comes again at once.
    var isRestarted = false
    /// Whether every autoscaler has come to its most pods.
    var isScaledOut = false

    func zones(of group: PlanScenario.NodeGroup) -> [String] { group.zones.filter { !lostZones.contains($0) } }

    /// The nodes that are desired, and more up to each group's most where pods would have no node.
    var fleet: Fleet {
        var nodes = Dictionary(uniqueKeysWithValues: scenario.nodeGroups.map { ($0.name, $0.desired) })
        var rooms = Rooms()
        while true {
            let fleet = fleet(of: nodes)
            guard !fleet.unplaced.isEmpty, grow(&nodes, for: fleet.unplaced, &rooms) else { return fleet }
        }
    }

    /// Pods on an otherwise empty node, by what they have for a network and by group.
    private struct Rooms {
        var known: [PlanScenario.Workload.Network: [String: Int]] = [:]
    }

    func fleet(of nodes: [String: Int]) -> Fleet {
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

    /// Adds nodes to the first group of each workload that may have more, for all pods together; false when none may.
    private func grow(_ nodes: inout [String: Int], for unplaced: [String: Int], _ rooms: inout Rooms) -> Bool {
        // In parts of a node: pods of several workloads share one.
        var wanted: [String: Double] = [:]
        for workload in scenario.workloads where workload.size != .everyNode {
            guard let left = unplaced[workload.name] else { continue }
            for group in scenario.nodeGroups where isMeant(group, for: workload) {
                let free = Double(group.most - (nodes[group.name] ?? 0)) - wanted[group.name, default: 0]
                guard free > 0, let room = room(for: workload.network, on: group, &rooms), room > 0 else { continue }
                wanted[group.name, default: 0] += Double(left) / Double(room)
                break
            }
        }
        for group in scenario.nodeGroups {
            guard let more = wanted[group.name] else { continue }
            // Sums of fractions may be a little above a whole number.
            nodes[group.name] = min(group.most, (nodes[group.name] ?? 0) + max(1, Int((more - 1e-9).rounded(.up))))
        }
        return !wanted.isEmpty
    }

    private func isMeant(_ group: PlanScenario.NodeGroup, for workload: PlanScenario.Workload) -> Bool {
        (workload.nodeGroups.isEmpty || workload.nodeGroups.contains(group.name))
            && zones(of: group).contains { workload.zones.isEmpty || workload.zones.contains($0) }
    }

    /// Pods of the workload on a node of the group that has those of DaemonSets alone.
    func podsPerNode(_ workload: PlanScenario.Workload, on group: PlanScenario.NodeGroup) -> Int {
        var rooms = Rooms()
        return room(for: workload.network, on: group, &rooms) ?? 0
    }

    /// Pods on a node of the group that has those of DaemonSets alone.
    private func room(for network: PlanScenario.Workload.Network, on group: PlanScenario.NodeGroup, _ rooms: inout Rooms) -> Int? {
        if let room = rooms.known[network]?[group.name] { return room }
        var one = scenario
        one.nodeGroups = [group]
        one.workloads = scenario.workloads.filter { $0.size == .everyNode }
        var fleet = Fleet(one, nodes: [group.name: 1]) { [$0.zones[0]] }
        for daemon in one.workloads { fleet.place(daemon, pods: 0) }
        let room = fleet.bins.first?.room(for: network) ?? 0
        rooms.known[network, default: [:]][group.name] = room
        return room
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
            case .pods(let count): isScaledOut ? (max(count, workload.scale?.upperBound ?? 0), count) : (count, count)
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
        // A pod that comes may find the room of one that ended, and not its address.
        guard !isRestarted else { return Load(pods: live, cooling: all) }
        func inBursts(_ time: Duration) -> Int { workload.burst?.live(for: time) ?? 0 }
        let ending = min(most, Int((perSecond * grace).rounded(.up)) + inBursts(workload.grace))
        let cooling = min(most - ending, Int((perSecond * cooldown).rounded(.up)) + inBursts(scenario.networking.cooldown))
        return Load(pods: live + surge + ending, cooling: cooling)
    }
}
