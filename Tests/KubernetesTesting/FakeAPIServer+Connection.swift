import JSON
import NIOCore
import NIOHTTP1
import Synchronization

extension FakeAPIServer {
    typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>
    typealias Writer = NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, ByteBuffer>>

    private static let bodyBytesMax = 8 << 20
    private static let requestsMax = 100_000

    /// The connection is to be closed in the middle.
    struct Cut: Error {}

    func serve(_ connection: Connection) async throws {
        let channel = connection.channel
        try await connection.executeThenClose { parts, writer in
            var (head, body): (HTTPRequestHead?, [UInt8]) = (nil, [])
            for try await part in parts {
                switch part {
                case .head(let received): (head, body) = (received, [])
                case .body(let received):
                    body += received.readableBytesView
                    guard body.count <= Self.bodyBytesMax else { throw Cut() }
                case .end:
                    guard let head else { return }
                    let request = RecordedRequest(
                        method: head.method.rawValue, target: head.uri,
                        fields: head.headers.map { RecordedRequest.Field(name: $0.name, value: $0.value) }, body: body)
                    try await answer(request, writer, channel)
                }
            }
        }
    }

    private func answer(_ request: RecordedRequest, _ writer: Writer, _ channel: any Channel) async throws {
        let fault = state.withLock { state -> ServerFault? in
            if state.requests.count < Self.requestsMax { state.requests.append(request) }
            guard let index = state.faults.firstIndex(where: { $0.times > 0 && $0.matches(request) }) else { return nil }
            state.faults[index].times -= 1
            return state.faults[index].fault
        }
        var pace = Pace.whole
        switch fault {
        case nil: break
        case .refuse(let refusal): return try await send(refusal, writer)
        case .answer(let status, let type, let body): return try await send(status, type, Array(body.utf8), writer, .whole)
        case .hang:
            // Until the client has had enough, or the test.
            let gone = WatchFeed()
            channel.closeFuture.whenComplete { _ in gone.finish() }
            for await _ in gone.orders {}
            throw Cut()
        case .cut: throw Cut()
        case .trickle: pace = .trickle
        case .cutAfter(let bytes): pace = .cutAfter(bytes)
        case .lines(let lines):
            return try await send(200, "application/json", Array(lines.map { $0 + "\n" }.joined().utf8), writer, .whole)
        }
        if ["/healthz", "/livez", "/readyz"].contains(request.path) {
            return try await send(200, "text/plain", Array("ok".utf8), writer, pace)
        }
        let outcome = perform(request)
        switch outcome {
        case .success(.object(let object, let status)):
            try await send(status, "application/json", JSONValue.object(object).bytes, writer, pace)
        case .success(.watch(let watch)): try await serve(watch, writer, channel, pace)
        case .failure(let refusal): try await send(refusal, writer)
        }
    }

    // MARK: - Bytes

    /// How the bytes of an answer leave.
    enum Pace {
        case whole
        /// Each in a chunk of its own.
        case trickle
        /// No more than so many, and then the connection ends.
        case cutAfter(Int)
    }

    private func send(_ refusal: Refusal, _ writer: Writer) async throws {
        var fields = HTTPHeaders()
        if let seconds = refusal.retryAfter { fields.add(name: "Retry-After", value: "\(seconds)") }
        try await send(refusal.status, "application/json", JSONValue.object(refusal.object).bytes, writer, .whole, fields)
    }

    private func send(
        _ status: Int, _ type: String, _ body: [UInt8], _ writer: Writer, _ pace: Pace, _ fields: HTTPHeaders = HTTPHeaders()
    ) async throws {
        var fields = fields
        fields.add(name: "Content-Type", value: type)
        fields.add(name: "Content-Length", value: "\(body.count)")
        try await writer.write(.head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)))
        var pace = pace
        try await write(body, writer, &pace)
        try await writer.write(.end(nil))
    }

    func write(_ bytes: [UInt8], _ writer: Writer, _ pace: inout Pace) async throws {
        switch pace {
        case .whole: try await writer.write(.body(ByteBuffer(bytes: bytes)))
        case .trickle: for byte in bytes { try await writer.write(.body(ByteBuffer(bytes: [byte]))) }
        case .cutAfter(let left):
            try await writer.write(.body(ByteBuffer(bytes: bytes.prefix(left))))
            if bytes.count >= left { throw Cut() }
            pace = .cutAfter(left - bytes.count)
        }
    }
}

/// Turns the parts of an answer, which may pass between tasks, into those that NIO's encoder takes.
final class AnswerParts: ChannelOutboundHandler {
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
