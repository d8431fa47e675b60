import JSON

/// What an open watch is told to do.
final class WatchFeed: Sendable {
    enum Order: Sendable {
        /// There may be changes.
        case look
        case bookmark
        case lines([[UInt8]], endsAfter: Bool)
        case end
        case cut
    }

    let orders: AsyncStream<Order>
    private let telling: AsyncStream<Order>.Continuation

    init() {
        (orders, telling) = AsyncStream.makeStream(of: Order.self)
        telling.yield(.look)
    }

    func tell(_ order: Order) { telling.yield(order) }

    /// The client has gone.
    func finish() { telling.finish() }
}

extension FakeAPIServer {
    static func event(_ type: String, _ object: JSONObject) -> [UInt8] {
        JSONValue.object(["type": .string(type), "object": .object(object)]).bytes + [UInt8(ascii: "\n")]
    }

    /// The event of a change for those whose selection holds the object before or after it.
    static func event(_ change: ObjectStore.Change, _ selector: ObjectSelector) -> [UInt8]? {
        let before = change.before.flatMap { selector.holds($0) ? $0 : nil }
        let after = change.after.flatMap { selector.holds($0) ? $0 : nil }
        switch (before, after) {
        case (nil, nil): return nil
        case (nil, let after?): return event("ADDED", after)
        case (_?, let after?): return event("MODIFIED", after)
        case (var gone?, nil):
            // The last state, with the version of the deletion.
            var metadata = gone["metadata"]?.object ?? JSONObject()
            metadata["resourceVersion"] = .string("\(change.revision)")
            gone["metadata"] = .object(metadata)
            return event("DELETED", gone)
        }
    }

    static func bookmark(_ kind: ServedKind, _ revision: Int) -> [UInt8] {
        event(
            "BOOKMARK",
            [
                "kind": .string(kind.kind), "apiVersion": .string(kind.apiVersion),
                "metadata": ["resourceVersion": .string("\(revision)"), "creationTimestamp": .null],
            ])
    }
}
