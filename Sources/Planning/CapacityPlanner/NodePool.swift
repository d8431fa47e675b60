import IPAMEngine

/// What lies on the ENIs of a node's default card once EC2 has given all that the node's pods and targets ask for.
struct NodePool: Hashable, Sendable {
    /// Address slots in use of each ENI, the primary ENI's first.
    let slotsByENI: [Int]
    /// What a slot gives; nil where pods have no IPv4 address.
    let unit: EngineConfiguration.Addressing.Unit?
    /// Calls by which addresses came to ENIs that were there.
    let assignCalls: Int
    /// IPv4 addresses that pods can have.
    let attached: Int
    /// Attached addresses that no pod has.
    let free: Int
    /// Pods without an address, because the node's slots are used up.
    let unserved: Int

    /// That of the daemon's engine.
    init(_ pool: SettledPool) {
        slotsByENI = pool.slotsByENI
        (unit, assignCalls) = (pool.unit, pool.assignCalls)
        (attached, free, unserved) = (pool.attached, pool.free, pool.unserved)
    }

    /// That of a peer, which fills one ENI after the other: each with the fewest that hold what it wants.
    ///
    /// - Parameter held: Addresses that it wants with so many in use on so many ENIs.
    init(_ engine: EngineConfiguration, inUse: Int, held: (_ inUse: Int, _ enis: Int) -> Int) {
        guard let unit = engine.addressing.ipv4Unit else {
            (slotsByENI, self.unit, assignCalls, attached, free, unserved) = ([0], nil, 0, 0, 0, 0)
            return
        }
        let perSlot = unit == .prefix ? 16 : 1
        let perENI = engine.limits.slotsPerENI
        let idle = engine.usesPrimaryENI ? 0 : 1
        let servingMax = engine.limits.enis - idle
        func slots(on enis: Int) -> Int { (max(inUse, held(inUse, enis + idle), 0) + perSlot - 1) / perSlot }
        let serving = (1...max(1, servingMax)).first { slots(on: $0) <= $0 * perENI } ?? servingMax
        let wanted = min(slots(on: serving), serving * perENI)
        let filled = (0..<serving).map { min(perENI, max(0, wanted - $0 * perENI)) }
        slotsByENI = Array(repeating: 0, count: idle) + filled
        self.unit = unit
        assignCalls = idle == 0 && wanted > 0 ? 1 : 0
        attached = wanted * perSlot
        free = max(0, attached - inUse)
        unserved = max(0, inUse - attached)
    }
}
