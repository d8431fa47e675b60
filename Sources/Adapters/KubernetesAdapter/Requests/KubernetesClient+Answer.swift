import AsyncHTTPClient
import JSON
import Logging
import NIOCore
import NIOHTTP1

extension KubernetesClient {
    /// Asks until there is an answer that asking again would not change, within the bounds of tries and pauses.
    func answer(_ request: APIRequest) async throws(KubernetesFailure) -> JSONValue {
        var (backoff, paused, tries) = (Backoff(), Duration.zero, 1)
        while true {
            do throws(KubernetesFailure) {
                return try await answerOnce(request)
            } catch {
                var random = ClockRandom(clock: clock)
                let pause = backoff.next(atLeast: error.retryAfter, using: &random)
                guard tries < limits.tries, error.isWorthRepeating(of: request.verb), paused + pause <= limits.pauses else { throw error }
                tries += 1
                paused += pause
                await clock.sleep(pause)
                if Task.isCancelled { throw KubernetesFailure(CancellationError(), request: "\(request)") }
            }
        }
    }

    private func answerOnce(_ request: APIRequest) async throws(KubernetesFailure) -> JSONValue {
        let limit = request.verb == .list ? limits.answer * 2 : limits.answer
        let bytesMax = request.verb == .list ? limits.pageBytes : limits.changeBytes
        let response = try await response(to: request, within: limit)
        let bytes = try await body(of: response, request, within: limit, bytesMax: bytesMax)
        do throws(JSONError) {
            return try JSONValue(parsing: bytes, bytesMax: bytesMax)
        } catch {
            throw KubernetesFailure(
                .unreadable, status: Int(response.status.code), message: "the answer is not JSON: \(error)", request: "\(request)")
        }
    }

    /// Sends a request and returns its answer when that is a good one, with its body still to come.
    ///
    /// When the server refuses who we are, the credential is read again; with another than before the request is sent once more.
    func response(to request: APIRequest, within limit: Duration) async throws(KubernetesFailure) -> HTTPClientResponse {
        if let fault = request.fault { throw KubernetesFailure(.invalid, message: fault, request: "\(request)") }
        let login = try await login(for: request)
        do throws(KubernetesFailure) {
            return try await response(to: request, login, within: limit)
        } catch {
            guard error.kind == .unauthorized else { throw error }
            logins.refused(login)
            let next = try await self.login(for: request)
            guard next.proof != login.proof else { throw error }
            logger.info("credential read again", metadata: ["server": "\(access.server)"])
            return try await response(to: request, next, within: limit)
        }
    }

    private func login(for request: APIRequest) async throws(KubernetesFailure) -> Login {
        do throws(ClusterAccessFailure) {
            return try await logins.current()
        } catch {
            throw KubernetesFailure(.noCredential, message: "\(error)", request: "\(request)")
        }
    }

    private func response(
        to request: APIRequest, _ login: Login, within limit: Duration
    ) async throws(KubernetesFailure) -> HTTPClientResponse {
        tally.note(request.right) { count in
            count.requests += 1
            count.bytesSent += request.body.count
        }
        let response: HTTPClientResponse
        do {
            response = try await connections.execute(request, login, within: limit)
        } catch {
            tally.note(request.right) { $0.failures += 1 }
            throw KubernetesFailure(error, request: "\(request)")
        }
        let status = Int(response.status.code)
        if (200..<300).contains(status) { return response }
        tally.note(request.right) { $0.failures += 1 }
        let retryAfter = response.field("Retry-After").flatMap { Int($0) }.map { Duration.seconds(max(0, min($0, 3600))) }
        let bytes = (try? await body(of: response, request, within: limits.answer, bytesMax: 1 << 20)) ?? []
        throw KubernetesFailure(status: status, StatusAnswer(body: bytes), retryAfter: retryAfter, request: "\(request)")
    }

    private func body(
        of response: HTTPClientResponse, _ request: APIRequest, within limit: Duration, bytesMax: Int
    ) async throws(KubernetesFailure) -> [UInt8] {
        let body = response.body
        do {
            // Straight into an array: a page of pods is megabytes, of which there is to be one copy.
            let bytes = try await withLimit(limit) {
                var bytes: [UInt8] = []
                for try await chunk in body {
                    bytes.append(contentsOf: chunk.readableBytesView)
                    guard bytes.count <= bytesMax else { throw NIOTooManyBytesError(maxBytes: bytesMax) }
                }
                return bytes
            }
            tally.note(request.right) { $0.bytesReceived += bytes.count }
            return bytes
        } catch is TimeIsUp {
            throw KubernetesFailure(.timedOut, message: "the answer did not end within \(limit)", request: "\(request)")
        } catch {
            throw KubernetesFailure(error, request: "\(request)")
        }
    }
}

extension KubernetesFailure {
    /// Whether to ask again by ourselves: the server has done nothing, or nothing can be done twice.
    func isWorthRepeating(of verb: APIRequest.Verb) -> Bool {
        switch kind {
        case .tooManyRequests, .notConnected: return true
        case .serverError where status == 503 && retryAfter != nil: return true
        case .serverError, .broken, .timedOut:
            return verb == .get || verb == .list
        default: return false
        }
    }
}

/// Thrown when work was not done in its time.
struct TimeIsUp: Error {}

/// Runs work that obeys cancellation, and cancels it when its time is up.
func withLimit<Outcome: Sendable>(
    _ limit: Duration, _ work: @escaping @Sendable () async throws -> Outcome
) async throws -> Outcome {
    try await withThrowingTaskGroup(of: Outcome.self) { group in
        group.addTask(operation: work)
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimeIsUp()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
