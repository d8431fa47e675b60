import Addressing

/// Which calls bring the missing addresses: as few as can be, ENIs that exist before any that must be made.
struct GrowthPlan: Sendable {
    enum Step: Hashable, Sendable {
        case assign(ENIID, NewENI.Content)
        case create(NewENI.Content)
    }

    /// An ENI with address slots to spare.
    struct Room: Sendable {
        var eni: ENIID
        var slots: Int
    }

    private(set) var steps: [Step] = []

    /// - Parameters:
    ///   - addressesShort: How many addresses are wanted.
    ///   - count: What the node has, for the limit on pods.
    ///   - rooms: ENIs that can take addresses, none of them with a call in flight.
    ///   - slotsLater: Slots of ENIs with a call in flight. No ENI is made for what will fit into them: taking addresses is
    ///     quicker, and an ENI lasts.
    ///   - newENIsMax: How many ENIs may still be made.
    init(
        addressesShort: Int, count: PoolCount, configuration: EngineConfiguration, rooms: [Room], slotsLater: Int, newENIsMax: Int
    ) {
        let perSlot = configuration.addressesPerSlot
        var missing = Self.slots(for: addressesShort, perSlot)
        // Whole ENIs are the unit of the ENI target; the limit on pods still caps how far the last one is filled.
        let fillsWholeENIs = configuration.addressing == .secondary && !configuration.targets.areInAddresses
        var allowed = max(missing, Self.slots(for: configuration.limits.maxPods + count.cooling - count.attached, perSlot))
        func take(upTo slots: Int) -> NewENI.Content {
            let taken = min(slots, fillsWholeENIs ? allowed : missing)
            missing -= taken
            allowed -= taken
            return Self.content(taken, configuration)
        }

        var rooms = rooms.filter { $0.slots > 0 }
        while missing > 0, let index = Self.bestRoom(rooms, for: missing) {
            let room = rooms.remove(at: index)
            steps.append(.assign(room.eni, take(upTo: room.slots)))
        }
        missing -= slotsLater
        var newENIsLeft = configuration.limits.slotsPerENI > 0 ? newENIsMax : 0
        while missing > 0, newENIsLeft > 0 {
            newENIsLeft -= 1
            steps.append(.create(take(upTo: configuration.limits.slotsPerENI)))
        }
    }

    /// The smallest room that is large enough, or else the largest: the fewest calls.
    private static func bestRoom(_ rooms: [Room], for missing: Int) -> Int? {
        rooms.indices.min { a, b in
            let (a, b) = (rooms[a].slots, rooms[b].slots)
            if (a >= missing) != (b >= missing) { return a >= missing }
            return a >= missing ? a < b : a > b
        }
    }

    private static func slots(for addresses: Int, _ perSlot: Int) -> Int {
        addresses <= 0 ? 0 : (addresses + perSlot - 1) / perSlot
    }

    private static func content(_ slots: Int, _ configuration: EngineConfiguration) -> NewENI.Content {
        switch configuration.addressing {
        case .secondary: .addresses(slots)
        case .prefix: .prefixes(slots)
        }
    }
}
