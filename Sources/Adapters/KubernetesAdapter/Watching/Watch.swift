import AsyncHTTPClient
import Logging
import NIOCore
import Synchronization

/// One watch from its request to its end.
struct Watch<R: Resource> {
    enum Reason: Hashable, Sendable {
        /// In order, as the server does after the time it was asked for.
        case ended
        /// The server has forgotten the moment at which the watch was to begin.
        case forgotten
        /// The server does not take `allowWatchBookmarks`; it is not asked again.
        case noBookmarks
        case failed(KubernetesFailure)
        /// Nobody takes any more.
        case unwanted
    }

    struct End: Hashable, Sendable {
        var reason: Reason
        /// Where the next one begins.
        var version: String
    }

    private let client: KubernetesClient
    private let start: String
    private let asksForBookmarks: Bool
    private let seconds: Int
    private let request: APIRequest

    init(_ client: KubernetesClient, _ selection: Selection, from start: String) {
        self.client = client
        self.start = start
        asksForBookmarks = client.takesBookmarks.load(ordering: .relaxed)
        var random = ClockRandom(clock: client.clock)
        seconds = Int.random(in: client.limits.watchSeconds, using: &random)
        var request = APIRequest(verb: .watch, kind: R.kind, namespace: selection.namespace)
        request.query = selection.query + [("watch", "true"), ("resourceVersion", start), ("timeoutSeconds", "\(seconds)")]
        if asksForBookmarks { request.query.append(("allowWatchBookmarks", "true")) }
        self.request = request
    }

    func run(_ handoff: Handoff<Followed<R>>) async -> End {
        let response: HTTPClientResponse
        do throws(KubernetesFailure) {
            response = try await client.response(to: request, within: client.limits.watchHead)
        } catch {
            return End(reason: reason(of: error), version: start)
        }
        // Events set it while another task may give the watch up.
        let progress = Progress(start)
        let limit = Duration.seconds(seconds) + client.limits.watchMargin
        let body = response.body
        do {
            let reason = try await withLimit(limit) { try await read(body, progress, handoff) }
            return End(reason: reason, version: progress.version)
        } catch is TimeIsUp {
            let failure = KubernetesFailure(
                .timedOut, message: "the watch went on for \(limit), longer than it was asked to", request: "\(request)")
            return End(reason: .failed(failure), version: progress.version)
        } catch {
            return End(reason: .failed(KubernetesFailure(error, request: "\(request)")), version: progress.version)
        }
    }

    private func read(
        _ body: HTTPClientResponse.Body, _ progress: Progress, _ handoff: Handoff<Followed<R>>
    ) async throws -> Reason {
        let bytesMax = client.limits.changeBytes
        var lines = LineSplitter(bytesMax: bytesMax)
        for try await chunk in body {
            client.tally.note(request.right) { $0.bytesReceived += chunk.readableBytes }
            var ended: [[UInt8]] = []
            let tooLong = lines.take(chunk.readableBytesView) { ended.append($0) }
            for line in ended {
                if let reason = try await take(line, progress, handoff) { return reason }
            }
            if tooLong != nil { throw unreadable("a line of the watch is longer than \(bytesMax) bytes") }
        }
        // The chunks of HTTP have ended in order, but a line has not: the server was stopped in the middle of it.
        if lines.isInLine { throw KubernetesFailure(.broken, message: "the watch ended in the middle of a line", request: "\(request)") }
        return .ended
    }

    /// Hands one event on; the reason for the watch's end when it is one.
    private func take(_ line: [UInt8], _ progress: Progress, _ handoff: Handoff<Followed<R>>) async throws -> Reason? {
        let parsed: WatchEvent.Parsed
        do throws(WatchFault) {
            parsed = try WatchEvent.parse(line, bytesMax: client.limits.changeBytes)
        } catch {
            throw unreadable(error.problem)
        }
        let isTaken: Bool
        switch parsed.event {
        case .changed(let object): isTaken = await handoff.give(.changed(R(object)))
        case .removed(let object): isTaken = await handoff.give(.removed(R(object)))
        case .bookmark: isTaken = true
        case .other(let type):
            client.logger.debug("unknown event passed over", metadata: ["resource": "\(R.kind)", "type": "\(type)"])
            isTaken = true
        case .error(let answer):
            return reason(
                of: KubernetesFailure(status: answer.code ?? 500, answer, retryAfter: nil, request: "\(request)"))
        }
        if let version = parsed.resourceVersion { progress.version = version }
        return isTaken ? nil : .unwanted
    }

    /// A server above an etcd that cannot report progress answers bookmarks with 500 and that name; others do not know the parameter.
    private func reason(of failure: KubernetesFailure) -> Reason {
        if failure.kind == .gone || failure.reason == "Expired" { return .forgotten }
        let isAboutBookmarks =
            failure.kind == .badRequest || (failure.kind == .serverError && failure.message.contains("RequestWatchProgress"))
        guard asksForBookmarks, isAboutBookmarks else { return .failed(failure) }
        client.logger.info("server takes no bookmarks", metadata: ["server": "\(client.access.server)"])
        client.takesBookmarks.store(false, ordering: .relaxed)
        return .noBookmarks
    }

    private func unreadable(_ problem: String) -> KubernetesFailure {
        KubernetesFailure(.unreadable, status: 200, message: problem, request: "\(request)")
    }
}

/// How far a watch has come.
private final class Progress: Sendable {
    private let state: Mutex<String>

    init(_ version: String) {
        state = Mutex(version)
    }

    var version: String {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
