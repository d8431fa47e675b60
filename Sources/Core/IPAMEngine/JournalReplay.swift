import Addressing
import Timeline

/// What a journal comes down to when it is read from its beginning.
struct JournalReplay {
    private(set) var enis: [ENIID: AttachedENI] = [:]
    private(set) var orphans: [ENIID: IPAMEngine.Orphan] = [:]
    /// ENIs that EC2 was asked for and may have made, by client token.
    private(set) var requests: [String: NewENI] = [:]
    private(set) var leaving: [ENIID: Leaving] = [:]
    private(set) var detaching: [ENIID: AttachedENI] = [:]
    private(set) var departures = Departures()
    private(set) var allocations: [PodAttachment: (Allocation, Wiring)] = [:]
    private(set) var cooling: [IPAddress: (until: Instant, isLinkGone: Bool)] = [:]
    private(set) var promises: [PodName: Promises.Promise] = [:]
    private(set) var restraint = Restraint()
    private var owners: [IPAddress: PodAttachment] = [:]

    /// What EC2 was asked to take back from one ENI.
    struct Leaving: Sendable {
        var addresses: [IPv4Address] = []
        var prefixes: [IPv4CIDR] = []

        mutating func remove(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR]) {
            self.addresses.removeAll(where: addresses.contains)
            self.prefixes.removeAll(where: prefixes.contains)
        }
    }

    mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .allocated(let allocation): allocate(allocation)
        case .wired(let attachment): allocations[attachment]?.1 = .wired
        case .released(let attachment, let addresses, let until): release(attachment, addresses, until: until)
        case .linkGone(let addresses):
            for address in addresses { cooling[address]?.isLinkGone = true }
        case .promised(let name, let addresses, let until):
            promises[name] = Promises.Promise(addresses: addresses, until: until)
        case .eniRequested(let eni): requests[eni.clientToken] = eni
        case .eniRefused(let token): requests[token] = nil
        case .eniCreated(let id, let token):
            requests[token] = nil
            orphans[id] = .unattached
        case .eniAttached(let eni): attach(eni)
        case .unassigning(let id, let addresses, let prefixes):
            leaving[id, default: Leaving()].addresses += addresses
            leaving[id, default: Leaving()].prefixes += prefixes
            forget(addresses, prefixes, of: id)
        case .unassigned(let id, let addresses, let prefixes, let moment):
            leaving[id]?.remove(addresses, prefixes)
            forget(addresses, prefixes, of: id)
            departures.note(Departures.things(addresses, prefixes), at: moment)
        case .eniDetaching(let eni):
            enis[eni.id] = nil
            detaching[eni.id] = eni
        case .eniDetached(let id):
            detaching[id] = nil
            orphans[id] = .doomed
        case .eniGone(let id, let moment):
            lose(id)
            departures.note([.eni(id)], at: moment)
        case .eniLost(let id): lose(id)
        case .degradationOrdered(let order, let moment): restraint = Restraint(order: order, at: moment)
        }
    }

    private mutating func lose(_ id: ENIID) {
        enis[id] = nil
        orphans[id] = nil
        detaching[id] = nil
        leaving[id] = nil
    }

    private mutating func allocate(_ allocation: Allocation) {
        let attachment = allocation.attachment
        for address in allocation.addresses {
            if let owner = owners[address], owner != attachment { forget(owner) }
        }
        forget(attachment)
        for address in allocation.addresses {
            owners[address] = attachment
            cooling[address] = nil
        }
        allocations[attachment] = (allocation, .wiring)
        if let pod = allocation.pod { promises[pod] = nil }
    }

    private mutating func forget(_ attachment: PodAttachment) {
        guard let (earlier, _) = allocations.removeValue(forKey: attachment) else { return }
        for address in earlier.addresses where owners[address] == attachment { owners[address] = nil }
    }

    private mutating func release(_ attachment: PodAttachment, _ addresses: PodAddresses, until: Instant) {
        for address in addresses where owners[address] == attachment || owners[address] == nil {
            owners[address] = nil
            cooling[address] = (until, false)
        }
        if allocations[attachment]?.0.addresses == addresses { allocations[attachment] = nil }
    }

    private mutating func attach(_ eni: AttachedENI) {
        enis[eni.id] = eni
        orphans[eni.id] = nil
        detaching[eni.id] = nil
        leaving[eni.id]?.remove(eni.secondaryAddresses, eni.prefixes)
        departures.forget(Departures.things(eni.secondaryAddresses, eni.prefixes))
    }

    private mutating func forget(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], of id: ENIID) {
        enis[id]?.secondaryAddresses.removeAll(where: addresses.contains)
        enis[id]?.prefixes.removeAll(where: prefixes.contains)
    }
}
