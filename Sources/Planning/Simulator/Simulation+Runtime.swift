import IPAMEngine
import Timeline

// The container runtime of each node: which pods come and go, and how it tells the daemon.
extension Simulation {
    mutating func beginChurn(on node: Int) {
        agenda.add(.podArrives(node), at: now + random.exponential(mean: scenario.churn.arrivalInterval))
        if let interval = scenario.churn.burstInterval { agenda.add(.podsBurst(node), at: now + random.exponential(mean: interval)) }
        if let interval = scenario.churn.garbageInterval { agenda.add(.collectGarbage(node), at: now + random.exponential(mean: interval)) }
    }

    mutating func podArrives(on node: Int) {
        guard isRough else { return }
        startPods(1, on: node)
        agenda.add(.podArrives(node), at: now + random.exponential(mean: scenario.churn.arrivalInterval))
    }

    mutating func podsBurst(on node: Int) {
        guard isRough, let interval = scenario.churn.burstInterval else { return }
        startPods(scenario.churn.burstSize, on: node)
        agenda.add(.podsBurst(node), at: now + random.exponential(mean: interval))
    }

    /// Starts pods as far as the kubelet's limit allows.
    mutating func startPods(_ count: Int, on node: Int) {
        let room = scenario.limits.maxPods - nodes[node].pods.values.count { $0.isAlive }
        for _ in 0..<max(0, min(count, room)) {
            nodes[node].lastPod += 1
            let attachment = PodAttachment(network: "berth", containerID: "\(node)-\(nodes[node].lastPod)", interface: "eth0")
            nodes[node].pods[attachment] = SimulatedNode.Pod(since: now, phase: .created)
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
        let pool = nodes[node].policy.engine.count
        report.addressesAttached += pool.attached
        report.addressesHeld += pool.held
    }

    mutating func add(_ attachment: PodAttachment, on node: Int) {
        guard var pod = nodes[node].pods[attachment], pod.isAlive else { return }
        let deadline = now + scenario.budget
        if pod.phase == .created {
            report.pods += 1
            // The plugin finds no daemon and answers for it.
            guard nodes[node].isUp else { return fail(attachment, "daemon-away", on: node) }
        }
        guard nodes[node].isUp else { return }
        if pod.phase == .created || pod.isAdding {
            pod.phase = .adding(deadline: deadline)
            nodes[node].pods[attachment] = pod
            agenda.add(.budgetEnds(node, attachment, deadline), at: deadline + .milliseconds(1))
        }
        send(.podAdded(PodRequest(attachment: attachment, pod: nil, deadline: deadline)), to: node)
    }

    mutating func checkAnswer(to attachment: PodAttachment, by deadline: Instant, on node: Int) {
        guard nodes[node].isUp, nodes[node].pods[attachment]?.phase == .adding(deadline: deadline) else { return }
        violate("the ADD of \(attachment) on node \(node) has had no answer by \(deadline)")
    }

    mutating func refuse(_ attachment: PodAttachment, _ refusal: Refusal, on node: Int) {
        guard refusal != .superseded, nodes[node].pods[attachment]?.isAdding == true else { return }
        fail(attachment, refusal.code, on: node)
    }

    /// An ADD that failed is followed by a DEL (CNI specification 1.1.0, section 2, "DEL").
    mutating func fail(_ attachment: PodAttachment, _ reason: String, on node: Int) {
        report.refusals[reason, default: 0] += 1
        nodes[node].pods[attachment]?.phase = .deleting
        agenda.add(.delete(node, attachment), at: now + .milliseconds(1))
    }

    /// A DEL that ends the pod, or repeats one that has had no answer.
    mutating func delete(_ attachment: PodAttachment, on node: Int) {
        guard let pod = nodes[node].pods[attachment], pod.phase != .forgotten else { return }
        if pod.isAlive {
            if happens(.lostDelete, to: node) {
                nodes[node].pods[attachment]?.phase = .forgotten
                return
            }
            if happens(.duplicateRequest, to: node) {
                agenda.add(.delete(node, attachment), at: now + random.duration(in: .zero ... .milliseconds(5)))
            }
        }
        nodes[node].pods[attachment]?.phase = .deleting
        if nodes[node].isUp { send(.podDeleted(attachment), to: node) } else { nodes[node].spool.append(attachment) }
    }

    /// The DEL has had its answer.
    mutating func forget(_ attachment: PodAttachment, on node: Int) {
        guard let pod = nodes[node].pods[attachment], !pod.isAlive else { return }
        nodes[node].pods[attachment] = nil
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
            if nodes[node].pods[attachment]?.phase == .forgotten { nodes[node].pods[attachment]?.phase = .deleting }
            delete(attachment, on: node)
        }
    }
}
