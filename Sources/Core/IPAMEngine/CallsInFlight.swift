import Addressing
import Timeline

/// One call to EC2, or one step of an ENI's life that takes time.
public struct CallID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let number: UInt64

    public init(number: UInt64) {
        self.number = number
    }

    public static func < (a: CallID, b: CallID) -> Bool { a.number < b.number }
    public var description: String { "call-\(number)" }
}

/// What has been asked and not answered. Addresses asked for count as attached until the call fails.
struct CallsInFlight: Sendable {
    enum Call: Hashable, Sendable {
        case describing
        case describingSubnets
        case creating(NewENI)
        case attaching(AttachedENI)
        case settingUp(AttachedENI)
        /// Setting up the link of an ENI again whose addresses are in the store.
        case restoring(AttachedENI)
        case assigning(ENIID, NewENI.Content)
        case assigningIPv6(ENIID)
        case claiming(ENIID, IPv4Address)
        case unassigning(ENIID, [IPv4Address], [IPv4CIDR])
        case detaching(AttachedENI)
        /// - Parameter isDoomed: Whether it goes even if EC2 should show it attached.
        case deleting(ENIID, isDoomed: Bool)
    }

    struct Entry: Sendable {
        var call: Call
        var since: Instant
        /// When the step is tried again after a failure; nil while it is under way.
        var retry: Instant?
        /// Whether EC2 may have carried out an earlier try.
        var isInDoubt = false
    }

    private(set) var entries: [CallID: Entry] = [:]
    private var lastNumber: UInt64 = 0
    /// ENIs that calls changed while EC2 was describing: what it shows of them may be older than the change.
    private(set) var touchedWhileDescribing: Set<ENIID> = []
    private(set) var nextRetry: Instant?

    var isEmpty: Bool { entries.isEmpty }

    mutating func begin(_ call: Call, at now: Instant, isInDoubt: Bool = false) -> CallID {
        lastNumber += 1
        let id = CallID(number: lastNumber)
        entries[id] = Entry(call: call, since: now, isInDoubt: isInDoubt)
        if case .describing = call { touchedWhileDescribing = [] }
        noteTouch(by: call)
        return id
    }

    /// Takes the call out; nil when it is not in flight, as for an answer that comes twice.
    mutating func end(_ id: CallID) -> Entry? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        noteTouch(by: entry.call)
        if entry.retry != nil { findNextRetry() }
        return entry
    }

    private mutating func noteTouch(by call: Call) {
        if let eni = call.changedENI, isDescribing { touchedWhileDescribing.insert(eni) }
    }

    /// Forgets the steps under way for an ENI that is gone; their answers come too late.
    mutating func forget(_ eni: ENIID) {
        for (id, entry) in entries where entry.call.eni == eni { _ = end(id) }
    }

    /// Forgets a description under way, because something has happened that it may not show.
    mutating func forgetDescription() {
        for (id, entry) in entries where entry.call == .describing && entry.retry == nil { _ = end(id) }
    }

    /// Leaves the call in flight, to be tried again at `retry`.
    ///
    /// - Parameter isInDoubt: Whether EC2 may have carried out the try that failed.
    mutating func postpone(_ id: CallID, until retry: Instant, isInDoubt: Bool) {
        guard var entry = entries[id] else { return }
        entry.retry = retry
        entry.isInDoubt = entry.isInDoubt || isInDoubt
        entries[id] = entry
        nextRetry = min(nextRetry ?? retry, retry)
    }

    /// The steps whose next try is due, under way from here on, in the order they were begun. Each goes on under an
    /// identifier of its own: an answer to an earlier try comes too late.
    ///
    /// A call that the restraint does not allow stays due.
    mutating func resumeDue(at now: Instant, under restraint: Restraint) -> [(CallID, Call)] {
        guard let next = nextRetry, next <= now else { return [] }
        let due = entries.filter { ($0.value.retry.map { $0 <= now } ?? false) && restraint.allows($0.value.call) }
            .sorted { $0.key < $1.key }
        defer { findNextRetry() }
        return due.map { id, entry in
            entries[id] = nil
            lastNumber += 1
            let next = CallID(number: lastNumber)
            // An attachment waits only while the node may not make it, which says nothing of how long EC2 takes.
            let isAttachment = if case .attaching = entry.call { true } else { false }
            entries[next] = Entry(call: entry.call, since: isAttachment ? now : entry.since, isInDoubt: entry.isInDoubt)
            if entry.call == .describing { touchedWhileDescribing = [] }
            noteTouch(by: entry.call)
            return (next, entry.call)
        }
    }

    /// When the next of the calls that may go on is tried again; nil when there is none.
    func nextRetry(under restraint: Restraint) -> Instant? {
        entries.values.reduce(nil) { earliest, entry in
            guard let retry = entry.retry, restraint.allows(entry.call) else { return earliest }
            return min(earliest ?? retry, retry)
        }
    }

    /// Has a description that waits for its next try made at that moment, if that is sooner.
    mutating func hastenDescription(to moment: Instant) {
        for (id, entry) in entries where entry.call == .describing {
            if let retry = entry.retry { entries[id]?.retry = min(retry, moment) }
        }
        findNextRetry()
    }

    private mutating func findNextRetry() {
        nextRetry = entries.values.lazy.compactMap(\.retry).min()
    }

    // MARK: - What is under way

    /// Addresses that the calls in flight will bring to a pool.
    func addressesComing(to pool: PoolID, in store: AddressStore) -> Int {
        guard !entries.isEmpty else { return 0 }
        return entries.values.reduce(0) { sum, entry in
            let coming = entry.call.addressesComing
            guard coming > 0, (entry.call.pool ?? entry.call.eni.flatMap { store.pool(of: $0) }) == pool else { return sum }
            return sum + coming
        }
    }

    /// When the oldest call was made on whose answer a pool waits; nil when there is none.
    var waitingSince: Instant? {
        entries.values.filter { $0.call.addressesComing > 0 || $0.call.isReturning || $0.call == .describing || $0.call.bringsIPv6 }
            .map(\.since).min()
    }

    /// All addresses that calls will bring.
    var addressesComing: Int { entries.isEmpty ? 0 : entries.values.reduce(0) { $0 + $1.call.addressesComing } }

    /// Where ENIs will be that exist or are asked for, and that the store does not know.
    var seatsComing: [DeviceSeat] { entries.values.compactMap(\.call.seatComing) }

    /// Whether a call is under way that changes the addresses of the ENI or the ENI itself.
    func isBusy(_ eni: ENIID) -> Bool {
        entries.values.contains { $0.call.eni == eni }
    }

    /// Whether a call is under way that changes what EC2 shows of the ENI.
    func isChanging(_ eni: ENIID) -> Bool {
        entries.values.contains { $0.call.changedENI == eni }
    }

    /// Whether a call is under way that brings the ENI addresses.
    func isGrowing(_ eni: ENIID) -> Bool {
        entries.values.contains { $0.call.changedENI == eni && !$0.call.isReturning }
    }

    /// Whether an ENI is asked for whose identifier nobody knows yet.
    var isCreating: Bool {
        entries.values.contains { if case .creating = $0.call { true } else { false } }
    }

    var isDescribing: Bool { entries.values.contains { $0.call == .describing } }
    var isDescribingSubnets: Bool { entries.values.contains { $0.call == .describingSubnets } }

    /// ENIs that are being deleted.
    var deleting: [ENIID] {
        entries.values.compactMap { if case .deleting(let eni, _) = $0.call { eni } else { nil } }
    }
}

extension CallsInFlight.Call {
    var addressesComing: Int {
        switch self {
        case .creating(let eni): eni.content.addressCount
        case .attaching(let eni), .settingUp(let eni): eni.secondaryAddresses.count + 16 * eni.prefixes.count
        case .assigning(_, let content): content.addressCount
        case .claiming: 1
        case .describing, .describingSubnets, .restoring, .assigningIPv6, .unassigning, .detaching, .deleting: 0
        }
    }

    /// The pool of an ENI that the store does not know yet.
    var pool: PoolID? {
        switch self {
        case .creating(let eni): PoolID(name: eni.pool, card: eni.seat.card)
        case .attaching(let eni), .settingUp(let eni): PoolID(name: eni.pool, card: eni.card)
        case .describing, .describingSubnets, .restoring, .assigning, .assigningIPv6, .claiming, .unassigning, .detaching, .deleting: nil
        }
    }

    var seatComing: DeviceSeat? {
        switch self {
        case .creating(let eni): eni.seat
        case .attaching(let eni), .settingUp(let eni): eni.seat
        case .describing, .describingSubnets, .restoring, .assigning, .assigningIPv6, .claiming, .unassigning, .detaching, .deleting: nil
        }
    }

    var eni: ENIID? {
        switch self {
        case .describing, .describingSubnets, .creating: nil
        case .attaching(let eni), .settingUp(let eni), .restoring(let eni), .detaching(let eni): eni.id
        case .assigning(let id, _), .assigningIPv6(let id), .claiming(let id, _), .unassigning(let id, _, _), .deleting(let id, _): id
        }
    }

    /// The ENI of which EC2 shows something else when the call is done.
    var changedENI: ENIID? {
        switch self {
        case .attaching(let eni), .detaching(let eni): eni.id
        case .assigning(let id, _), .assigningIPv6(let id), .claiming(let id, _), .unassigning(let id, _, _), .deleting(let id, _): id
        case .describing, .describingSubnets, .creating, .settingUp, .restoring: nil
        }
    }

    var isReturning: Bool {
        switch self {
        case .unassigning, .detaching, .deleting: true
        case .describing, .describingSubnets, .creating, .attaching, .settingUp, .restoring, .assigning, .assigningIPv6, .claiming: false
        }
    }

    /// The very address that is asked for; nil for other calls.
    var claims: IPv4Address? {
        if case .claiming(_, let address) = self { address } else { nil }
    }

    /// Whether a /80 comes with it.
    var bringsIPv6: Bool {
        switch self {
        case .assigningIPv6: true
        case .creating(let eni): eni.hasIPv6
        case .attaching(let eni), .settingUp(let eni): !eni.ipv6Prefixes.isEmpty
        case .describing, .describingSubnets, .restoring, .assigning, .claiming, .unassigning, .detaching, .deleting: false
        }
    }

    /// Slots that the call will have used up on its ENI, beyond those the store counts; nil when it fills none.
    var slotsComing: Int? {
        switch self {
        case .creating(let eni): eni.content.slots
        case .attaching(let eni), .settingUp(let eni): eni.slotsUsed
        case .assigning(_, let content): content.slots
        case .claiming: 1
        case .describing, .describingSubnets, .restoring, .assigningIPv6, .unassigning, .detaching, .deleting: nil
        }
    }
}
