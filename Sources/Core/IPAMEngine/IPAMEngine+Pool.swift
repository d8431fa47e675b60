import Addressing
import Timeline

// How the pool grows and shrinks toward its targets.
extension IPAMEngine {
    /// The addresses of the node by what they do.
    public var count: PoolCount {
        PoolCount(
            attached: store.freeCount + store.heldCount + store.coolingCount + calls.addressesComing,
            held: store.heldCount, cooling: store.coolingCount, waiting: waiting.count)
    }

    var isShort: Bool { isStarted && configuration.addressesShort(count) > 0 }

    /// Asks for what is missing and gives back what has been idle: one step that may be taken at any time, and that does
    /// nothing when taken twice.
    mutating func balance(at now: Instant, into effects: inout [Effect]) {
        resumeCalls(at: now, into: &effects)
        guard isStarted, !isStopping else { return }
        // While there is doubt, EC2 may have given already what is missing.
        if isShort, backOff.isOpen, !isInDoubt {
            grow(at: now, into: &effects)
        }
        shrink(at: now, into: &effects)
        deleteOrphans(at: now, into: &effects)
    }

    private mutating func grow(at now: Instant, into effects: inout [Effect]) {
        let plan = GrowthPlan(
            addressesShort: configuration.addressesShort(count), count: count, configuration: configuration, rooms: rooms,
            slotsLater: slotsLater,
            // An orphan counts until it is deleted: should deleting fail for long, ENIs do not pile up in the account.
            newENIsMax: configuration.limits.enis - store.eniCount - calls.enisComing - orphans.count - calls.deleting.count)
        for step in plan.steps {
            switch step {
            case .assign(let eni, let content):
                let id = calls.begin(.assigning(eni, content), at: now)
                switch content {
                case .addresses(let count): effects.append(.assignAddresses(id, eni, count: count))
                case .prefixes(let count): effects.append(.assignPrefixes(id, eni, count: count))
                }
            case .create(let content):
                guard let deviceIndex = lowestFreeDeviceIndex else { return }
                let eni = NewENI(
                    subnet: configuration.subnet, securityGroups: configuration.securityGroups,
                    clientToken: clientToken(at: now), content: content)
                let id = calls.begin(.creating(eni, deviceIndex: deviceIndex), at: now)
                effects.append(.createENI(id, eni))
            }
        }
    }

    /// ENIs that can be given addresses at once.
    private var rooms: [GrowthPlan.Room] {
        store.attached.filter { !$0.isLeaving && !calls.isChanging($0.id) }
            .map { GrowthPlan.Room(eni: $0.id, slots: configuration.limits.slotsPerENI - $0.slotsUsed) }
    }

    /// Slots of ENIs that can be given addresses as soon as the call under way for them is done.
    private var slotsLater: Int {
        calls.entries.values.reduce(0) { sum, entry in
            guard let coming = entry.call.slotsComing else { return sum }
            let used = entry.call.eni.flatMap { store[$0] }?.slotsUsed ?? 0
            return sum + max(0, configuration.limits.slotsPerENI - used - coming)
        }
    }

    private var lowestFreeDeviceIndex: Int? {
        let taken = Set(store.attached.map(\.deviceIndex) + calls.deviceIndexesComing)
        return (0...configuration.limits.enis).first { !taken.contains($0) && $0 > 0 }
    }

    /// A token that no other call of this node has, nor one of the daemon's lives before.
    private mutating func clientToken(at now: Instant) -> String {
        "berth-\(String(random.next(), radix: 16))-\(String(now.nanoseconds, radix: 16))"
    }
}
