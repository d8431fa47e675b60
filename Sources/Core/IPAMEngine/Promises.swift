import Timeline

/// Addresses that are kept for the next pod of a name, while they cool.
///
/// A pod of a StatefulSet that is replaced on the node finds its addresses again.
struct Promises: Sendable {
    private var byName: [PodName: Promise] = [:]
    /// No promise ends before; nil when there is none.
    private var firstEnd: Instant?

    struct Promise: Hashable, Sendable {
        var addresses: PodAddresses
        var until: Instant
    }

    var all: [(name: PodName, promise: Promise)] {
        byName.map { ($0.key, $0.value) }.sorted { ($0.0.namespace, $0.0.name) < ($1.0.namespace, $1.0.name) }
    }

    mutating func add(_ name: PodName, _ addresses: PodAddresses, until: Instant) {
        byName[name] = Promise(addresses: addresses, until: until)
        firstEnd = min(firstEnd ?? until, until)
    }

    /// What is kept for the pod at that moment; nil when nothing is.
    func promise(to name: PodName, at now: Instant) -> PodAddresses? {
        guard !byName.isEmpty, let promise = byName[name], promise.until > now else { return nil }
        return promise.addresses
    }

    mutating func remove(_ name: PodName) {
        byName[name] = nil
    }

    /// Forgets promises that are over, so that names do not pile up.
    mutating func expire(at now: Instant) {
        guard let end = firstEnd, end <= now else { return }
        byName = byName.filter { $0.value.until > now }
        firstEnd = byName.values.lazy.map(\.until).min()
    }
}
