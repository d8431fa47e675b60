import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Timeline

/// Requests over real connections that are kept for the next one.
public final class HTTPConnections: Sendable {
    private let direct: HTTPClient
    private let proxied: HTTPClient?
    private let proxies: ProxyRule

    /// - Parameter proxies: Which hosts are reached through a proxy; none unless told.
    public init(proxies: ProxyRule = .none) {
        self.proxies = proxies
        direct = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration(proxy: nil))
        proxied = proxies.proxy.map {
            HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration(proxy: .server(host: $0.host, port: $0.port)))
        }
    }

    /// Closes every connection. Requests under way fail.
    public func shutdown() async {
        try? await direct.shutdown()
        try? await proxied?.shutdown()
    }

    /// Requests over these connections; of no use after ``shutdown()``.
    public var exchange: HTTPExchange {
        HTTPExchange { (request, limits) throws(HTTPFailure) in try await self.perform(request, limits) }
    }

    /// Connecting is tried once and within 2 s, and redirects are refused: whether to ask again is the caller's decision, who knows
    /// what is safe to repeat. Idle connections are left after 10 s, before servers close them in the middle of a request.
    private static func configuration(proxy: HTTPClient.Configuration.Proxy?) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, timeout: .init(connect: .seconds(2)), proxy: proxy)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(10)
        configuration.httpVersion = .http1Only
        return configuration
    }

    private func perform(_ request: HTTPRequest, _ limits: HTTPLimits) async throws(HTTPFailure) -> HTTPAnswer {
        let client = proxies.reachesThroughProxy(request.url) ? proxied ?? direct : direct
        do {
            let end = ContinuousClock.now + limits.timeout
            let response = try await client.execute(HTTPClientRequest(request), timeout: .nanoseconds(limits.timeout.wholeNanoseconds))
            // The client's own limit ends with the head of the answer.
            let body = try await Self.until(end) { try await response.body.collect(upTo: limits.bytesMax) }
            return HTTPAnswer(
                status: Int(response.status.code), fields: response.headers.map { HTTPField($0.name, $0.value) },
                body: Array(body.readableBytesView))
        } catch {
            throw HTTPFailure(error, of: request, limits)
        }
    }
}

extension HTTPConnections {
    private static func until<Outcome: Sendable>(
        _ end: ContinuousClock.Instant, _ work: @escaping @Sendable () async throws -> Outcome
    ) async throws -> Outcome {
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            group.addTask(operation: work)
            group.addTask {
                try await Task.sleep(until: end)
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}

extension HTTPClientRequest {
    fileprivate init(_ request: HTTPRequest) {
        self.init(url: "\(request.url)")
        method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.fields { headers.add(name: field.name, value: field.value) }
        if !request.body.isEmpty { body = .bytes(ByteBuffer(bytes: request.body)) }
    }
}

extension HTTPFailure {
    fileprivate init(_ error: any Error, of request: HTTPRequest, _ limits: HTTPLimits) {
        switch Self.kind(of: error) {
        case .cancelled: self.init(.cancelled, "\(request) was cancelled")
        case .timedOut: self.init(.timedOut, "\(request) had no answer within \(limits.timeout)")
        case .tooLarge: self.init(.tooLarge, "\(request) was answered with more than \(limits.bytesMax) bytes")
        case .notConnected: self.init(.notConnected, "\(request): no connection: \(error)")
        case .broken: self.init(.broken, "\(request): the connection failed: \(error)")
        }
    }

    /// What is not known for certain to have happened before the request was sent counts as a broken connection.
    private static func kind(of error: any Error) -> Kind {
        switch error {
        case is CancellationError: return .cancelled
        case is NIOTooManyBytesError: return .tooLarge
        case is NIOConnectionError: return .notConnected
        case let error as IOError where error.errnoCode == ECONNREFUSED: return .notConnected
        default: break
        }
        return switch error as? HTTPClientError {
        case .cancelled: .cancelled
        case .deadlineExceeded, .readTimeout, .writeTimeout: .timedOut
        case .connectTimeout, .getConnectionFromPoolTimeout: .notConnected
        default: .broken
        }
    }
}
