public import JSON
import Synchronization

extension FakeAPIServer {
    // MARK: - Objects

    /// Writes an object as if another client had, whatever it was before, and returns it as it is kept.
    @discardableResult
    public func put(_ object: JSONObject) throws -> JSONObject {
        let written = try state.withLock { state -> JSONObject in
            let kind = try Self.kind(of: object, in: state)
            return state.store.write(object, kind, now: Self.now)
        }
        wakeWatches()
        return written
    }

    /// Writes an object from its JSON.
    @discardableResult
    public func put(_ json: String) throws -> JSONObject {
        guard let object = try JSONValue(parsing: Array(json.utf8), bytesMax: 8 << 20).object else { throw Refusal.bad("no object") }
        return try put(object)
    }

    /// Removes an object as if another client had; nil when there is none.
    @discardableResult
    public func remove(_ plural: String, _ name: String, namespace: String = "") -> JSONObject? {
        let removed = state.withLock { state -> JSONObject? in
            guard let kind = state.kinds.first(where: { $0.plural == plural }) else { return nil }
            return state.store.remove(kind, ObjectStore.Key(namespace: namespace, name: name))
        }
        wakeWatches()
        return removed
    }

    public func object(_ plural: String, _ name: String, namespace: String = "") -> JSONObject? {
        state.withLock { state in
            state.kinds.first { $0.plural == plural }.flatMap {
                state.store.object($0, ObjectStore.Key(namespace: namespace, name: name))
            }
        }
    }

    /// Every object of a kind, by namespace and name.
    public func objects(_ plural: String) -> [JSONObject] {
        state.withLock { state in state.kinds.first { $0.plural == plural }.map { state.store.all($0) } ?? [] }
    }

    /// Serves another kind as well.
    public func serve(_ kind: ServedKind) { state.withLock { $0.kinds.append(kind) } }

    /// Serves a kind no longer, as when its definition was not installed.
    public func unserve(_ plural: String) { state.withLock { $0.kinds.removeAll { $0.plural == plural } } }

    static func kind(of object: JSONObject, in state: State) throws -> ServedKind {
        guard
            let kind = state.kinds.first(where: {
                $0.kind == object["kind"]?.string && $0.apiVersion == object["apiVersion"]?.string
            })
        else { throw Refusal.bad("no such kind: \(object["apiVersion"]?.string ?? "") \(object["kind"]?.string ?? "")") }
        return kind
    }

    // MARK: - What it is like

    /// Forgets every change and every list that is under way.
    public func compact() {
        state.withLock { state in
            state.store.compact()
            state.pages = [:]
        }
    }

    public func set(bookmarks: Bookmarks) { state.withLock { $0.bookmarks = bookmarks } }
    public func set(forgetting: Forgetting) { state.withLock { $0.forgetting = forgetting } }
    /// Which tokens are good; nil asks for none.
    public func set(tokens: Set<String>?) { state.withLock { $0.tokens = tokens } }
    /// Refuses what is named so, such as `patch nodes/status`.
    public func deny(_ rights: String...) { state.withLock { $0.denied.formUnion(rights) } }
    /// Takes back what ``deny(_:)`` said.
    public func permit(_ rights: String...) { state.withLock { $0.denied.subtract(rights) } }
    /// Refuses what is not named; nil allows all.
    public func allow(only rights: Set<String>?) { state.withLock { $0.allowed = rights } }

    /// Does this to the next requests that match, instead of what they ask for.
    public func inject(_ fault: ServerFault, times: Int = 1, where matches: @escaping @Sendable (RecordedRequest) -> Bool = { _ in true }) {
        state.withLock { $0.faults.append((fault, times, matches)) }
    }

    /// Ends every fault that was injected.
    public func heal() { state.withLock { $0.faults = [] } }

    // MARK: - Watches

    /// How many watches are open.
    public var watchCount: Int { state.withLock(\.feeds.count) }

    public func sendBookmarks() { tellWatches(.bookmark) }
    /// Ends every watch in order, as a server does that is going to restart.
    public func endWatches() { tellWatches(.end) }
    /// Breaks the connection of every watch.
    public func cutWatches() { tellWatches(.cut) }
    /// Sends an error to every watch, which ends it.
    public func failWatches(_ refusal: Refusal) {
        tellWatches(.lines([Self.event("ERROR", refusal.object)], endsAfter: true))
    }
    /// Sends a line to every watch, whatever it is.
    public func sendLine(_ line: String) { tellWatches(.lines([Array((line + "\n").utf8)], endsAfter: false)) }

    func wakeWatches() { tellWatches(.look) }

    private func tellWatches(_ order: WatchFeed.Order) {
        for feed in state.withLock({ Array($0.feeds.values) }) { feed.tell(order) }
    }

    // MARK: - What was asked

    /// Every request since the beginning or ``forgetRequests()``, in the order they arrived; at most 100,000.
    public var requests: [RecordedRequest] { state.withLock(\.requests) }

    public func forgetRequests() { state.withLock { $0.requests = [] } }
}

extension FakeAPIServer {
    /// Waits until something is true of the server, and returns whether it came to be within the limit.
    public func until(
        within limit: Duration = .seconds(30), _ condition: @escaping @Sendable (FakeAPIServer) -> Bool
    ) async -> Bool {
        let deadline = ContinuousClock.now + limit
        while !condition(self) {
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(2))) != nil else { return condition(self) }
        }
        return true
    }
}
