import JSON
import NIOCore
import NIOHTTP1
import Synchronization

/// A watch that was granted.
struct OpenWatch: Sendable {
    var kind: ServedKind
    var selector: ObjectSelector
    /// Changes after this revision are told.
    var revision: Int
    var timeoutSeconds: Int?
    var sendsBookmarks: Bool
    /// Sent at once, after which the watch ends: what a real server says when it cannot go on.
    var firstAndLast: Refusal?
}

extension FakeAPIServer {
    func serve(_ watch: OpenWatch, _ writer: Writer, _ channel: any Channel, _ pace: Pace) async throws {
        let feed = WatchFeed()
        let number = state.withLock { state in
            state.feedNumber += 1
            state.feeds[state.feedNumber] = feed
            return state.feedNumber
        }
        defer { state.withLock { _ = $0.feeds.removeValue(forKey: number) } }
        channel.closeFuture.whenComplete { _ in feed.finish() }
        try await writer.write(
            .head(HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Type": "application/json"])))
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            if let seconds = watch.timeoutSeconds {
                group.addTask {
                    try await Task.sleep(for: .seconds(seconds))
                    feed.tell(.end)
                }
            }
            try await follow(watch, feed, writer, pace)
        }
        try await writer.write(.end(nil))
    }

    private func follow(_ watch: OpenWatch, _ feed: WatchFeed, _ writer: Writer, _ pace: Pace) async throws {
        var (seen, pace) = (watch.revision, pace)
        if let refusal = watch.firstAndLast { return try await write(Self.event("ERROR", refusal.object), writer, &pace) }
        for await order in feed.orders {
            switch order {
            case .look: try await tellChanges(watch, &seen, writer, &pace)
            case .bookmark:
                try await tellChanges(watch, &seen, writer, &pace)
                if watch.sendsBookmarks { try await write(Self.bookmark(watch.kind, seen), writer, &pace) }
            case .lines(let lines, let endsAfter):
                for line in lines { try await write(line, writer, &pace) }
                if endsAfter { return }
            case .end:
                try await tellChanges(watch, &seen, writer, &pace)
                if watch.sendsBookmarks { try await write(Self.bookmark(watch.kind, seen), writer, &pace) }
                return
            case .cut: throw Cut()
            }
        }
        throw Cut()
    }

    private func tellChanges(_ watch: OpenWatch, _ seen: inout Int, _ writer: Writer, _ pace: inout Pace) async throws {
        let (changes, revision) = state.withLock { ($0.store.changes(since: seen, of: watch.kind), $0.store.revision) }
        seen = revision
        for change in changes {
            if let event = Self.event(change, watch.selector) { try await write(event, writer, &pace) }
        }
    }
}
