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
    enum Call: Sendable {
        case describing
        case creating(NewENI, deviceIndex: Int)
        case attaching(AttachedENI)
        case settingUp(AttachedENI)
        /// Setting up the link of an ENI again whose addresses are in the store.
        case restoring(AttachedENI)
        case assigning(ENIID, NewENI.Content)
        case unassigning(ENIID, [IPv4Address], [IPv4CIDR])
        case detaching(ENIID)
        case deleting(ENIID)
    }

    struct Entry: Sendable {
        var call: Call
        var since: Instant
        /// When the step is tried again after a failure; nil while it is under way.
        var retry: Instant?
    }

    private(set) var entries: [CallID: Entry] = [:]
    private var lastNumber: UInt64 = 0
    /// Addresses that the calls in flight will bring.
    private(set) var addressesComing = 0
    /// ENIs that calls changed while EC2 was describing: what it shows of them may be older than the change.
    private(set) var touchedWhileDescribing: Set<ENIID> = []

    mutating func begin(_ call: Call, at now: Instant) -> CallID {
        lastNumber += 1
        let id = CallID(number: lastNumber)
        entries[id] = Entry(call: call, since: now)
        addressesComing += call.addressesComing
        if case .describing = call { touchedWhileDescribing = [] }
        noteTouch(by: call)
        return id
    }

    /// Takes the call out; nil when it is not in flight, as for an answer that comes twice.
    mutating func end(_ id: CallID) -> Call? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        addressesComing -= entry.call.addressesComing
        noteTouch(by: entry.call)
        return entry.call
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
        for (id, entry) in entries where entry.call.isDescribing && entry.retry == nil { _ = end(id) }
    }

    /// Leaves the call in flight, to be tried again at `retry`.
    mutating func postpone(_ id: CallID, until retry: Instant) {
        entries[id]?.retry = retry
    }

    /// The steps whose next try is due, under way from here on, in the order they were begun. Each goes on under an
    /// identifier of its own: an answer to an earlier try comes too late.
    mutating func resumeDue(at now: Instant) -> [(CallID, Call)] {
        guard let next = nextRetry, next <= now else { return [] }
        let due = entries.filter { $0.value.retry.map { $0 <= now } ?? false }.sorted { $0.key < $1.key }
        return due.map { id, entry in
            entries[id] = nil
            lastNumber += 1
            let next = CallID(number: lastNumber)
            entries[next] = Entry(call: entry.call, since: entry.since)
            if entry.call.isDescribing { touchedWhileDescribing = [] }
            return (next, entry.call)
        }
    }

    var nextRetry: Instant? { entries.isEmpty ? nil : entries.values.lazy.compactMap(\.retry).min() }

    /// When the oldest call was made on whose answer the pool waits; nil when there is none.
    var waitingSince: Instant? {
        entries.values.filter { $0.call.addressesComing > 0 || $0.call.isReturning || $0.call.isDescribing }.map(\.since).min()
    }

    /// ENIs that exist or will, and that the store does not know.
    var enisComing: Int {
        entries.values.count { $0.call.deviceIndex != nil }
    }

    var deviceIndexesComing: [Int] { entries.values.compactMap(\.call.deviceIndex) }

    /// Whether a call is under way that changes the addresses of the ENI or the ENI itself.
    func isBusy(_ eni: ENIID) -> Bool {
        entries.values.contains { $0.call.eni == eni }
    }

    /// Whether a call is under way that changes what EC2 shows of the ENI.
    func isChanging(_ eni: ENIID) -> Bool {
        entries.values.contains { $0.call.changedENI == eni }
    }

    var isDescribing: Bool { entries.values.contains { $0.call.isDescribing } }

    /// ENIs that are being deleted.
    var deleting: [ENIID] {
        entries.values.compactMap { if case .deleting(let eni) = $0.call { eni } else { nil } }
    }
}

extension CallsInFlight.Call {
    var addressesComing: Int {
        switch self {
        case .creating(let eni, _): eni.content.addressCount
        case .attaching(let eni), .settingUp(let eni): eni.secondaryAddresses.count + 16 * eni.prefixes.count
        case .assigning(_, let content): content.addressCount
        case .describing, .restoring, .unassigning, .detaching, .deleting: 0
        }
    }

    var deviceIndex: Int? {
        switch self {
        case .creating(_, let index): index
        case .attaching(let eni), .settingUp(let eni): eni.deviceIndex
        case .describing, .restoring, .assigning, .unassigning, .detaching, .deleting: nil
        }
    }

    var eni: ENIID? {
        switch self {
        case .describing, .creating: nil
        case .attaching(let eni), .settingUp(let eni), .restoring(let eni): eni.id
        case .assigning(let id, _), .unassigning(let id, _, _), .detaching(let id), .deleting(let id): id
        }
    }

    /// The ENI of which EC2 shows something else when the call is done.
    var changedENI: ENIID? {
        switch self {
        case .attaching(let eni): eni.id
        case .assigning(let id, _), .unassigning(let id, _, _), .detaching(let id), .deleting(let id): id
        case .describing, .creating, .settingUp, .restoring: nil
        }
    }

    var isDescribing: Bool {
        if case .describing = self { true } else { false }
    }

    var isReturning: Bool {
        switch self {
        case .unassigning, .detaching, .deleting: true
        case .describing, .creating, .attaching, .settingUp, .restoring, .assigning: false
        }
    }

    /// Slots that the call will have used up on its ENI, beyond those the store counts; nil when it fills none.
    var slotsComing: Int? {
        switch self {
        case .creating(let eni, _): eni.content.slots
        case .attaching(let eni), .settingUp(let eni): eni.slotsUsed
        case .assigning(_, let content): content.slots
        case .describing, .restoring, .unassigning, .detaching, .deleting: nil
        }
    }
}
