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
            case .assignAddresses, .assignPrefixes, .createENI: watchGrowth()
            case .unassign(_, _, let addresses, let prefixes): watchReturn(addresses + prefixes.flatMap(\.addresses))
            case .detachENI(_, let eni): watchReturn(eni.secondaryAddresses + eni.prefixes.flatMap(\.addresses))
            case .record, .wire, .unwire, .confirmDeleted, .refuse, .describeENIs, .attachENI, .setUpENI, .deleteENI: break
            }
        }
    }

    private mutating func watchAllocation(_ allocation: Allocation) {
        let address = allocation.address
        guard wired[allocation.attachment] == nil else { return }
        if let released = releasedAt[address], now - released < configuration.cooldown {
            violations.append("\(address) is handed out \(now - released) after its release")
        }
        if dying[address] != nil { violations.append("\(address) is handed out while a link has it") }
        guard !isMeddledWith else { return }
        let owner = ec2.attached.first { $0.holds(address) }
        if owner?.id != allocation.eni || owner?.deviceIndex != allocation.deviceIndex {
            violations.append("\(address) is handed out on \(allocation.eni); EC2 has it on \(owner?.id.rawValue ?? "no ENI of the node")")
        }
    }

    private mutating func watchGrowth() {
        let count = engine.count
        let unit = configuration.addressing == .prefix ? 16 : 1
        let most = max(configuration.limits.maxPods + count.cooling, count.held + count.cooling + count.waiting)
        if count.attached >= most + unit { violations.append("the pool grows to \(count.attached) addresses of \(most) that can be used") }
    }

    private mutating func watchReturn(_ addresses: [IPv4Address]) {
        let used = Set(wired.values.map(\.address)).union(dying.keys).union(engine.coolings.map(\.address))
            .union(engine.allocations.map(\.allocation.address))
        for address in addresses where used.contains(address) { violations.append("\(address) is given back while in use") }
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
        let addresses = allocations.map(\.allocation.address)
        if Set(addresses).count != addresses.count { violations.append("an address has two owners: \(addresses)") }
        let holders = Dictionary(uniqueKeysWithValues: allocations.map { ($0.allocation.attachment, $0.allocation.address) })
        for (attachment, address) in running where holders[attachment] != address {
            violations.append("\(attachment) runs with \(address) and the engine says \(holders[attachment]?.description ?? "nothing")")
        }
        let cooling = Set(engine.coolings.map(\.address))
        for address in addresses where cooling.contains(address) { violations.append("\(address) is held and cools") }
        let count = engine.count
        if count.held != allocations.count(where: { !$0.isQuarantined }) {
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
        for address in wired.values.map(\.address) + Array(dying.keys) where !ec2.hasGiven(address) {
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
