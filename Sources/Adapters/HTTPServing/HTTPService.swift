import Glibc
public import Hummingbird
public import HummingbirdCore
import Logging
import NIOCore
public import ServiceLifecycle

/// Serves a router over HTTP and sleeps between requests.
///
/// Hummingbird's own `Application` renews a cached date every second, which would be most of what an idle daemon wakes up for.
public struct HTTPService: Service {
    private let responder: RouterResponder<BasicRequestContext>
    private let address: BindAddress
    private let isServing: @Sendable (Int?) async -> Void

    /// - Parameter isServing: Told the port, where there is one, once requests are taken.
    public init(
        router: Router<BasicRequestContext>, address: BindAddress, isServing: @escaping @Sendable (_ port: Int?) async -> Void = { _ in }
    ) {
        responder = router.buildResponder()
        self.address = address
        self.isServing = isServing
    }

    public func run() async throws {
        let responder = responder
        let logger = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }
        let server = try HTTPServerBuilder.http1().buildServer(
            configuration: ServerConfiguration(address: address), eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup,
            logger: logger
        ) { request, writer, channel in
            let context = BasicRequestContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
            var response: Response
            do {
                response = try await responder.respond(to: request, context: context)
            } catch {
                response = Response(status: .internalServerError)
            }
            response.headers[.date] = Self.date()
            try await writer.write(response: response.head, body: response.body)
        } onServerRunning: { [isServing] channel in
            await isServing(channel.localAddress?.port)
        }
        try await server.run()
    }

    /// The moment, as a response must say it (RFC 9110, sections 5.6.7 and 6.6.1).
    private static func date() -> String {
        var (seconds, parts) = (time(nil), tm())
        gmtime_r(&seconds, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            let count = strftime(text.baseAddress, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}
