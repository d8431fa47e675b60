import DequeModule
import Timeline

/// ADDs that wait for an address: those of critical namespaces first, each group oldest first.
struct WaitingLine: Sendable {
    private var critical: Deque<PodRequest> = []
    private var ordinary: Deque<PodRequest> = []
    /// The earliest deadline; nil when nobody waits.
    private(set) var nextDeadline: Instant?

    var count: Int { critical.count + ordinary.count }
    var isEmpty: Bool { critical.isEmpty && ordinary.isEmpty }
    /// In the order in which they are served.
    var all: [PodRequest] { Array(critical) + Array(ordinary) }

    func contains(_ attachment: PodAttachment) -> Bool {
        critical.contains { $0.attachment == attachment } || ordinary.contains { $0.attachment == attachment }
    }

    /// - Parameter card: Counts those that want no other card; nil those that take any.
    func count(for pool: PoolName?, card: Int? = nil) -> Int {
        guard !isEmpty else { return 0 }
        return critical.count { $0.pool == pool && $0.card == card } + ordinary.count { $0.pool == pool && $0.card == card }
    }

    mutating func append(_ request: PodRequest, isCritical: Bool) {
        if isCritical { critical.append(request) } else { ordinary.append(request) }
        nextDeadline = min(nextDeadline ?? request.deadline, request.deadline)
    }

    /// Takes a request out of the line; false when the attachment does not wait.
    mutating func remove(_ attachment: PodAttachment) -> Bool {
        guard !isEmpty else { return false }
        return !removeAll { $0.attachment == attachment }.isEmpty
    }

    /// Takes out every request whose time is over.
    mutating func removeExpired(at now: Instant) -> [PodRequest] {
        guard let nextDeadline, nextDeadline <= now else { return [] }
        return removeAll { $0.deadline <= now }
    }

    /// Takes out and returns those that `isServed` says so of, in the order of service.
    mutating func removeAll(where isServed: (PodRequest) -> Bool = { _ in true }) -> [PodRequest] {
        var served: [PodRequest] = []
        func pass(_ request: PodRequest) -> Bool {
            guard isServed(request) else { return true }
            served.append(request)
            return false
        }
        critical = critical.filter(pass)
        ordinary = ordinary.filter(pass)
        if !served.isEmpty { nextDeadline = (critical + ordinary).lazy.map(\.deadline).min() }
        return served
    }
}
