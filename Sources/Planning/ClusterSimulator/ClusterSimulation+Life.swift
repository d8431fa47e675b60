import CapacityPlanner
import Simulator
import Timeline

// The cluster comes up, lives in its churn, and grows where pods need it to.
extension ClusterSimulation {
    /// Starts the nodes that the plan says there are.
    ///
    /// - Parameter pace: From one to the next; if left out, as fast as EC2 lets their pools fill.
    mutating func startNodes(every pace: Duration? = nil) {
        var number = 0
        let pace = pace ?? scenario.nodePace
        for planned in scenario.plannedNodes() {
            let cell = cell(of: planned.kind, in: planned.zone)
            for _ in 0..<planned.count {
                launch(in: cell, after: pace * number)
                number += 1
            }
        }
    }

    /// Wants the pods of all workloads, in the scenario's order; those of one node after those of another send their ADDs, again as
    /// fast as EC2 lets pools fill. A cluster whose pods all come at once has an hour of throttled calls, which says nothing of how
    /// it lives.
    ///
    /// - Parameter pace: From the pods of one node to those of the next.
    mutating func startPods(every pace: Duration? = nil) {
        holdsADDs = true
        for index in workloads.indices {
            guard case .pods(let count) = workloads[index].workload.size else { continue }
            for _ in 0..<count { createPod(of: index) }
        }
        holdsADDs = false
        let pace = pace ?? scenario.nodePace
        for number in nodes.indices where nodes[number].isThere { agenda.add(.release(Int32(number)), at: now + pace * number) }
    }

    /// Sends the ADDs of pods that were put on a node.
    mutating func release(_ number: Int) {
        for pod in nodes[number].bound where pods[Int(pod)].phase == .held { release(pod) }
    }

    /// Lets pods and nodes come and go, from here on.
    mutating func startChurn() {
        isChurning = true
        for number in nodes.indices where nodes[number].state == .ready { expectEnd(ofNode: number) }
        for index in workloads.indices {
            expectArrival(in: index)
            if let burst = workloads[index].workload.burst, !workloads[index].isDaemon {
                agenda.add(.burst(Int16(index)), at: now + burst.every)
            }
            guard workloads[index].livesByItself else { continue }
            // Those that are there have lived for some time.
            for pod in workloads[index].live { expectEnd(of: pod, after: random.share()) }
        }
    }

    /// Whether all that was ever wanted is there: nodes have begun, pods run.
    var isReady: Bool { podsWaiting == 0 && nodesBooting == 0 }

    private mutating func expectArrival(in workload: Int) {
        let rate = workloads[workload].workload.arrivalsPerSecond
        guard rate > 0, !workloads[workload].isDaemon else { return }
        agenda.add(.arrival(Int16(workload)), at: now + random.exponential(mean: .seconds(1) / rate))
    }

    /// A pod goes and one comes. Who goes is chosen by chance, so that pods live as long as those of a process without memory:
    /// on average, as many seconds as there are pods for each that comes in a second.
    ///
    /// Where a workload tells its lifetimes, each pod that comes has one of its own instead.
    mutating func arrive(in workload: Int) {
        if workloads[workload].livesByItself {
            createPod(of: workload)
        } else if let pod = random.element(of: workloads[workload].live) {
            end(pod)
            createPod(of: workload)
        }
        expectArrival(in: workload)
    }

    /// The pods of a burst come, and each lives as long as the others of its workload.
    mutating func burst(in workload: Int) {
        guard let burst = workloads[workload].workload.burst else { return }
        for _ in 0..<burst.pods { createPod(of: workload) }
        agenda.add(.burst(Int16(workload)), at: now + burst.every)
    }

    /// Has a pod end when its life is over, where its workload tells how long that is.
    ///
    /// - Parameter share: Of a lifetime that is drawn.
    mutating func expectEnd(of pod: Int32, after share: Double) {
        let workload = workloads[Int(pods[Int(pod)].workload)].workload
        guard let mean = workload.lifetime else { return }
        let life = workload.lifetimes.draw(mean: mean, &random)
        agenda.add(.podExpires(pod, pods[Int(pod)].generation), at: now + life * share)
    }

    // MARK: - More nodes

    /// Looks in a while whether pods that have no node need more of them.
    mutating func lookForNodes() {
        guard !looksForNodes else { return }
        looksForNodes = true
        agenda.add(.grow, at: now + .seconds(10))
    }

    /// Starts nodes of the first group that suits and may have more, as many as the pods without a node need.
    mutating func growGroups() {
        looksForNodes = false
        var booting = nodesBooting
        var grown = false
        for index in workloads.indices where workloads[index].hasPending {
            let workload = workloads[index].workload
            let left = workloads[index].pending.count - workloads[index].firstPending
            for group in scenario.nodeGroups where workload.nodeGroups.isEmpty || workload.nodeGroups.contains(group.name) {
                let isThere = group.zones.contains { !lostZones.contains($0) && (workload.zones.isEmpty || workload.zones.contains($0)) }
                let count = nodesToStay(in: group)
                let perNode = scenario.podsPerNode(workload, on: group)
                guard isThere, perNode > 0, count < group.most else { continue }
                let wanted = max(0, (left + perNode - 1) / perNode - booting)
                booting = 0
                launchNodes(of: group, upTo: min(group.most, count + wanted))
                grown = true
                break
            }
        }
        if grown { lookForNodes() }
    }

    func nodesToStay(in group: PlanScenario.NodeGroup) -> Int {
        cells.reduce(0) { $0 + ($1.kind.group == group.name && !lostZones.contains($1.zone) ? $1.nodesToStay : 0) }
    }

    /// Starts what is missing of so many nodes, spread over zones and types as the group has them.
    mutating func launchNodes(of group: PlanScenario.NodeGroup, upTo count: Int) {
        var left = count - nodesToStay(in: group)
        for planned in scenario.nodes(count, of: group, lostZones: lostZones) {
            let cell = cell(of: planned.kind, in: planned.zone)
            let missing = min(left, planned.count - cells[cell].nodesToStay)
            guard missing > 0 else { continue }
            left -= missing
            for _ in 0..<missing { launch(in: cell, after: options.nodeStart) }
        }
    }
}
