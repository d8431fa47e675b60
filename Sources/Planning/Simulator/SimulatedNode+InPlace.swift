import IPAMEngine
import Timeline

// What is asked of a node with every event. These methods change nothing or little, and are mutating all the same: a node that
// is read where it stands in an array is copied first, with all it holds, which costs several times what an event does.
extension SimulatedNode {
    /// Gives the engine an event.
    ///
    /// - Returns: False when there is none, as the daemon is down.
    mutating func handle(_ event: IPAMEngine.Event, at now: Instant, into effects: inout [IPAMEngine.Effect]) -> Bool {
        guard isUp else { return false }
        policy.handle(event, at: now, into: &effects)
        return true
    }

    /// Whether the daemon performs its next effect, and lives.
    mutating func nextStep() -> Step {
        guard isUp else { return .isDead }
        guard let left = effectsUntilCrash else { return .performs }
        guard left > 0 else { return .dies }
        effectsUntilCrash = left - 1
        return .performs
    }

    enum Step {
        case performs, dies, isDead
    }

    /// Notes when the engine is to be woken.
    ///
    /// - Returns: That moment, if the agenda does not wake it before.
    mutating func setAlarm() -> Instant? {
        guard let deadline = policy.nextDeadline else { return nil }
        if let alarm, alarm <= deadline { return nil }
        alarm = deadline
        return deadline
    }

    /// - Returns: When the engine is to be woken by now; nil when another alarm was set since, or there is no reason any more.
    mutating func ring(at moment: Instant) -> Instant? {
        guard alarm == moment else { return nil }
        alarm = nil
        return policy.nextDeadline
    }

    mutating func count() -> PoolCount { policy.count }

    /// Whether the attachment still holds what it was given, by this very ADD.
    mutating func holds(_ allocation: Allocation) -> Bool { policy.holds(allocation) }

    mutating func pod(_ attachment: PodAttachment) -> Pod? { pods[attachment] }

    mutating func hasLink(_ attachment: PodAttachment) -> Bool { sandboxes[attachment]?.link != nil }

    /// The daemon's life, in which work begins.
    mutating func currentLife() -> Int { life }

    /// A number for one more pod, which no other of the node has.
    mutating func numberPod() -> Int {
        lastPod += 1
        return lastPod
    }

    /// Writes the journal anew when it is long, as the daemon does; sooner, so that the journals of many nodes stay in the cache.
    ///
    /// - Returns: Whether the daemon is up.
    mutating func compactJournal() -> Bool {
        guard isUp else { return false }
        if journal.count >= Self.journalEntriesMax {
            let entries = policy.journal
            journal.removeAll(keepingCapacity: true)
            journal += entries
        }
        return true
    }

    private static var journalEntriesMax: Int { 1024 }

    /// The pod has an address, and its links are being made.
    mutating func beginWiring(_ allocation: Allocation) {
        let attachment = allocation.attachment
        if let index = pods.index(forKey: attachment), pods.values[index].isAdding { pods.values[index].phase = .wiring }
        sandboxes[attachment, default: Sandbox()].wiring = allocation
    }

    /// Changes what the kernel has of an attachment, of which it may have nothing after that.
    mutating func changeSandbox(of attachment: PodAttachment, _ body: (inout Sandbox) -> Void) {
        guard let index = sandboxes.index(forKey: attachment) else { return }
        let isEmpty = sandboxes.values[index].change(body)
        if isEmpty { sandboxes.remove(at: index) }
    }

    /// The links are made, or could not be.
    mutating func endWiring(_ allocation: Allocation, isLinked: Bool) {
        changeSandbox(of: allocation.attachment) { sandbox in
            sandbox.wiring = nil
            sandbox.link = isLinked ? allocation : nil
        }
    }

    /// Takes the rules of a link away, so that the reaper will come for it.
    mutating func beginReaping(_ allocation: Allocation) {
        var wasLinked = false
        changeSandbox(of: allocation.attachment) { sandbox in
            sandbox.unwiring = nil
            wasLinked = sandbox.link.take() != nil
        }
        if wasLinked { dying.append(allocation) }
    }

    /// The pod runs, if it waited for its links.
    ///
    /// - Returns: When its ADD was sent; nil when it did not wait.
    mutating func run(with allocation: Allocation) -> Instant? {
        guard isUp, let index = pods.index(forKey: allocation.attachment), pods.values[index].phase == .wiring else { return nil }
        pods.values[index].phase = .running(allocation.addresses)
        return pods.values[index].since
    }

    /// The DEL of a pod has had its answer.
    mutating func forget(_ attachment: PodAttachment) {
        guard let index = pods.index(forKey: attachment), !pods.values[index].isAlive else { return }
        pods.remove(at: index)
    }

    /// The reaper has been there.
    mutating func reap(_ allocation: Allocation) {
        if let index = dying.firstIndex(of: allocation) { dying.remove(at: index) }
    }
}
