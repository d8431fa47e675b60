import DequeModule
import Timeline

/// ADDs that wait for an address, oldest first.
struct WaitingLine: Sendable {
    private var requests: Deque<PodRequest> = []

    var count: Int { requests.count }
    var isEmpty: Bool { requests.isEmpty }
    var nextDeadline: Instant? { requests.lazy.map(\.deadline).min() }
    var first: PodRequest? { requests.first }
    var all: [PodRequest] { Array(requests) }

    mutating func append(_ request: PodRequest) {
        requests.append(request)
    }

    mutating func removeFirst() -> PodRequest? {
        requests.popFirst()
    }

    /// Takes a request out of the line; false when the attachment does not wait.
    mutating func remove(_ attachment: PodAttachment) -> Bool {
        guard let index = requests.firstIndex(where: { $0.attachment == attachment }) else { return false }
        requests.remove(at: index)
        return true
    }

    /// Takes out and returns every request whose time is over.
    mutating func removeExpired(at now: Instant) -> [PodRequest] {
        guard requests.contains(where: { $0.deadline <= now }) else { return [] }
        let expired = requests.filter { $0.deadline <= now }
        requests.removeAll { $0.deadline <= now }
        return Array(expired)
    }

    mutating func removeAll() -> [PodRequest] {
        defer { requests.removeAll() }
        return Array(requests)
    }
}
