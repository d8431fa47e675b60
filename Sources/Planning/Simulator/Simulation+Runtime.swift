import IPAMEngine
import Timeline

// The container runtime of each node: which pods come and go, and how it tells the daemon.
extension Simulation {
    mutating func beginChurn(on node: Int) {
        if let interval = scenario.churn.arrivalInterval { agenda.add(.podArrives(node), at: now + random.exponential(mean: interval)) }
        if let interval = scenario.churn.burstInterval { agenda.add(.podsBurst(node), at: now + random.exponential(mean: interval)) }
        if let interval = scenario.churn.garbageInterval { agenda.add(.collectGarbage(node), at: now + random.exponential(mean: interval)) }
    }

    mutating func podArrives(on node: Int) {
        guard isRough, let interval = scenario.churn.arrivalInterval else { return }
        startPods(1, on: node)
        agenda.add(.podArrives(node), at: now + random.exponential(mean: interval))
    }

    mutating func podsBurst(on node: Int) {
        guard isRough, let interval = scenario.churn.burstInterval else { return }
        startPods(scenario.churn.burstSize, on: node)
        agenda.add(.podsBurst(node), at: now + random.exponential(mean: interval))
    }

    /// Starts pods as far as the kubelet's limit allows.
    mutating func startPods(_ count: Int, on node: Int) {
        let room = scenario.limits.maxPods - nodes[node].alivePods
        for _ in 0..<max(0, min(count, room)) { startPod(on: node) }
        let pool = nodes[node].count()
        report.addressesAttached += pool.attached
        report.addressesHeld += pool.held
    }

    private mutating func startPod(on node: Int) {
        let number = nodes[node].numberPod()
        let attachment = PodAttachment(network: "berth", containerID: String(number), interface: "eth0")
        nodes[node].alivePods += 1
        nodes[node].pods[attachment] = pod(number, on: node)
        let arrival = now + random.duration(in: .milliseconds(1) ... .milliseconds(20))
        agenda.add(.add(node, attachment), at: arrival)
        if happens(.reorderedRequest, to: node) {
            // Before the ADD, where nothing is to be deleted, or into its middle.
            if random.chance(0.5) {
                send(.podDeleted(attachment), to: node)
            } else {
                agenda.add(.delete(node, attachment), at: arrival + random.duration(in: .zero ... .milliseconds(3)))
            }
        }
        if happens(.duplicateRequest, to: node) {
            agenda.add(.add(node, attachment), at: arrival + random.duration(in: .zero ... .seconds(3)))
        }
        agenda.add(.delete(node, attachment), at: arrival + random.exponential(mean: scenario.churn.lifetime))
    }

    /// Some pods have a name that comes again, some want a pool of their own.
    private mutating func pod(_ number: Int, on node: Int) -> SimulatedNode<Policy>.Pod {
        var wish: SimulatedNode<Policy>.Pod.Wish?
        if random.chance(scenario.churn.stickyShare) {
            let name = PodName(namespace: "default", name: "web-\(random.below(4))")
            if !nodes[node].pods.values.contains(where: { $0.name == name && $0.isAlive }) {
                wish = .init(name: name, hold: .seconds(60))
            }
        } else if random.chance(scenario.churn.criticalShare) {
            wish = .init(name: PodName(namespace: Self.criticalNamespace, name: "agent-\(number)"))
        }
        if let pool = scenario.namedPool, random.chance(0.2) {
            wish = wish ?? .init()
            wish?.pool = pool
        }
        return SimulatedNode.Pod(since: now, wish: wish)
    }

    mutating func add(_ attachment: PodAttachment, on node: Int) {
        guard var pod = nodes[node].pod(attachment), pod.isAlive else { return }
        let deadline = now + scenario.budget
        if pod.phase == .created {
            if pod.traced?.isFirstAttempt ?? true { report.pods += 1 }
            // The plugin finds no daemon and answers for it.
            guard nodes[node].isUp else { return fail(attachment, "daemon-away", on: node) }
        }
        guard nodes[node].isUp else { return }
        if pod.phase == .created || pod.isAdding {
            pod.phase = .adding(deadline: deadline)
            nodes[node].pods[attachment] = pod
        }
        send(
            .podAdded(PodRequest(attachment: attachment, pod: pod.name, deadline: deadline, hostLink: "", pool: pod.pool, hold: pod.hold)),
            to: node)
        // Most are answered at once; the others must be in time.
        guard nodes[node].isUp, nodes[node].pod(attachment)?.phase == .adding(deadline: deadline) else { return }
        agenda.add(.budgetEnds(node, attachment, deadline), at: deadline + .milliseconds(1))
    }

    mutating func checkAnswer(to attachment: PodAttachment, by deadline: Instant, on node: Int) {
        guard nodes[node].isUp, nodes[node].pod(attachment)?.phase == .adding(deadline: deadline) else { return }
        violate("the ADD of \(attachment) on node \(node) has had no answer by \(deadline)")
    }

    mutating func refuse(_ attachment: PodAttachment, _ refusal: Refusal, on node: Int) {
        guard refusal != .superseded, nodes[node].pod(attachment)?.isAdding == true else { return }
        fail(attachment, refusal.code, on: node)
    }

    /// An ADD that failed is followed by a DEL (CNI specification 1.1.0, section 2, "DEL").
    mutating func fail(_ attachment: PodAttachment, _ reason: String, on node: Int) {
        report.refusals[reason, default: 0] += 1
        end(attachment, as: .deleting, on: node)
        agenda.add(.delete(node, attachment), at: now + .milliseconds(1))
        tryAgain(nodes[node].pod(attachment)?.traced)
    }

    private mutating func end(_ attachment: PodAttachment, as phase: SimulatedNode<Policy>.Pod.Phase, on node: Int) {
        guard let index = nodes[node].pods.index(forKey: attachment) else { return }
        if nodes[node].pods.values[index].isAlive { nodes[node].alivePods -= 1 }
        nodes[node].pods.values[index].phase = phase
    }

    /// A DEL that ends the pod, or repeats one that has had no answer.
    mutating func delete(_ attachment: PodAttachment, on node: Int) {
        guard let pod = nodes[node].pod(attachment), pod.phase != .forgotten else { return }
        if pod.isAlive {
            if happens(.lostDelete, to: node) { return end(attachment, as: .forgotten, on: node) }
            if happens(.duplicateRequest, to: node) {
                agenda.add(.delete(node, attachment), at: now + random.duration(in: .zero ... .milliseconds(5)))
            }
        }
        end(attachment, as: .deleting, on: node)
        if nodes[node].isUp { send(.podDeleted(attachment), to: node) } else { nodes[node].spool.append(attachment) }
    }

    /// A pod whose daemon died in the middle of its ADD or DEL is deleted when there is one again.
    mutating func cutOffRequests(to node: Int) {
        for (attachment, pod) in nodes[node].pods.sorted(by: { $0.key.containerID < $1.key.containerID }) {
            switch pod.phase {
            case .adding, .wiring, .deleting:
                if pod.isAlive { report.refusals["daemon-died", default: 0] += 1 }
                end(attachment, as: .deleting, on: node)
                nodes[node].spool.append(attachment)
            case .created, .running, .forgotten: break
            }
        }
    }

    /// The DEL has had its answer.
    mutating func forget(_ attachment: PodAttachment, on node: Int) {
        nodes[node].forget(attachment)
    }

    mutating func collectGarbage(on node: Int) {
        guard isRough, let interval = scenario.churn.garbageInterval else { return }
        let isShort = happens(.shortGarbageList, to: node)
        let youngest = isShort ? now - .seconds(4) : now
        let kept = nodes[node].pods.filter { $0.value.isAlive && $0.value.since <= youngest }.keys
        send(.garbageCollected(network: "berth", keeping: Set(kept), olderThan: now - .seconds(5)), to: node)
        agenda.add(.collectGarbage(node), at: now + random.exponential(mean: interval))
    }

    mutating func deleteAllPods(of node: Int) {
        for attachment in nodes[node].pods.keys.sorted(by: { $0.containerID < $1.containerID }) {
            if nodes[node].pod(attachment)?.phase == .forgotten { nodes[node].pods[attachment]?.phase = .deleting }
            delete(attachment, on: node)
        }
    }
}
