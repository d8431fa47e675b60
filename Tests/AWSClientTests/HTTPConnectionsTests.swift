import AWSClient
import AWSTesting
import Glibc
import Testing

/// Real connections, to this machine alone.
struct HTTPConnectionsTests {
    /// A test that other tests keep from running for half a minute is no server that is slow.
    private let limits = HTTPLimits(timeout: .seconds(300), bytesMax: 1000)

    private func ask(
        _ request: @escaping @Sendable (HTTPURL) -> HTTPRequest, limits: HTTPLimits, of handler: @escaping LoopbackServer.Handler
    ) async throws -> Result<HTTPAnswer, HTTPFailure> {
        try await LoopbackServer.run(handler) { url in
            let connections = HTTPConnections()
            let outcome: Result<HTTPAnswer, HTTPFailure>
            do throws(HTTPFailure) {
                outcome = .success(try await connections.exchange.perform(request(url), limits))
            } catch {
                outcome = .failure(error)
            }
            await connections.shutdown()
            return outcome
        }
    }

    @Test func aRequestArrivesWholeAndItsAnswerComesBack() async throws {
        let answer = try await ask(
            { HTTPRequest(.post, $0.appending("/x"), fields: [HTTPField("X-Test", "1")], body: Array("a=b".utf8)) }, limits: limits
        ) { request in
            HTTPAnswer(
                418,
                "\(request.method.rawValue) \(request.url.path) \(request["x-test"] ?? "") \(String(decoding: request.body, as: UTF8.self))",
                fields: [HTTPField("X-Answer", "2")])
        }.get()
        #expect(answer.status == 418)
        #expect(answer.text == "POST /x 1 a=b")
        #expect(answer["x-answer"] == "2")
    }

    @Test func anAnswerThatIsTooLargeIsRefused() async throws {
        let outcome = try await ask({ HTTPRequest(.get, $0) }, limits: limits) { _ in
            HTTPAnswer(200, String(repeating: "x", count: 1001))
        }
        #expect(throws: HTTPFailure.self) { try outcome.get() }
        #expect(outcome.kind == .tooLarge)
    }

    @Test func anAnswerThatDoesNotComeEndsWithTheTime() async throws {
        let outcome = try await ask(
            { HTTPRequest(.get, $0) }, limits: HTTPLimits(timeout: .milliseconds(50), bytesMax: 1000)
        ) { _ in
            await Forever.wait()
            return nil
        }
        #expect(outcome.kind == .timedOut)
    }

    @Test func anAnswerThatDoesNotEndEndsWithTheTime() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var bytes = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutableBytes(of: &address) { address in
            let pointer = try #require(address.baseAddress).assumingMemoryBound(to: sockaddr.self)
            try #require(bind(listener, pointer, bytes) == 0 && listen(listener, 1) == 0 && getsockname(listener, pointer, &bytes) == 0)
        }
        let server = Task.detached {
            let connection = accept(listener, nil, nil)
            let start = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"
            _ = send(connection, start, start.utf8.count, Int32(MSG_NOSIGNAL))
            return connection
        }
        let url = try #require(HTTPURL("http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/"))
        let connections = HTTPConnections()
        let failure = await #expect(throws: HTTPFailure.self) {
            try await connections.exchange.perform(HTTPRequest(.get, url), HTTPLimits(timeout: .seconds(1), bytesMax: 1000))
        }
        #expect(failure?.kind == .timedOut)
        await connections.shutdown()
        close(await server.value)
    }

    @Test func aConnectionThatEndsBeforeTheAnswerIsBroken() async throws {
        let outcome = try await ask({ HTTPRequest(.get, $0) }, limits: limits) { _ in nil }
        #expect(outcome.kind == .broken)
    }

    @Test func aPortThatNobodyListensOnGetsNothingSent() async throws {
        // Taken, so that no other test gets it, and nobody answers.
        let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(taken) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var bytes = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutableBytes(of: &address) { address in
            let pointer = try #require(address.baseAddress).assumingMemoryBound(to: sockaddr.self)
            try #require(bind(taken, pointer, bytes) == 0 && getsockname(taken, pointer, &bytes) == 0)
        }
        let url = try #require(HTTPURL("http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/"))
        let connections = HTTPConnections()
        let failure = await #expect(throws: HTTPFailure.self) {
            try await connections.exchange.perform(HTTPRequest(.get, url), limits)
        }
        await connections.shutdown()
        #expect(failure?.kind == .notConnected)
    }

    @Test func aRequestThatIsCancelledEndsAtOnce() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let failure = try await LoopbackServer.run({ _ in
            arrived.yield()
            await Forever.wait()
            return nil
        }) { url in
            let connections = HTTPConnections()
            let limits = HTTPLimits(timeout: .seconds(600), bytesMax: 1)
            let asking = Task { try await connections.exchange.perform(HTTPRequest(.get, url), limits) }
            for await _ in arrivals { break }
            asking.cancel()
            let failure = await #expect(throws: HTTPFailure.self) { try await asking.value }
            await connections.shutdown()
            return failure
        }
        #expect(failure?.kind == .cancelled)
    }

    @Test func aRedirectionIsAnAnswerLikeAnother() async throws {
        let outcome = try await ask({ HTTPRequest(.get, $0) }, limits: limits) { request in
            HTTPAnswer(302, "", fields: [HTTPField("Location", "http://127.0.0.1:1/")])
        }
        #expect(try outcome.get().status == 302)
    }

    @Test func whatIsAskedWithTLSIsAskedOfTheProxy() async throws {
        let arrived = Counter()
        let outcome = try await LoopbackServer.run({ _ in nil }, onConnection: { arrived.next() }) { url in
            let proxies = try ProxyRule(environment: ["HTTPS_PROXY": "\(url)"])
            let connections = HTTPConnections(proxies: proxies)
            let request = HTTPRequest(.get, HTTPURL(scheme: .https, host: "192.0.2.1"))
            let outcome = await Result { try await connections.exchange.perform(request, HTTPLimits(timeout: .seconds(300), bytesMax: 1)) }
            await connections.shutdown()
            return outcome.map { _ in }
        }
        #expect(throws: HTTPFailure.self) { try outcome.get() }
        #expect(arrived.count == 1)
    }
}

extension Result<HTTPAnswer, HTTPFailure> {
    fileprivate var kind: HTTPFailure.Kind? {
        guard case .failure(let failure) = self else { return nil }
        return failure.kind
    }
}

/// A wait that only cancellation ends.
enum Forever {
    static func wait() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        for await _ in stream {}
        continuation.finish()
    }
}
