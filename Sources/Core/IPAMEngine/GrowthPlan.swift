import Addressing

/// Which calls bring the missing addresses: as few as can be, ENIs that exist before any that must be made.
struct GrowthPlan: Sendable {
    enum Step: Hashable, Sendable {
        case assign(ENIID, NewENI.Content)
        case create(NewENI.Content, in: SubnetID)
    }

    /// An ENI with address slots to spare.
    struct Room: Sendable {
        var eni: ENIID
        var slots: Int
        /// In what its subnet has addresses: single ones where blocks have run out; nil when it has none.
        var unit: EngineConfiguration.Addressing.Unit?
    }

    /// Where an ENI would be made, and what its subnet has.
    struct Site: Sendable {
        var subnet: SubnetID
        var unit: EngineConfiguration.Addressing.Unit
    }

    private(set) var steps: [Step] = []
    /// Addresses that neither a step nor a call in flight makes room for.
    private(set) var missing: Int

    /// - Parameters:
    ///   - short: How many addresses are wanted.
    ///   - podRoom: How many more the node's limit on pods can use.
    ///   - goal: What the pool is kept to.
    ///   - rooms: ENIs that can take addresses, none of them with a call in flight.
    ///   - addressesLater: What ENIs with a call in flight can take after it. No ENI is made for what will fit into them:
    ///     taking addresses is quicker, and an ENI lasts.
    ///   - site: Where ENIs are made; nil when no subnet has anything.
    ///   - slotsPerENI: Address slots of an ENI besides its primary address.
    ///   - newENIsMax: How many ENIs may still be made.
    init(
        short: Int, podRoom: Int, goal: PoolGoal, rooms: [Room], addressesLater: Int, site: Site?, slotsPerENI: Int, newENIsMax: Int
    ) {
        missing = short
        // Whole ENIs are the unit of the ENI target; the limit on pods still caps how far the last one is filled.
        var allowed = max(short, podRoom)
        func take(_ unit: EngineConfiguration.Addressing.Unit, upTo slots: Int) -> NewENI.Content {
            let perSlot = unit.addressesPerSlot
            let wanted = goal.keepsWholeENIs ? allowed : missing
            let taken = min(slots, (wanted + perSlot - 1) / perSlot)
            missing -= taken * perSlot
            allowed -= taken * perSlot
            return unit == .prefix ? .prefixes(taken) : .addresses(taken)
        }

        var rooms = rooms.filter { $0.slots > 0 }
        while missing > 0, let index = Self.bestRoom(rooms, for: missing) {
            let room = rooms.remove(at: index)
            if let unit = room.unit { steps.append(.assign(room.eni, take(unit, upTo: room.slots))) }
        }
        missing = max(0, missing - addressesLater)
        guard let site, slotsPerENI > 0 else { return }
        var newENIsLeft = newENIsMax
        while missing > 0, newENIsLeft > 0 {
            newENIsLeft -= 1
            steps.append(.create(take(site.unit, upTo: slotsPerENI), in: site.subnet))
        }
    }

    /// The smallest room that is large enough, or else the largest: the fewest calls.
    private static func bestRoom(_ rooms: [Room], for missing: Int) -> Int? {
        func addresses(_ room: Room) -> Int { room.slots * (room.unit?.addressesPerSlot ?? 0) }
        return rooms.indices.filter { rooms[$0].unit != nil }.min { a, b in
            let (a, b) = (addresses(rooms[a]), addresses(rooms[b]))
            if (a >= missing) != (b >= missing) { return a >= missing }
            return a >= missing ? a < b : a > b
        }
    }
}
