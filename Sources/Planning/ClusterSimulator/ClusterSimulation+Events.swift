import CapacityPlanner
import Simulator
import Timeline
import VPCModel

// What happens to the cluster: each event begins with one change, and goes on second by second.
extension ClusterSimulation {
    mutating func begin(_ event: PlanScenario.Event) {
        isAwaiting = true
        switch event {
        case .rollingUpdate(let name): beginRoll(name)
        case .nodeUpgrade(let name): beginReplacement(of: name) { group, count in (group.surge.up(of: count), false) }
        case .consolidation(let name, let nodes):
            beginReplacement(of: name, most: nodes) { _, count in (count, false) }
        case .massRestart:
            restartAll()
            script = .over
        case .autoscalersAtMost:
            for index in workloads.indices {
                let more = (workloads[index].workload.scale?.upperBound ?? 0) - workloads[index].live.count
                for _ in 0..<max(0, more) { createPod(of: index) }
            }
            script = .over
        case .blueGreen(let name): beginReplacement(of: name) { _, count in (count, true) }
        case .scaleOut(let name, let count): scaleOut(name, by: count)
        case .zoneLoss(let zone): lose(zone)
        case .clusterUpgrade:
            let first = controlPlane.count
            takeControlPlane(scenario.controlPlane.enis)
            script = .controlPlane(surplus: Array(first..<controlPlane.count), until: (now + .seconds(600)).nanoseconds)
        case .outage(let duration):
            ec2AwayUntil = now + duration
            script = .outage(until: ec2AwayUntil.nanoseconds)
        }
        advanceScript()
    }

    /// Whether the event is over, and all runs that came with it.
    var isEventOver: Bool { isScriptOver && awaited == 0 }

    private var isScriptOver: Bool {
        if case .over = script { true } else { script == nil }
    }

    mutating func advanceScript() {
        guard let script else { return }
        switch script {
        case .roll(let workload): advanceRoll(workload)
        case .replace(let replacement): advance(replacement)
        case .scaleOut(let growth): if growth.left <= 0 { self.script = .over }
        case .controlPlane(let surplus, let end):
            guard end <= now.nanoseconds else { break }
            for index in surplus { deleteLeftOver(controlPlane[index]) }
            controlPlane.removeLast(surplus.count)
            self.script = .over
        case .outage(let end): if end <= now.nanoseconds { self.script = .over }
        case .over: break
        }
        if isScriptOver { isAwaiting = false } else { agenda.add(.script, at: now + .seconds(1)) }
    }

    // MARK: - Nodes that are replaced

    /// - Parameter most: How many of the group's nodes; all if left out.
    private mutating func beginReplacement(
        of name: String, most: PlanScenario.Share = .percent(100), _ pace: (PlanScenario.NodeGroup, Int) -> (surge: Int, waitsForAll: Bool)
    ) {
        guard let group = scenario.nodeGroups.first(where: { $0.name == name }) else { return script = .over }
        let there = nodes.indices.filter { cells[nodes[$0].cell].kind.group == name && nodes[$0].state == .ready }
        // By turns of the zones, as they are spread.
        let byZone = Dictionary(grouping: there) { cells[nodes[$0].cell].zone }
        let ranked = byZone.values.flatMap { $0.enumerated().map { (turn: $0.offset, node: $0.element) } }
        let turns = ranked.sorted { ($0.turn, $0.node) < ($1.turn, $1.node) }.map(\.node).prefix(most.up(of: there.count))
        let (surge, waits) = pace(group, turns.count)
        script = .replace(Script.Replacement(old: Array(turns), surge: max(1, surge), waitsForAll: waits, firstNew: nodes.count))
    }

    private mutating func advance(_ replacement: Script.Replacement) {
        var replacement = replacement
        let old = replacement.old
        let gone = old.prefix(replacement.drained).count { !nodes[$0].isThere }
        while replacement.launched < old.count, replacement.launched - gone < replacement.surge {
            launch(in: nodes[old[replacement.launched]].cell, after: options.nodeStart)
            replacement.launched += 1
        }
        let ready = nodes[replacement.firstNew...].count { $0.state == .ready }
        let mayGo = replacement.waitsForAll && ready < old.count ? 0 : min(ready, old.count)
        while replacement.drained < mayGo, !replacement.waitsForAll || replacement.drained - gone < wave(of: old) {
            drain(old[replacement.drained])
            replacement.drained += 1
        }
        script = replacement.drained == old.count && old.allSatisfy { !nodes[$0].isThere } ? .over : .replace(replacement)
    }

    /// Nodes of the old group that are drained at once: as many as an upgrade would.
    private func wave(of old: [Int]) -> Int {
        guard let first = old.first, let group = workloadGroup(of: cells[nodes[first].cell]) else { return 1 }
        return max(1, group.surge.up(of: old.count))
    }

    // MARK: - Pods that all go and come

    /// Every pod ends and comes again, those of DaemonSets on their nodes.
    private mutating func restartAll() {
        for index in workloads.indices {
            for pod in workloads[index].live {
                let node = Int(pods[Int(pod)].node)
                end(pod)
                if workloads[index].isDaemon, node >= 0 { createPod(of: index, on: node) } else { createPod(of: index) }
            }
        }
    }

    // MARK: - Nodes that come

    /// Nodes come with as many pods as the fullest of their kind, of their zone if there is one.
    private mutating func scaleOut(_ name: String, by count: Int) {
        guard let group = scenario.nodeGroups.first(where: { $0.name == name }) else { return script = .over }
        var growth = Script.Growth(left: count, pods: [:])
        for planned in scenario.nodes(count, of: group) {
            let cell = cell(of: planned.kind, in: planned.zone)
            growth.pods[cell] = podsOfFullest(like: cell)
            for _ in 0..<planned.count { launch(in: cell, after: options.nodeStart) }
        }
        script = .scaleOut(growth)
    }

    private func podsOfFullest(like cell: Int) -> [Int] {
        let kind = cells[cell].kind
        let alike = nodes.indices.filter { nodes[$0].state == .ready && cells[nodes[$0].cell].kind == kind }
        let fullest = alike.max { a, b in
            (nodes[a].cell == cell ? 1 : 0, nodes[a].taken, -a) < (nodes[b].cell == cell ? 1 : 0, nodes[b].taken, -b)
        }
        guard let fullest else { return [] }
        return nodes[fullest].bound.filter(isLive).map { Int(pods[Int($0)].workload) }.filter { !workloads[$0].isDaemon }
    }

    /// A node that was started for the event has its pods put on it.
    mutating func putPodsOfGrowth(on number: Int) {
        guard case .scaleOut(var growth) = script else { return }
        for workload in growth.pods[nodes[number].cell] ?? [] { createPod(of: workload, on: number) }
        growth.left -= 1
        script = .scaleOut(growth)
    }

    // MARK: - A zone that goes

    private mutating func lose(_ zone: String) {
        lostZones.insert(zone)
        var wanted: [Int] = []
        for number in nodes.indices where cells[nodes[number].cell].zone == zone { wanted += vanish(number) }
        let lost = controlPlane.filter { id in
            vpc.enis[id].map { scenario.subnets[books.position(of: $0.subnet)].zone == zone } ?? true
        }
        for eni in lost { deleteLeftOver(eni) }
        controlPlane.removeAll(where: lost.contains)
        takeControlPlane(lost.count)
        for group in scenario.nodeGroups where group.zones.contains(zone) {
            launchNodes(of: group, upTo: max(nodesToStay(in: group), group.desired))
        }
        for workload in wanted.sorted() { createPod(of: workload) }
        script = .over
    }
}
