import Addressing
import CapacityPlanner
import IPAMEngine
import Simulator
import Timeline
import VPCModel

// Pods: placed on nodes, given addresses, and ended.
extension ClusterSimulation {
    // MARK: - They come

    /// Wants one more pod, and places it if a node has room.
    mutating func createPod(of workload: Int) {
        let pod = makePod(of: workload)
        // Those that wait already come first.
        if !workloads[workload].hasPending, let node = emptiestNode(for: workload) { return bind(pod, to: node) }
        workloads[workload].pending.append(WorkloadState.Pending(pod: pod, generation: pods[Int(pod)].generation))
        podsPending += 1
        lookForNodes()
    }

    /// Wants one more pod on that very node, where it waits for room.
    mutating func createPod(of workload: Int, on node: Int) {
        let pod = makePod(of: workload)
        if hasRoom(node, for: workload) { return bind(pod, to: node) }
        pinned[Int32(node), default: []].append(pod)
        podsPending += 1
    }

    private mutating func makePod(of workload: Int) -> Int32 {
        let pod = vacantPods.popLast() ?? Int32(pods.count)
        if Int(pod) == pods.count { pods.append(ClusterPod()) }
        pods[Int(pod)].generation &+= 1
        pods[Int(pod)].workload = Int16(workload)
        pods[Int(pod)].phase = .pending
        pods[Int(pod)].since = now.nanoseconds
        pods[Int(pod)].isOld = false
        pods[Int(pod)].position = Int32(workloads[workload].live.count)
        workloads[workload].live.append(pod)
        podsWaiting += 1
        if isAwaiting {
            pods[Int(pod)].isAwaited = true
            awaited += 1
        }
        if isChurning, workloads[workload].livesByItself { expectEnd(of: pod, after: 1) }
        return pod
    }

    private func hasRoom(_ number: Int, for workload: Int) -> Bool {
        let (node, kind) = (nodes[number], cells[nodes[number].cell].kind)
        guard node.state == .ready, node.taken < kind.podsMax else { return false }
        return switch workloads[workload].workload.network {
        case .host: true
        case .pod: node.pods < kind.addressesMax
        case .branchENI: node.branches < kind.branchesMax
        }
    }

    /// The node that suits and has the fewest pods, the first of equals.
    private mutating func emptiestNode(for workload: Int) -> Int? {
        var best: (level: Int, node: Int)?
        for cell in workloads[workload].cells {
            guard let found = cells[cell].emptiest(for: workloads[workload].workload.network) else { continue }
            if best.map({ found < $0 }) ?? true { best = found }
        }
        return best?.node
    }

    /// Places pods that wait for a node, as far as there is room.
    mutating func placePending() {
        guard podsPending > 0 else { return }
        for workload in workloads.indices {
            while workloads[workload].hasPending {
                let next = workloads[workload].pending[workloads[workload].firstPending]
                let isStale = pods[Int(next.pod)].generation != next.generation || pods[Int(next.pod)].phase != .pending
                if !isStale {
                    guard let node = emptiestNode(for: workload) else { break }
                    podsPending -= 1
                    bind(next.pod, to: node)
                }
                workloads[workload].firstPending += 1
            }
            guard !workloads[workload].hasPending else { continue }
            workloads[workload].pending.removeAll(keepingCapacity: true)
            workloads[workload].firstPending = 0
        }
    }

    /// Places pods that wait for room on their own node.
    private mutating func placePinned(on node: Int) {
        guard !pinned.isEmpty, let first = pinned[Int32(node)]?.first, hasRoom(node, for: Int(pods[Int(first)].workload)) else { return }
        pinned[Int32(node)]?.removeFirst()
        if pinned[Int32(node)]?.isEmpty == true { pinned[Int32(node)] = nil }
        podsPending -= 1
        bind(first, to: node)
    }

    private mutating func bind(_ pod: Int32, to number: Int) {
        pods[Int(pod)].node = Int32(number)
        pods[Int(pod)].since = now.nanoseconds
        nodes[number].bound.append(pod)
        switch workloads[Int(pods[Int(pod)].workload)].workload.network {
        case .host:
            nodes[number].hosts += 1
            run(pod)
        case .branchENI:
            nodes[number].branches += 1
            takeBranch(pod)
        case .pod:
            nodes[number].pods += 1
            if holdsADDs { pods[Int(pod)].phase = .held } else { add(pod) }
        }
        reindex(number)
    }

    // MARK: - They get an address

    mutating func release(_ pod: Int32) {
        pods[Int(pod)].since = now.nanoseconds
        add(pod)
    }

    /// Sends the ADD of a sandbox that was made.
    private mutating func add(_ pod: Int32) {
        let generation = pods[Int(pod)].generation
        // Fifteen bytes at most, which a string holds without an allocation.
        let attachment = PodAttachment(network: "plan", containerID: "\(pod).\(generation % 1_000_000)", interface: "eth0")
        pods[Int(pod)].attachment = attachment
        pods[Int(pod)].phase = .adding
        let request = PodRequest(attachment: attachment, pod: nil, deadline: now + options.addBudget, hostLink: "")
        send(.podAdded(request), to: Int(pods[Int(pod)].node))
    }

    private func pod(of attachment: PodAttachment) -> Int32? {
        var number: Int32 = 0
        for byte in attachment.containerID.utf8 {
            guard byte != UInt8(ascii: ".") else { break }
            number = number * 10 + Int32(byte - UInt8(ascii: "0"))
        }
        return pods[Int(number)].attachment == attachment ? number : nil
    }

    mutating func wire(_ allocation: Allocation, on node: Int) {
        send(.podWired(allocation.attachment), to: node)
        guard let pod = pod(of: allocation.attachment), pods[Int(pod)].phase == .adding else { return }
        tally.waits.add(.nanoseconds(now.nanoseconds - pods[Int(pod)].since))
        if let address = allocation.addresses.ipv4 {
            let cell = cells[nodes[node].cell]
            let subnet = (cell.podSubnets + cell.nodeSubnets).first { scenario.subnets[$0].block.contains(address) }
            pods[Int(pod)].subnet = Int16(subnet ?? 0)
            books.podRuns(in: subnet ?? 0)
        }
        podsWithAddress += 1
        run(pod)
    }

    private mutating func run(_ pod: Int32) {
        pods[Int(pod)].phase = .running
        pods[Int(pod)].since = now.nanoseconds
        podsWaiting -= 1
        awaitNoMore(pod)
    }

    private mutating func awaitNoMore(_ pod: Int32) {
        if pods[Int(pod)].isAwaited { awaited -= 1 }
        pods[Int(pod)].isAwaited = false
    }

    private mutating func takeBranch(_ pod: Int32) {
        let node = Int(pods[Int(pod)].node)
        let own = vpc.instances[nodes[node].instance].map { books.position(of: $0.subnet) } ?? 0
        guard let eni = serviceENI(in: nodes[node].cell, besides: own) else { return tryLater(pod, "branch-eni-without-address") }
        branchENIs[pod] = eni
        tally.waits.add(.nanoseconds(now.nanoseconds - pods[Int(pod)].since))
        podsWithAddress += 1
        run(pod)
    }

    mutating func refuse(_ attachment: PodAttachment, _ refusal: Refusal, on node: Int) {
        guard refusal != .superseded, let pod = pod(of: attachment), pods[Int(pod)].phase == .adding else { return }
        // An ADD that failed is followed by a DEL (CNI specification 1.1.0, section 2, "DEL").
        send(.podDeleted(attachment), to: node)
        tryLater(pod, refusal.code)
    }

    /// The kubelet makes the next sandbox after 10 s and up to half as much again by chance (kubernetes pkg/kubelet/kubelet.go
    /// `backOffPeriod`, pod_workers.go `workerBackOffPeriodJitterFactor`).
    private mutating func tryLater(_ pod: Int32, _ reason: String) {
        tally.refusals[reason, default: 0] += 1
        pods[Int(pod)].phase = .backingOff
        pods[Int(pod)].attachment = nil
        pods[Int(pod)].generation &+= 1
        agenda.add(.retry(pod, pods[Int(pod)].generation), at: now + random.duration(in: .seconds(10) ... .seconds(15)))
    }

    mutating func retry(_ pod: Int32) {
        guard pods[Int(pod)].phase == .backingOff else { return }
        if workloads[Int(pods[Int(pod)].workload)].workload.network == .branchENI { takeBranch(pod) } else { add(pod) }
    }

    // MARK: - They go

    /// Wants the pod no more. One that runs keeps its address for its grace.
    mutating func end(_ pod: Int32) {
        let phase = pods[Int(pod)].phase
        leaveWorkload(pod)
        switch phase {
        case .running:
            pods[Int(pod)].phase = .ending
            if pods[Int(pod)].subnet >= 0 { books.podEnds(in: Int(pods[Int(pod)].subnet)) }
            let grace = workloads[Int(pods[Int(pod)].workload)].workload.grace
            agenda.add(.graceEnds(pod, pods[Int(pod)].generation), at: now + grace)
        case .adding, .backingOff, .held: remove(pod)
        case .pending: free(pod)
        case .vacant, .ending, .deleting: break
        }
    }

    private mutating func leaveWorkload(_ pod: Int32) {
        let (workload, position) = (Int(pods[Int(pod)].workload), Int(pods[Int(pod)].position))
        guard position >= 0, let last = workloads[workload].live.popLast() else { return }
        if last != pod {
            workloads[workload].live[position] = last
            pods[Int(last)].position = Int32(position)
        }
        pods[Int(pod)].position = -1
        if pods[Int(pod)].phase != .running { podsWaiting -= 1 }
        awaitNoMore(pod)
        if pods[Int(pod)].phase == .pending { podsPending -= 1 }
    }

    /// Sends the DEL, where there is something to delete.
    mutating func remove(_ pod: Int32) {
        let wasEnding = pods[Int(pod)].phase == .ending
        pods[Int(pod)].phase = .deleting
        if wasEnding, workloads[Int(pods[Int(pod)].workload)].workload.network != .host { podsWithAddress -= 1 }
        guard let attachment = pods[Int(pod)].attachment else { return free(pod) }
        if wasEnding, pods[Int(pod)].subnet >= 0 {
            let subnet = Int(pods[Int(pod)].subnet)
            books.podIsGone(in: subnet, wasEnding: true)
            books.cools(in: subnet, until: now + scenario.networking.cooldown, at: now)
        }
        send(.podDeleted(attachment), to: Int(pods[Int(pod)].node))
    }

    mutating func unwire(_ allocation: Allocation, on node: Int) {
        send(.podUnwired(allocation.attachment), to: node)
        send(.linkGone(allocation.addresses), to: node)
        forget(allocation.attachment)
    }

    /// The DEL has had its answer.
    mutating func forget(_ attachment: PodAttachment) {
        guard let pod = pod(of: attachment), pods[Int(pod)].phase == .deleting else { return }
        free(pod)
    }

    /// The pod's place on its node and in the list is free.
    private mutating func free(_ pod: Int32) {
        let number = Int(pods[Int(pod)].node)
        let workload = Int(pods[Int(pod)].workload)
        if number >= 0 {
            if let place = nodes[number].bound.firstIndex(of: pod) { nodes[number].bound.swapAt(place, nodes[number].bound.count - 1) }
            nodes[number].bound.removeLast()
            switch workloads[workload].workload.network {
            case .host: nodes[number].hosts -= 1
            case .pod: nodes[number].pods -= 1
            case .branchENI: nodes[number].branches -= 1
            }
            reindex(number)
        }
        vacate(pod)
        guard number >= 0 else { return }
        if workloads[workload].isDaemon, nodes[number].state == .ready { createPod(of: workload, on: number) }
        placePinned(on: number)
        placePending()
        endIfEmpty(number)
    }

    private mutating func vacate(_ pod: Int32) {
        if let branch = branchENIs.removeValue(forKey: pod) { deleteLeftOver(branch) }
        let generation = pods[Int(pod)].generation &+ 1
        pods[Int(pod)] = ClusterPod()
        pods[Int(pod)].generation = generation
        vacantPods.append(pod)
    }

    /// The pod is gone with its node, without any more ado.
    mutating func discard(_ pod: Int32) {
        let phase = pods[Int(pod)].phase
        leaveWorkload(pod)
        if phase == .running || phase == .ending {
            if workloads[Int(pods[Int(pod)].workload)].workload.network != .host { podsWithAddress -= 1 }
            if pods[Int(pod)].subnet >= 0 { books.podIsGone(in: Int(pods[Int(pod)].subnet), wasEnding: phase == .ending) }
        }
        vacate(pod)
    }
}
