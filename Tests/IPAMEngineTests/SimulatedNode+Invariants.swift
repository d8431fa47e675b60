import Addressing
import IPAMEngine
import Timeline

// What must be true after every event, by bookkeeping that is slow and obvious.
extension SimulatedNode {
    /// Looks at effects before they are performed.
    mutating func watch(_ effects: [IPAMEngine.Effect]) {
        for effect in effects {
            switch effect {
            case .record(.allocated(let allocation)): watchAllocation(allocation)
            case .assignAddresses, .assignPrefixes, .record(.eniRequested): watchGrowth()
            case .unassign(_, _, let addresses, let prefixes): watchReturn(addresses + prefixes.flatMap(\.addresses))
            case .detachENI(_, let eni): watchReturn(eni.secondaryAddresses + eni.prefixes.flatMap(\.addresses))
            case .record, .wire, .unwire, .confirmDeleted, .refuse, .describeENIs, .describeSubnets, .attachENI, .setUpENI,
                .createENI, .assignIPv6Prefix, .claimAddress, .deleteENI:
                break
            }
        }
    }

    private mutating func watchAllocation(_ allocation: Allocation) {
        let address = allocation.addresses
        guard wired[allocation.attachment] == nil else { return }
        for address in allocation.addresses {
            // The next pod of the same name may be promised what the last one had.
            let release = releases[address].flatMap { $0.by == nil || $0.by != allocation.pod ? $0 : nil }
            if let release, now - release.at < configuration.cooldown {
                violations.append("\(address) is handed out \(now - release.at) after its release")
            }
            if dying.keys.joined().contains(address) { violations.append("\(address) is handed out while a link has it") }
        }
        guard !isMeddledWith else { return }
        let owner = ec2.attached.first { eni in address.allSatisfy { eni.holds($0) } }
        if owner?.id != allocation.eni || owner?.seat != DeviceSeat(card: allocation.card, deviceIndex: allocation.deviceIndex) {
            violations.append("\(address) is handed out on \(allocation.eni); EC2 has it on \(owner?.id.rawValue ?? "no ENI of the node")")
        }
    }

    private mutating func watchGrowth() {
        let count = engine.count
        let unit = configuration.addressing.ipv4Unit == .prefix ? 16 : 1
        let most = max(configuration.limits.maxPods + count.cooling, count.held + count.cooling + count.waiting)
        // A prefix is asked for beside the single addresses that stand in for it.
        let probe = unit == 16 && engine.enis.contains { !$0.eni.secondaryAddresses.isEmpty } ? 16 : 0
        // Nor does a pool count on what is left of another mode.
        let free = engine.enis.reduce(0) { $0 + $1.count.free }
        let freeInPrefixes = engine.enis.flatMap(\.prefixes).reduce(0) { $0 + $1.count.free }
        let leftOver = unit == 16 ? free - freeInPrefixes : freeInPrefixes
        if count.attached - leftOver >= most + unit + probe {
            violations.append("the pool grows to \(count.attached) addresses of \(most) that can be used")
        }
    }

    private mutating func watchReturn(_ addresses: [IPv4Address]) {
        let used = Set(wired.values.flatMap(\.addresses)).union(dying.keys.joined()).union(engine.coolings.map(\.address))
            .union(engine.allocations.flatMap(\.allocation.addresses))
        for address in addresses where used.contains(.v4(address)) { violations.append("\(address) is given back while in use") }
    }

    mutating func check(after event: IPAMEngine.Event) {
        checkHolders()
        checkAddresses()
        checkAnswers()
        if let deadline = engine.nextDeadline, deadline <= now {
            violations.append("the next deadline \(deadline) is not after \(now), after \(event)")
        }
    }

    private mutating func checkHolders() {
        let allocations = engine.allocations
        let addresses = allocations.flatMap(\.allocation.addresses)
        if Set(addresses).count != addresses.count { violations.append("an address has two owners: \(addresses)") }
        let holders = Dictionary(uniqueKeysWithValues: allocations.map { ($0.allocation.attachment, $0.allocation.addresses) })
        for (attachment, address) in running where holders[attachment] != address {
            violations.append("\(attachment) runs with \(address) and the engine says \(holders[attachment]?.description ?? "nothing")")
        }
        let cooling = Set(engine.coolings.map(\.address))
        for address in addresses where cooling.contains(address) { violations.append("\(address) is held and cools") }
        let count = engine.count
        if count.held != allocations.count(where: { $0.allocation.addresses.ipv4 != nil && !$0.isQuarantined }) {
            violations.append("\(count.held) addresses are held, by \(allocations.count) owners")
        }
        let views = engine.enis.filter { !$0.isLeaving }
        if count.held != views.reduce(0, { $0 + $1.count.held }) || count.cooling != views.reduce(0, { $0 + $1.count.cooling }) {
            violations.append("the counts \(count) are not those of the ENIs \(views.map(\.count))")
        }
    }

    private mutating func checkAddresses() {
        for view in engine.enis {
            let slots = view.eni.secondaryAddresses.count + view.eni.prefixes.count
            if slots > configuration.limits.slotsPerENI { violations.append("\(view.eni.id) has \(slots) slots in use") }
        }
        guard !isMeddledWith else { return }
        let given = ec2.attached.reduce(into: [ENIID: FakeEC2.Interface]()) { $0[$1.id] = $1 }
        for view in engine.enis where !view.isLeaving {
            let isGiven =
                given[view.eni.id]?.addresses.isSuperset(of: view.eni.secondaryAddresses) == true
                && given[view.eni.id]?.prefixes.isSuperset(of: view.eni.prefixes) == true
            if !isGiven { violations.append("\(view.eni.id) counts addresses that EC2 has not given: \(view.eni)") }
        }
        for address in wired.values.flatMap(\.addresses) + Array(dying.keys.joined()) where !ec2.hasGiven(address) {
            violations.append("\(address) is in use and EC2 has not given it")
        }
    }

    /// A journal that is written anew must lead to the same engine.
    mutating func checkCompaction() {
        let compacted = engine.journal
        let replayed = IPAMEngine(configuration, replaying: compacted, at: now)
        if replayed.journal != compacted { violations.append("the compacted journal \(compacted) leads to \(replayed.journal)") }
        let (here, there) = (engine.count, replayed.count)
        if (here.held, here.cooling) != (there.held, there.cooling) { violations.append("\(here) becomes \(there) when replayed") }
    }

    private mutating func checkAnswers() {
        for (attachment, deadline) in waiting where deadline < now {
            violations.append("the ADD of \(attachment) has had no answer by \(deadline)")
        }
    }
}
