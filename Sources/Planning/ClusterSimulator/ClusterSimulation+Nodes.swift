import Addressing
import CapacityPlanner
import IPAMEngine
import Simulator
import Timeline
import VPCModel

// Nodes come, and go with what they hold.
extension ClusterSimulation {
    /// Starts an instance in the subnet of its zone that has most left; without an address it is tried again.
    ///
    /// - Parameter isReplacement: Whether it comes for a node whose time was over, which no event waits for.
    mutating func launch(in cell: Int, after start: Duration, isReplacement: Bool = false) {
        guard !lostZones.contains(cells[cell].zone) else { return }
        let subnet = roomiest(of: cells[cell].nodeSubnets, forBlocks: cells[cell].kind.usesPrefixes && cells[cell].kind.usesPrimaryENI)
        do throws(VPCError) {
            guard let subnet else { return }
            let instance = try vpc.runInstance(cells[cell].kind.type, in: books.subnets[subnet], at: now)
            books.add(singles: 1, enis: 1, to: subnet, at: now)
            let number = nodes.count
            let trunk = cells[cell].kind.hasTrunk ? serviceENI(in: cell, besides: subnet) : nil
            nodes.append(
                ClusterNode(
                    cell: cell, ordinal: cells[cell].add(node: number), instance: instance.id, hosts: NodeKind.systemPods, trunk: trunk))
            policies.append(nil)
            cells[cell].nodesToStay += 1
            nodeCount += 1
            nodesBooting += 1
            if isAwaiting, !isReplacement {
                nodes[number].isAwaited = true
                awaited += 1
            }
            agenda.add(.boot(Int32(number)), at: now + start)
        } catch {
            tally.refusals["node-without-address", default: 0] += 1
            agenda.add(.retryLaunch(Int32(cell)), at: now + .seconds(30))
        }
    }

    /// The daemon begins.
    mutating func boot(_ number: Int) {
        guard nodes[number].isThere else { return }
        let cell = cells[nodes[number].cell]
        let own = vpc.instances[nodes[number].instance]?.subnet ?? books.subnets[0]
        let pods = cell.podSubnets.map { books.subnets[$0] }
        let source =
            cell.kind.usesPrimaryENI || pods.isEmpty
            ? PoolSource(.discovered(own: own, cluster: VPCModel.planned)) : PoolSource(.these(pods))
        let configuration = cell.kind.configuration(source: source, seed: random.next())
        policies[number] = Policy(configuration, replaying: [], at: now)
        send(.started, to: number)
    }

    /// The node takes pods, those of DaemonSets first.
    mutating func becomeReady(_ number: Int) {
        guard nodes[number].state == .booting else { return }
        nodes[number].state = .ready
        let isOfEvent = nodes[number].isAwaited
        endBooting(number)
        reindex(number)
        let cell = cells[nodes[number].cell]
        for index in workloads.indices where workloads[index].isDaemon && workloads[index].suits(cell) {
            createPod(of: index, on: number)
        }
        if isChurning { expectEnd(ofNode: number) }
        if isOfEvent { putPodsOfGrowth(on: number) }
        placePending()
    }

    private mutating func endBooting(_ number: Int) {
        nodesBooting -= 1
        if nodes[number].isAwaited { awaited -= 1 }
        nodes[number].isAwaited = false
    }

    /// Has a node end by chance, where its group tells how long nodes are kept.
    mutating func expectEnd(ofNode number: Int) {
        guard let lifetime = workloadGroup(of: cells[nodes[number].cell])?.lifetime else { return }
        agenda.add(.nodeExpires(Int32(number)), at: now + random.exponential(mean: lifetime))
    }

    func workloadGroup(of cell: Cell) -> PlanScenario.NodeGroup? { scenario.nodeGroups.first { $0.name == cell.kind.group } }

    /// The node's time is over: another comes in its place, and its pods go elsewhere.
    mutating func expire(_ number: Int) {
        guard nodes[number].state == .ready else { return }
        launch(in: nodes[number].cell, after: options.nodeStart, isReplacement: true)
        drain(number)
    }

    /// Lets a node get no more pods and evicts those it has; it goes with the last.
    mutating func drain(_ number: Int) {
        guard nodes[number].state == .ready || nodes[number].state == .booting else { return }
        if nodes[number].state == .booting { endBooting(number) }
        nodes[number].state = .draining
        cells[nodes[number].cell].nodesToStay -= 1
        reindex(number)
        send(.nodeChanged(.cordoned), to: number)
        for pod in nodes[number].bound where isLive(pod) && !workloads[Int(pods[Int(pod)].workload)].isDaemon {
            let workload = Int(pods[Int(pod)].workload)
            end(pod)
            createPod(of: workload)
        }
        endIfEmpty(number)
    }

    func isLive(_ pod: Int32) -> Bool { pods[Int(pod)].position >= 0 }

    /// Ends a drained node on which there are none but pods of DaemonSets.
    mutating func endIfEmpty(_ number: Int) {
        guard nodes[number].state == .draining,
            nodes[number].bound.allSatisfy({ workloads[Int(pods[Int($0)].workload)].isDaemon })
        else { return }
        vanish(number)
    }

    /// Ends a node at once, with all that is on it; pods of it that were wanted are not replaced here.
    ///
    /// - Returns: Workloads of its pods that were wanted, without those of DaemonSets.
    @discardableResult
    mutating func vanish(_ number: Int) -> [Int] {
        guard nodes[number].isThere else { return [] }
        if nodes[number].state == .ready || nodes[number].state == .booting { cells[nodes[number].cell].nodesToStay -= 1 }
        if nodes[number].state == .booting { endBooting(number) }
        var wanted: [Int] = []
        for pod in nodes[number].bound {
            let workload = Int(pods[Int(pod)].workload)
            if isLive(pod), !workloads[workload].isDaemon { wanted.append(workload) }
            discard(pod)
        }
        for pod in pinned.removeValue(forKey: Int32(number)) ?? [] { discard(pod) }
        nodes[number].bound = []
        nodes[number].state = .gone
        reindex(number)
        cells[nodes[number].cell].remove(ordinal: nodes[number].ordinal)
        nodeCount -= 1
        policies[number] = nil
        let enis = vpc.enis(of: nodes[number].instance, at: now)
        _ = try? vpc.terminateInstance(nodes[number].instance, at: now)
        for eni in enis {
            if vpc.enis[eni.id] == nil { subtract(eni) } else { deleteLeftOver(eni.id) }
        }
        if let trunk = nodes[number].trunk { deleteLeftOver(trunk) }
        return wanted
    }

    // MARK: - ENIs of services

    /// An ENI for a trunk or a branch of a node; nil where there is no address.
    ///
    /// - Parameter subnet: The node's own.
    mutating func serviceENI(in cell: Int, besides subnet: Int) -> ENIID? {
        let candidates = cells[cell].kind.usesPrimaryENI ? [subnet] + cells[cell].podSubnets : cells[cell].podSubnets
        guard let chosen = roomiest(of: candidates, forBlocks: false),
            let eni = try? vpc.createServiceENI(in: books.subnets[chosen])
        else { return nil }
        add(eni)
        return eni.id
    }

    /// Spreads ENIs of the control plane over its subnets.
    mutating func takeControlPlane(_ count: Int) {
        let subnets = scenario.controlPlane.subnets.filter { id in
            scenario.subnets.contains { $0.id == id && !lostZones.contains($0.zone) }
        }
        guard !subnets.isEmpty else { return }
        var counts = Array(repeating: 0, count: subnets.count)
        for subnet in controlPlane.compactMap({ vpc.enis[$0]?.subnet }) {
            if let position = subnets.firstIndex(of: subnet) { counts[position] += 1 }
        }
        for _ in 0..<count {
            guard let least = counts.indices.min(by: { counts[$0] < counts[$1] }),
                let eni = try? vpc.createServiceENI(in: subnets[least])
            else { continue }
            counts[least] += 1
            add(eni)
            controlPlane.append(eni.id)
        }
    }

    /// The one with most left of what is taken; the first of equals.
    private func roomiest(of subnets: [Int], forBlocks: Bool) -> Int? {
        guard subnets.count > 1 else { return subnets.first }
        func left(_ subnet: Int) -> Int {
            let subnet = vpc.subnets[books.subnets[subnet]]
            return (forBlocks ? subnet?.freeBlocks : subnet?.openAddresses) ?? 0
        }
        return subnets.reversed().max { left($0) < left($1) }
    }
}
