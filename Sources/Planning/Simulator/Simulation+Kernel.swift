import Addressing
import IPAMEngine
import Timeline

// The kernel of each node: links that pods have, links that wait for the reaper, and the journal that is written beside them.
extension Simulation {
    func holder(_ attachment: PodAttachment, on node: Int) -> Ledger.Holder {
        Ledger.Holder(node: node, attachment: attachment)
    }

    mutating func record(_ entry: JournalEntry, on node: Int) {
        if mayCrash { nodes[node].journal.append(entry) }
        switch entry {
        case .allocated(let allocation):
            let holder = holder(allocation.attachment, on: node)
            for address in allocation.addresses { check(ledger.allocate(address, to: holder, of: allocation.pod, at: now)) }
        case .released(let attachment, let addresses, _):
            let holder = holder(attachment, on: node)
            for address in addresses { check(ledger.release(address, of: holder, at: now)) }
        case .promised(let name, let addresses, let until):
            for address in addresses { ledger.promise(address, to: name, until: until) }
        case .degradationOrdered(let order, _): nodes[node].degradation = order
        case .wired, .linkGone, .eniRequested, .eniRefused, .eniCreated, .eniAttached, .unassigning, .unassigned, .eniDetaching,
            .eniDetached, .eniGone, .eniLost:
            break
        }
        shadow(entry, on: node)
    }

    private mutating func check(_ fault: String?) {
        if let fault { violate(fault) }
    }

    // MARK: - ADD

    mutating func beginWiring(_ allocation: Allocation, on node: Int) {
        nodes[node].beginWiring(allocation)
        agenda.add(.wire(node, life: nodes[node].currentLife(), allocation), at: now + .milliseconds(1))
    }

    mutating func wire(_ allocation: Allocation, on node: Int) {
        let attachment = allocation.attachment
        // A DEL may have come between.
        guard nodes[node].holds(allocation) else { return nodes[node].changeSandbox(of: attachment) { $0.wiring = nil } }
        if happens(.wiringFailure, to: node) {
            nodes[node].endWiring(allocation, isLinked: false)
            removeLink(allocation, on: node)
            if nodes[node].pods[attachment]?.isAlive == true { fail(attachment, "wiring-failed", on: node) }
            return send(.wiringFailed(attachment), to: node)
        }
        nodes[node].endWiring(allocation, isLinked: true)
        enterLink(allocation, on: node)
        send(.podWired(attachment), to: node)
        guard let since = nodes[node].run(with: allocation) else { return }
        report.served += 1
        report.waits.add(now - since)
    }

    private mutating func enterLink(_ allocation: Allocation, on node: Int) {
        let holder = holder(allocation.attachment, on: node)
        for address in allocation.addresses { check(ledger.makeLink(with: address, of: holder)) }
    }

    private mutating func removeLink(_ allocation: Allocation, on node: Int) {
        let holder = holder(allocation.attachment, on: node)
        for address in allocation.addresses { ledger.removeLink(with: address, of: holder) }
    }

    // MARK: - DEL

    mutating func beginUnwiring(_ allocation: Allocation, on node: Int) {
        nodes[node].sandboxes[allocation.attachment, default: SimulatedNode.Sandbox()].unwiring = allocation
        agenda.add(.unwire(node, life: nodes[node].currentLife(), allocation), at: now + .milliseconds(1))
    }

    mutating func unwire(_ allocation: Allocation, on node: Int) {
        let attachment = allocation.attachment
        guard nodes[node].holds(allocation) else {
            nodes[node].changeSandbox(of: attachment) { $0.unwiring = nil }
            return forget(attachment, on: node)
        }
        removeRules(allocation, on: node)
        let delay: ClosedRange<Duration> =
            happens(.lingeringLink, to: node) ? .seconds(10) ... .seconds(90) : .milliseconds(20) ... .milliseconds(500)
        agenda.add(.reap(node, life: nodes[node].currentLife(), allocation), at: now + random.duration(in: delay))
        send(.podUnwired(attachment), to: node)
        if nodes[node].isUp { forget(attachment, on: node) }
    }

    private mutating func removeRules(_ allocation: Allocation, on node: Int) {
        let attachment = allocation.attachment
        if case .running(let addresses) = nodes[node].pod(attachment)?.phase {
            violate("\(attachment) on node \(node) runs with \(addresses) and loses it without a DEL")
        }
        nodes[node].beginReaping(allocation)
    }

    mutating func reap(_ allocation: Allocation, on node: Int) {
        nodes[node].reap(allocation)
        removeLink(allocation, on: node)
        send(.linkGone(allocation.addresses), to: node)
    }

    // MARK: - A crash

    /// Of the kernel work that was under way some is done and some is not.
    mutating func cutOffKernelWork(on node: Int) {
        for allocation in kernelWork(\.wiring, on: node) {
            let isDone = random.chance(0.5)
            nodes[node].changeSandbox(of: allocation.attachment) { sandbox in
                sandbox.wiring = nil
                if isDone { sandbox.link = allocation }
            }
            if isDone { enterLink(allocation, on: node) }
        }
        for allocation in kernelWork(\.unwiring, on: node) {
            if random.chance(0.5) {
                removeRules(allocation, on: node)
            } else {
                nodes[node].changeSandbox(of: allocation.attachment) { $0.unwiring = nil }
            }
        }
    }

    /// The allocations that are somewhere in the kernel, by address.
    private func kernelWork(_ place: KeyPath<SimulatedNode<Policy>.Sandbox, Allocation?>, on node: Int) -> [Allocation] {
        nodes[node].sandboxes.values.compactMap { $0[keyPath: place] }.sorted { $0.addresses < $1.addresses }
    }

    /// Compares the kernel with what the journal says, as a daemon does before it begins: pods that the journal lacks are
    /// adopted, links that nobody holds are removed, pods that have no link are let go.
    mutating func recoverFromKernel(on node: Int) {
        let links = kernelWork(\.link, on: node)
        let unknown = links.filter { nodes[node].policy.allocation(of: $0.attachment) == nil }
        if !unknown.isEmpty { send(.adopted(unknown), to: node) }
        for link in links where nodes[node].policy.allocation(of: link.attachment) == nil {
            nodes[node].changeSandbox(of: link.attachment) { $0.link = nil }
            removeLink(link, on: node)
        }
        for allocation in nodes[node].dying { removeLink(allocation, on: node) }
        nodes[node].dying = []
        send(.linksSwept, to: node)
        for allocation in nodes[node].policy.wiredAllocations where !nodes[node].hasLink(allocation.attachment) {
            send(.podDeleted(allocation.attachment), to: node)
        }
    }
}
