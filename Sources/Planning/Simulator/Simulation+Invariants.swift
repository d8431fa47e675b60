import Addressing
import IPAMEngine
import Timeline
import VPCModel

// What must be true: of each effect, of each node after its events, and of the VPC when all has come to rest.
extension Simulation {
    /// Looks at an effect before it is performed.
    mutating func judge(_ effect: IPAMEngine.Effect, of node: Int) {
        judgeRestraint(effect, of: node)
        judgeTrip(effect, of: node)
        switch effect {
        case .record(.allocated(let allocation)):
            if !nodes[node].hasLink(allocation.attachment) { judgeAllocation(allocation, on: node) }
        case .unassign(_, let eni, let addresses, let prefixes):
            judgeWish(to: "unassign", addresses + prefixes.flatMap(\.addresses), of: eni)
        case .detachENI(_, let eni):
            judgeWish(to: "detach", eni.secondaryAddresses + eni.prefixes.flatMap(\.addresses), of: eni.id)
        case .record, .wire, .unwire, .confirmDeleted, .refuse, .describeENIs, .describeSubnets, .createENI, .attachENI, .setUpENI,
            .assignAddresses, .assignPrefixes, .assignIPv6Prefix, .claimAddress, .deleteENI:
            break
        }
    }

    /// Whether the operator's order lets the call be made.
    private mutating func judgeRestraint(_ effect: IPAMEngine.Effect, of node: Int) {
        if case .normal = nodes[node].degradation { return }
        switch effect {
        case .record, .wire, .unwire, .confirmDeleted, .refuse, .setUpENI: return
        case .unassign, .detachENI, .deleteENI: break
        case .describeENIs, .describeSubnets, .createENI, .attachENI, .assignAddresses, .assignPrefixes, .assignIPv6Prefix, .claimAddress:
            if nodes[node].degradation < .stopCalls { return }
        }
        violate("node \(node) is ordered to \(nodes[node].degradation.rawValue) and asks EC2 to \(effect)")
    }

    private mutating func judgeAllocation(_ allocation: Allocation, on node: Int) {
        let place = VPCModel.Place(card: allocation.card, deviceIndex: allocation.deviceIndex)
        switch vpc.tenure(of: allocation.addresses, on: allocation.eni, of: nodes[node].instance, at: place, at: now) {
        case .notAttached:
            violate("node \(node) hands out \(allocation.addresses) on \(allocation.eni), which is not attached to it as it says")
        case .lacks(let address): violate("node \(node) hands out \(address), which \(allocation.eni) does not have")
        case .holds(let subnet): judgeChoice(allocation, of: subnet, at: place, on: node)
        }
    }

    /// Whether the address is one that the pod may have by the configuration at hand. A pod that is promised an address has it
    /// whatever has changed since.
    private mutating func judgeChoice(_ allocation: Allocation, of subnet: SubnetID, at place: VPCModel.Place, on node: Int) {
        guard nodes[node].runsEngine, let pod = nodes[node].pod(allocation.attachment), pod.hold == nil else { return }
        let configuration = nodes[node].configuration
        if place == VPCModel.Place(card: 0, deviceIndex: 0), !configuration.usesPrimaryENI {
            violate("node \(node) hands out \(allocation.addresses) of its primary ENI, which is not for pods")
        }
        if (subnet == namedPoolSubnet) != (pod.pool != nil) {
            violate("node \(node) hands out \(allocation.addresses) of \(subnet) to a pod of the pool \(pod.pool?.rawValue ?? "of all")")
        }
        let addresses = allocation.addresses
        if let address = addresses.ipv4, configuration.excludedAddresses.contains(where: { $0.contains(address) }) {
            violate("node \(node) hands out \(address), which is excluded")
        }
        let addressing = configuration.addressing
        if (addresses.ipv4 != nil) != (addressing.ipv4Unit != nil) || (addresses.ipv6 != nil) != addressing.hasIPv6 {
            violate("node \(node) hands out \(addresses) with addressing \(addressing)")
        }
    }

    /// An address that the ENI has no longer may be another node's by now; EC2 refuses to take that one.
    private mutating func judgeWish(to deed: String, _ addresses: [IPv4Address], of id: ENIID) {
        guard let eni = vpc.enis[id] else { return }
        judgeLoss(of: addresses.filter { eni.holds(.v4($0)) }, by: "the wish to \(deed) it from \(id)")
    }

    mutating func judgeLoss(of addresses: [IPv4Address], by cause: String) {
        for address in addresses {
            if let use = ledger.use(of: .v4(address), at: now) { violate("\(address) is \(use) in spite of \(cause)") }
            ledger.lose(.v4(address))
        }
    }

    /// Lets the slow allocator follow an entry, and hears whether it would have chosen so.
    mutating func shadow(_ entry: JournalEntry, on node: Int) {
        guard scenario.auditInterval > 0, nodes[node].runsEngine else { return }
        if let fault = nodes[node].shadow.follow(entry, nodes[node].configuration, at: now) { violate("node \(node): \(fault)") }
    }

    /// Compares what an engine says with the books, entry by entry.
    mutating func audit(_ node: Int) {
        guard let engine = nodes[node].policy.engine else { return }
        let held = Dictionary(
            engine.allocations.map { ($0.allocation.attachment, Set($0.allocation.addresses)) }, uniquingKeysWith: { first, _ in first })
        let holdings = ledger.holdings(ofNode: node)
        if held != holdings {
            let differences = Set(held.keys).union(holdings.keys).filter { held[$0] != holdings[$0] }.map(\.description).sorted()
            violate("node \(node) and the books disagree on \(differences.joined(separator: ", "))")
        }
        for cooling in engine.coolings where ledger.holder(of: cooling.address)?.node == node {
            violate("\(cooling.address) cools on node \(node) and is held")
        }
        auditLimits(engine, of: node)
        if report.events % 500 == 0, let fault = vpc.violations().first { violate("the model of the VPC is broken: \(fault)") }
    }

    private mutating func auditLimits(_ engine: IPAMEngine, of node: Int) {
        let enis = engine.enis
        for (card, limit) in scenario.limits.enisByCard.enumerated() {
            let count = enis.count { $0.eni.card == card }
            if count > limit { violate("node \(node) counts \(count) ENIs of \(limit) on card \(card)") }
        }
        for view in enis {
            let slots = view.eni.secondaryAddresses.count + view.eni.prefixes.count
            if slots > scenario.limits.slotsPerENI { violate("node \(node) counts \(slots) slots in use on \(view.eni.id)") }
        }
        if let late = engine.waitingRequests.first(where: { $0.deadline < now }) {
            violate("\(late.attachment) waits on node \(node) past \(late.deadline)")
        }
    }

    // MARK: - At rest

    /// Looks for what is left over when nothing is under way.
    mutating func checkRest() {
        for node in nodes.indices {
            guard let engine = nodes[node].policy.engine else { continue }
            checkRest(engine, of: node)
            checkTarget(engine, of: node)
        }
        if nodes.allSatisfy({ $0.policy.engine != nil }),
            let stray = vpc.enis.values.filter({ $0.state(at: now) == .available }).map(\.id).min()
        {
            violate("\(stray) is attached to nothing and nobody deletes it")
        }
        if let fault = vpc.violations().first { violate("the model of the VPC is broken: \(fault)") }
    }

    private mutating func checkRest(_ engine: IPAMEngine, of node: Int) {
        if let left = engine.allocations.first { violate("\(left.allocation.attachment) is gone and holds \(left.allocation.addresses)") }
        if let left = engine.coolings.first { violate("\(left.address) cools without end on node \(node)") }
        if let left = engine.callsInFlight.first { violate("node \(node) waits without end to \(left.purpose)") }
        if let left = nodes[node].pods.keys.map(\.description).min() { violate("the DEL of \(left) has had no answer") }
        let counted = engine.enis.map(\.eni)
        let given = vpc.enis(of: nodes[node].instance, at: now)
        let (ids, slots) = (counted.map(\.id).sorted(), counted.map { 1 + $0.secondaryAddresses.count + $0.prefixes.count })
        if ids != given.map(\.id).sorted() { violate("node \(node) counts the ENIs \(ids), EC2 \(given.map(\.id))") }
        if slots != given.map(\.slotsUsed) {
            violate("node \(node) counts \(slots) slots in use on its ENIs, EC2 \(given.map(\.slotsUsed))")
        }
    }

    /// Whether each pool is neither short of its goal nor larger than one unit beyond it, and whether pods can have IPv6
    /// addresses where they should.
    private mutating func checkTarget(_ engine: IPAMEngine, of node: Int) {
        let configuration = nodes[node].configuration
        for pool in engine.poolExplanations(at: now) {
            let enis = engine.enis.filter { $0.eni.pool == pool.name && $0.eni.card == pool.card && !$0.isDraining }
            let room = enis.reduce(0) { $0 + scenario.limits.slotsPerENI - $1.eni.secondaryAddresses.count - $1.eni.prefixes.count }
            let canGrow = room > 0 || engine.enis.count { $0.eni.card == pool.card } < pool.enisMax
            if pool.short > 0, canGrow { violate("node \(node) is \(pool.short) addresses short at rest: \(pool.count)") }
            let unit =
                pool.goal.keepsWholeENIs
                ? enis.filter { !$0.eni.isPrimary }.map(\.count.free).min() ?? .max : configuration.addressing.ipv4Unit == .prefix ? 16 : 1
            if pool.over >= unit { violate("node \(node) keeps \(pool.over) addresses too many at rest: \(pool.count)") }
        }
        guard configuration.addressing.hasIPv6 else { return }
        let serving = engine.enis.filter { !$0.isDraining && $0.eni.pool == nil }
        // Another pool may have the only seat.
        guard !serving.isEmpty || engine.enis.count < scenario.limits.enis else { return }
        let isServed = configuration.addressing == .ipv6 ? serving.contains(where: \.hasIPv6) : serving.allSatisfy(\.hasIPv6)
        if !isServed { violate("node \(node) has ENIs without IPv6 at rest with addressing \(configuration.addressing)") }
    }
}

extension IPAMEngine.ENIView {
    fileprivate var hasIPv6: Bool { !eni.ipv6Prefixes.isEmpty }
}
