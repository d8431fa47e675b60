import Addressing
import IPAMEngine
import Timeline
import VPCModel

// What must be true: of each effect, of each node after its events, and of the VPC when all has come to rest.
extension Simulation {
    /// Looks at an effect before it is performed.
    mutating func judge(_ effect: IPAMEngine.Effect, of node: Int) {
        switch effect {
        case .record(.allocated(let allocation)):
            if nodes[node].links[allocation.attachment] == nil { judgeAllocation(allocation, on: node) }
        case .unassign(_, let eni, let addresses, let prefixes):
            judgeLoss(of: addresses + prefixes.flatMap(\.addresses), by: "the wish to unassign it from \(eni)")
        case .detachENI(_, let eni):
            judgeLoss(of: eni.secondaryAddresses + eni.prefixes.flatMap(\.addresses), by: "the wish to detach \(eni.id)")
        case .record, .wire, .unwire, .confirmDeleted, .refuse, .describeENIs, .createENI, .attachENI, .setUpENI, .assignAddresses,
            .assignPrefixes, .deleteENI:
            break
        }
    }

    private mutating func judgeAllocation(_ allocation: Allocation, on node: Int) {
        let eni = vpc.enis[allocation.eni]
        let isAttached = eni?.attachment?.instance == nodes[node].instance && eni?.state(at: now) == .attached
        guard isAttached, eni?.attachment?.deviceIndex == allocation.deviceIndex else {
            return violate("node \(node) hands out \(allocation.address) on \(allocation.eni), which is not attached to it as it says")
        }
        guard let eni,
            eni.secondaryAddresses.contains(allocation.address) || eni.prefixes.contains(where: { $0.contains(allocation.address) })
        else { return violate("node \(node) hands out \(allocation.address), which \(allocation.eni) does not have") }
    }

    mutating func judgeLoss(of addresses: [IPv4Address], by cause: String) {
        for address in addresses {
            if let use = ledger.use(of: address, at: now) { violate("\(address) is \(use) in spite of \(cause)") }
        }
    }

    /// Compares what an engine says with the books, entry by entry.
    mutating func audit(_ node: Int) {
        let engine = nodes[node].policy.engine
        let allocations = engine.allocations
        let held = Dictionary(
            allocations.map { ($0.allocation.attachment, $0.allocation.address) }, uniquingKeysWith: { first, _ in first })
        let holdings = ledger.holdings(ofNode: node)
        if held != holdings {
            let differences = Set(held.keys).union(holdings.keys).filter { held[$0] != holdings[$0] }.map(\.description).sorted()
            violate("node \(node) and the books disagree on \(differences.joined(separator: ", "))")
        }
        for cooling in engine.coolings where ledger.holders[cooling.address]?.node == node {
            violate("\(cooling.address) cools on node \(node) and is held")
        }
        auditLimits(engine, of: node)
        if report.events % 500 == 0, let fault = vpc.violations().first { violate("the model of the VPC is broken: \(fault)") }
    }

    private mutating func auditLimits(_ engine: IPAMEngine, of node: Int) {
        let enis = engine.enis
        if enis.count > scenario.limits.enis { violate("node \(node) counts \(enis.count) ENIs of \(scenario.limits.enis)") }
        for view in enis {
            let slots = view.eni.secondaryAddresses.count + view.eni.prefixes.count
            if slots > scenario.limits.slotsPerENI { violate("node \(node) counts \(slots) slots in use on \(view.eni.id)") }
        }
        let waiting = engine.waitingRequests
        if let late = waiting.first(where: { $0.deadline < now }) {
            violate("\(late.attachment) waits on node \(node) past \(late.deadline)")
        }
    }

    // MARK: - At rest

    /// Looks for what is left over when nothing is under way.
    mutating func checkRest() {
        for node in nodes.indices {
            checkRest(of: node)
            checkTarget(of: node)
        }
        let stray = vpc.enis.values.filter { $0.state(at: now) == .available }.map(\.id)
        report.enisUnheardOf = stray.count { !knownENIs.contains($0) }
        if let leaked = stray.filter(knownENIs.contains).min() { violate("\(leaked) is attached to nothing and nobody deletes it") }
        if let fault = vpc.violations().first { violate("the model of the VPC is broken: \(fault)") }
    }

    private mutating func checkRest(of node: Int) {
        let engine = nodes[node].policy.engine
        if let left = engine.allocations.first { violate("\(left.allocation.attachment) is gone and holds \(left.allocation.address)") }
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

    /// Whether the pool is neither short of its target nor larger than one unit beyond it.
    private mutating func checkTarget(of node: Int) {
        let (engine, configuration) = (nodes[node].policy.engine, nodes[node].configuration)
        let perSlot = scenario.addressing == .prefix ? 16 : 1
        let room = engine.enis.reduce(scenario.limits.enis * scenario.limits.slotsPerENI) {
            $0 - $1.eni.secondaryAddresses.count - $1.eni.prefixes.count
        }
        let short = configuration.addressesShort(engine.count)
        if short > 0, room > 0 { violate("node \(node) is \(short) addresses short at rest: \(engine.count)") }
        let countsAddresses = (scenario.targets.addresses ?? 0) > 0 || (scenario.targets.minimumAddresses ?? 0) > 0
        let keepsWholeENIs = scenario.addressing == .secondary && !countsAddresses
        let unit = keepsWholeENIs ? engine.enis.dropFirst().map(\.count.free).min() ?? .max : perSlot
        let over = configuration.addressesOver(engine.count)
        if over >= unit { violate("node \(node) keeps \(over) addresses too many at rest: \(engine.count)") }
    }
}
