import Addressing
import IPAMEngine
import Timeline

// The kernel of each node: links that pods have, links that wait for the reaper, and the journal that is written beside them.
extension Simulation {
    func holder(_ attachment: PodAttachment, on node: Int) -> Ledger.Holder {
        Ledger.Holder(node: node, attachment: attachment)
    }

    mutating func record(_ entry: JournalEntry, on node: Int) {
        nodes[node].journal.append(entry)
        switch entry {
        case .allocated(let allocation):
            check(ledger.allocate(allocation.address, to: holder(allocation.attachment, on: node), at: now))
        case .released(let attachment, let address, _):
            check(ledger.release(address, of: holder(attachment, on: node), at: now))
        case .eniCreated(let eni): knownENIs.insert(eni)
        case .wired, .linkGone, .eniAttached, .eniGone: break
        }
    }

    private mutating func check(_ fault: String?) {
        if let fault { violate(fault) }
    }

    // MARK: - ADD

    mutating func beginWiring(_ allocation: Allocation, on node: Int) {
        if nodes[node].pods[allocation.attachment]?.isAdding == true { nodes[node].pods[allocation.attachment]?.phase = .wiring }
        nodes[node].wiring[allocation.attachment] = allocation
        agenda.add(.wire(node, life: nodes[node].life, allocation), at: now + .milliseconds(1))
    }

    mutating func wire(_ allocation: Allocation, on node: Int) {
        let attachment = allocation.attachment
        nodes[node].wiring[attachment] = nil
        // A DEL may have come between.
        guard nodes[node].policy.holds(allocation) else { return }
        if happens(.wiringFailure, to: node) {
            nodes[node].links[attachment] = nil
            ledger.removeLink(with: allocation.address, of: holder(attachment, on: node))
            if nodes[node].pods[attachment]?.isAlive == true { fail(attachment, "wiring-failed", on: node) }
            return send(.wiringFailed(attachment), to: node)
        }
        makeLink(allocation, on: node)
        send(.podWired(attachment), to: node)
        guard nodes[node].isUp, let pod = nodes[node].pods[attachment], pod.phase == .wiring else { return }
        nodes[node].pods[attachment]?.phase = .running(allocation.address)
        report.served += 1
        report.waits.add(now - pod.since)
    }

    private mutating func makeLink(_ allocation: Allocation, on node: Int) {
        nodes[node].links[allocation.attachment] = allocation
        check(ledger.makeLink(with: allocation.address, of: holder(allocation.attachment, on: node)))
    }

    // MARK: - DEL

    mutating func beginUnwiring(_ allocation: Allocation, on node: Int) {
        nodes[node].unwiring[allocation.attachment] = allocation
        agenda.add(.unwire(node, life: nodes[node].life, allocation), at: now + .milliseconds(1))
    }

    mutating func unwire(_ allocation: Allocation, on node: Int) {
        let attachment = allocation.attachment
        nodes[node].unwiring[attachment] = nil
        guard nodes[node].policy.holds(allocation) else { return forget(attachment, on: node) }
        removeRules(allocation, on: node)
        let delay: ClosedRange<Duration> =
            happens(.lingeringLink, to: node) ? .seconds(10) ... .seconds(90) : .milliseconds(20) ... .milliseconds(500)
        agenda.add(.reap(node, life: nodes[node].life, allocation), at: now + random.duration(in: delay))
        send(.podUnwired(attachment), to: node)
        if nodes[node].isUp { forget(attachment, on: node) }
    }

    private mutating func removeRules(_ allocation: Allocation, on node: Int) {
        let attachment = allocation.attachment
        if case .running(let address) = nodes[node].pods[attachment]?.phase {
            violate("\(attachment) on node \(node) runs with \(address) and loses it without a DEL")
        }
        guard nodes[node].links.removeValue(forKey: attachment) != nil else { return }
        nodes[node].dying[attachment, default: []].append(allocation.address)
    }

    mutating func reap(_ allocation: Allocation, on node: Int) {
        nodes[node].dying[allocation.attachment]?.removeAll { $0 == allocation.address }
        if nodes[node].dying[allocation.attachment]?.isEmpty == true { nodes[node].dying[allocation.attachment] = nil }
        ledger.removeLink(with: allocation.address, of: holder(allocation.attachment, on: node))
        send(.linkGone(allocation.address), to: node)
    }

    // MARK: - A crash

    /// Of the kernel work that was under way some is done and some is not.
    mutating func cutOffKernelWork(on node: Int) {
        for allocation in nodes[node].wiring.values.sorted(by: { $0.address < $1.address }) where random.chance(0.5) {
            makeLink(allocation, on: node)
        }
        for allocation in nodes[node].unwiring.values.sorted(by: { $0.address < $1.address }) where random.chance(0.5) {
            removeRules(allocation, on: node)
        }
        nodes[node].wiring = [:]
        nodes[node].unwiring = [:]
    }

    /// Compares the kernel with what the journal says, as a daemon does before it begins: pods that the journal lacks are
    /// adopted, links that nobody holds are removed, pods that have no link are let go.
    mutating func recoverFromKernel(on node: Int) {
        let links = nodes[node].links.values.sorted { $0.address < $1.address }
        let unknown = links.filter { nodes[node].policy.engine.allocation(of: $0.attachment) == nil }
        if !unknown.isEmpty { send(.adopted(unknown), to: node) }
        for link in links where nodes[node].policy.engine.allocation(of: link.attachment) == nil {
            nodes[node].links[link.attachment] = nil
            ledger.removeLink(with: link.address, of: holder(link.attachment, on: node))
        }
        for (attachment, addresses) in nodes[node].dying {
            for address in addresses { ledger.removeLink(with: address, of: holder(attachment, on: node)) }
        }
        nodes[node].dying = [:]
        send(.linksSwept, to: node)
        for allocation in nodes[node].policy.engine.wiredAllocations where nodes[node].links[allocation.attachment] == nil {
            send(.podDeleted(allocation.attachment), to: node)
        }
    }
}
