import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The connections to one API server.
final class ServerConnections: Sendable {
    private let client: HTTPClient
    private let access: ClusterAccess
    private let userAgent: String
    private let base: String

    init(_ access: ClusterAccess, userAgent: String) {
        self.access = access
        self.userAgent = userAgent
        base = access.address.base(name: access.certificateName)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration(access))
    }

    func shutdown() async {
        try? await client.shutdown()
    }

    /// Sends a request and returns when the head of its answer is there.
    func execute(_ request: APIRequest, _ login: Login, within limit: Duration) async throws -> HTTPClientResponse {
        var message = HTTPClientRequest(url: base + request.target)
        message.method = HTTPMethod(rawValue: request.verb.method)
        message.tlsConfiguration = login.tls
        message.headers.add(name: "Host", value: access.address.authority)
        message.headers.add(name: "User-Agent", value: userAgent)
        message.headers.add(name: "Accept", value: "application/json")
        if let token = login.proof.token { message.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let type = request.contentType { message.headers.add(name: "Content-Type", value: type) }
        if !request.body.isEmpty { message.body = .bytes(ByteBuffer(bytes: request.body)) }
        return try await client.execute(message, deadline: .now() + .nanoseconds(Int64(limit / .nanoseconds(1))))
    }

    private static func configuration(_ access: ClusterAccess) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)),
            proxy: access.proxy.map { .server(host: $0.host, port: $0.port) })
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(30)
        // Each watch keeps a connection for itself.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        if let name = access.certificateName { configuration.dnsOverride = [name: access.address.host] }
        configuration.http1_1ConnectionDebugInitializer = { channel in keepAlive(channel) }
        return configuration
    }

    /// A server that has vanished answers no probe: the connection ends after 30 s of silence and three probes 10 s apart. What was sent
    /// and is not acknowledged ends it after a minute (tcp(7)).
    private static func keepAlive(_ channel: any Channel) -> EventLoopFuture<Void> {
        let options: [(level: Int32, name: Int32, value: SocketOptionValue)] = [
            (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30), (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 10),
            (Int32(IPPROTO_TCP), TCP_KEEPCNT, 3), (Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 60_000),
        ]
        return EventLoopFuture.andAllSucceed(
            options.map {
                channel.setOption(
                    ChannelOptions.Types.SocketOption(level: .init(rawValue: $0.level), name: .init(rawValue: $0.name)), value: $0.value)
            }, on: channel.eventLoop)
    }
}

extension HTTPClientResponse {
    /// The field of that name when there is one.
    func field(_ name: String) -> String? { headers.first(name: name) }
}
