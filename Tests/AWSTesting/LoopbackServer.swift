public import AWSClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// A real HTTP server on a port of its own of this machine, for one test.
public enum LoopbackServer {
    /// Answers a request; nil closes the connection without an answer.
    public typealias Handler = @Sendable (HTTPRequest) async -> HTTPAnswer?

    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>

    /// Serves while `body` runs, and cancels what is still being answered after it.
    public static func run<Outcome: Sendable>(
        _ handler: @escaping Handler, onConnection: @escaping @Sendable () -> Void = {},
        _ body: @escaping @Sendable (HTTPURL) async throws -> Outcome
    ) async throws -> Outcome {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(host: "127.0.0.1", port: 0) { channel in
            onConnection()
            return channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(AnswerParts())
                return try Connection(wrappingChannelSynchronously: channel)
            }
        }
        let url = HTTPURL(scheme: .http, host: "127.0.0.1", port: server.channel.localAddress?.port)
        return try await server.executeThenClose { connections in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await accept(connections, handler) }
                defer { group.cancelAll() }
                return try await body(url)
            }
        }
    }

    private static func accept(_ connections: NIOAsyncChannelInboundStream<Connection>, _ handler: @escaping Handler) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for try await connection in connections {
                group.addTask { try? await serve(connection, handler) }
            }
        }
    }

    private static func serve(_ connection: Connection, _ handler: Handler) async throws {
        try await connection.executeThenClose { parts, answers in
            var (head, body): (HTTPRequestHead?, ByteBuffer) = (nil, ByteBuffer())
            for try await part in parts {
                switch part {
                case .head(let received): (head, body) = (received, ByteBuffer())
                case .body(var received): body.writeBuffer(&received)
                case .end:
                    guard let head, let request = HTTPRequest(head, body), let answer = await handler(request) else { return }
                    var fields = HTTPHeaders(answer.fields.map { ($0.name, $0.value) })
                    fields.replaceOrAdd(name: "Content-Length", value: "\(answer.body.count)")
                    try await answers.write(
                        .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: fields)))
                    try await answers.write(.body(ByteBuffer(bytes: answer.body)))
                    try await answers.write(.end(nil))
                }
            }
        }
    }
}

extension HTTPRequest {
    fileprivate init?(_ head: HTTPRequestHead, _ body: ByteBuffer) {
        guard let method = Method(rawValue: head.method.rawValue), let url = HTTPURL("http://127.0.0.1\(head.uri)") else { return nil }
        self.init(
            method, url, fields: head.headers.map { HTTPField($0.name, $0.value) }, body: Array(body.readableBytesView))
    }

    /// Returns the first field of that name, whatever its case.
    public subscript(name: String) -> String? {
        let name = name.lowercased()
        return fields.first { $0.name.lowercased() == name }?.value
    }
}

/// Turns the parts of an answer, which may pass between tasks, into those that NIO's encoder takes.
private final class AnswerParts: ChannelOutboundHandler {
    typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
    typealias OutboundOut = HTTPServerResponsePart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: OutboundOut =
            switch unwrapOutboundIn(data) {
            case .head(let head): .head(head)
            case .body(let bytes): .body(.byteBuffer(bytes))
            case .end(let trailers): .end(trailers)
            }
        context.write(wrapOutboundOut(part), promise: promise)
    }
}
