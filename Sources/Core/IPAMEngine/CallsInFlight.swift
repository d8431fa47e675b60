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

    mutating func begin(_ call: Call, at now: Instant) -> CallID {
        lastNumber += 1
        let id = CallID(number: lastNumber)
        entries[id] = Entry(call: call, since: now)
        addressesComing += call.addressesComing
        return id
    }

    /// Takes the call out; nil when it is not in flight, as for an answer that comes twice.
    mutating func end(_ id: CallID) -> Call? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        addressesComing -= entry.call.addressesComing
        return entry.call
    }

    /// Leaves the call in flight, to be tried again at `retry`.
    mutating func postpone(_ id: CallID, until retry: Instant) {
        entries[id]?.retry = retry
    }

    /// The steps whose next try is due, under way from here on, in the order they were begun.
    mutating func resumeDue(at now: Instant) -> [(CallID, Call)] {
        let due = entries.filter { $0.value.retry.map { $0 <= now } ?? false }.sorted { $0.key < $1.key }
        for (id, _) in due { entries[id]?.retry = nil }
        return due.map { ($0.key, $0.value.call) }
    }

    var nextRetry: Instant? { entries.isEmpty ? nil : entries.values.compactMap(\.retry).min() }

    /// When the oldest call that brings addresses was made.
    var growingSince: Instant? {
        entries.values.filter { $0.call.addressesComing > 0 }.map(\.since).min()
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

    /// Whether a call is under way that changes which addresses the ENI has.
    func isChangingAddresses(of eni: ENIID) -> Bool {
        entries.values.contains { entry in
            switch entry.call {
            case .assigning(let id, _), .unassigning(let id, _, _), .detaching(let id): id == eni
            case .describing, .creating, .attaching, .settingUp, .deleting: false
            }
        }
    }

    var isDescribing: Bool {
        entries.values.contains { if case .describing = $0.call { true } else { false } }
    }

    /// Whether something is being given back.
    var isShrinking: Bool {
        entries.values.contains {
            switch $0.call {
            case .unassigning, .detaching, .deleting: true
            case .describing, .creating, .attaching, .settingUp, .assigning: false
            }
        }
    }
}

extension CallsInFlight.Call {
    var addressesComing: Int {
        switch self {
        case .creating(let eni, _): eni.content.addressCount
        case .attaching(let eni), .settingUp(let eni): eni.secondaryAddresses.count + 16 * eni.prefixes.count
        case .assigning(_, let content): content.addressCount
        case .describing, .unassigning, .detaching, .deleting: 0
        }
    }

    var deviceIndex: Int? {
        switch self {
        case .creating(_, let index): index
        case .attaching(let eni), .settingUp(let eni): eni.deviceIndex
        case .describing, .assigning, .unassigning, .detaching, .deleting: nil
        }
    }

    var eni: ENIID? {
        switch self {
        case .describing, .creating: nil
        case .attaching(let eni), .settingUp(let eni): eni.id
        case .assigning(let id, _), .unassigning(let id, _, _), .detaching(let id), .deleting(let id): id
        }
    }
}
