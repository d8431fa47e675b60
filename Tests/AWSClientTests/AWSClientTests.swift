import AWSClient
import AWSTesting
import Synchronization
import Testing
import Timeline

struct AWSClientTests {
    private let time = VirtualClock()
    private let ok = HTTPAnswer(200, "<Response/>")

    private func client(
        _ script: ScriptedExchange, _ credentials: CredentialsProvider? = nil, settings: AWSClient.Settings = .init()
    ) -> AWSClient {
        let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hush", source: "the test")
        return AWSClient(script.exchange, credentials: credentials ?? .fixed(keys), clock: time.clock, settings: settings)
    }

    private func call(_ action: String = "DescribeSubnets", isRepeatable: Bool = true, isSigned: Bool = true) throws -> AWSCall {
        let url = try #require(HTTPURL("https://ec2.eu-central-1.amazonaws.com"))
        return AWSCall(
            action, at: ServiceEndpoint(.ec2, region: "eu-central-1", url: url),
            QueryParameters(action: action, version: "2016-11-15"), isRepeatable: isRepeatable, isSigned: isSigned)
    }

    @Test func aCallThatSucceedsIsSentOnceAndSigned() async throws {
        let script = ScriptedExchange([.success(ok)])
        #expect(try await client(script).perform(call()) == ok)
        #expect(script.requests.count == 1)
        #expect(script.requests.first?["authorization"]?.contains("Credential=AKID/") == true)
        #expect(time.slept.isEmpty)
    }

    @Test func aThrottledCallIsMadeAgainHoweverUnsafe() async throws {
        let script = ScriptedExchange([.success(.error(503, "RequestLimitExceeded")), .success(ok)])
        #expect(try await client(script).perform(call(isRepeatable: false)) == ok)
        #expect(script.requests.count == 2)
    }

    @Test(arguments: [HTTPFailure.Kind.timedOut, .broken, .tooLarge])
    func aCallWithoutAnAnswerIsMadeAgainOnlyWhereTwiceIsOnce(_ kind: HTTPFailure.Kind) async throws {
        for isRepeatable in [false, true] {
            let script = ScriptedExchange([.failure(HTTPFailure(kind, "gone")), .success(ok)])
            let outcome = await Result { try await client(script).perform(call(isRepeatable: isRepeatable)) }
            #expect(script.requests.count == (isRepeatable ? 2 : 1))
            #expect((try? outcome.get()) == (isRepeatable ? ok : nil))
        }
    }

    @Test func aServerThatFailsIsNotAskedAgainForWhatItMayHaveDone() async throws {
        let script = ScriptedExchange([.success(.error(500, "InternalError"))])
        await #expect(throws: AWSFailure.self) { try await client(script).perform(call(isRepeatable: false)) }
        #expect(script.requests.count == 1)
    }

    @Test func aCallThatNeverConnectedIsMadeAgain() async throws {
        let script = ScriptedExchange([.failure(HTTPFailure(.notConnected, "refused")), .success(ok)])
        #expect(try await client(script).perform(call(isRepeatable: false)) == ok)
    }

    @Test func aRefusalKeepsCodeMessageAndRequestAndIsFinal() async throws {
        let script = ScriptedExchange([.success(.error(400, "InsufficientCidrBlocks", "No &lt;block&gt;."))])
        let failure = await #expect(throws: AWSFailure.self) { try await client(script).perform(call()) }
        #expect(failure?.code == "InsufficientCidrBlocks" && failure?.message == "No <block>." && failure?.requestID == "req-1")
        #expect(failure?.meaning == .refused)
        #expect(script.requests.count == 1)
    }

    @Test func theLastFailureTellsHowManyTriesThereWere() async throws {
        let script = ScriptedExchange(otherwise: { _ in .success(.error(503, "Unavailable", "Overloaded.")) })
        let failure = await #expect(throws: AWSFailure.self) { try await client(script).perform(call()) }
        #expect(failure?.message == "Overloaded. (after 4 tries)")
        #expect(script.requests.count == 4)
        #expect(time.sleptInAll < .seconds(2))
    }

    /// EC2's, STS's, and what stand-ins for EC2 answer when they refuse a signature.
    @Test(arguments: [
        "<Response><Errors><Error><Code>C</Code><Message>M</Message></Error></Errors><RequestID>r</RequestID></Response>",
        "<ErrorResponse><Error><Type>Sender</Type><Code>C</Code><Message>M</Message></Error><RequestId>r</RequestId></ErrorResponse>",
        "<ErrorResponse><Errors><Error><Code>C</Code><Message>M</Message></Error></Errors><RequestId>r</RequestId></ErrorResponse>",
    ])
    func anErrorIsReadInEachOfItsForms(_ body: String) async throws {
        let script = ScriptedExchange([.success(HTTPAnswer(400, body))])
        let failure = await #expect(throws: AWSFailure.self) { try await client(script).perform(call()) }
        #expect(failure?.description == "C: M (request r)")
    }

    @Test func aPageOfAProxyIsNoErrorOfAWS() async throws {
        let script = ScriptedExchange([.success(HTTPAnswer(407, "<html>log in</html>"))])
        let failure = await #expect(throws: AWSFailure.self) { try await client(script).perform(call()) }
        #expect(failure?.code == "HTTP407")
        #expect(failure?.message.contains("log in") == true)
    }

    @Test func retryAfterIsKept() async throws {
        let script = ScriptedExchange([
            .success(.error(503, "Unavailable", fields: [HTTPField("Retry-After", "5")])), .success(ok),
        ])
        #expect(try await client(script).perform(call()) == ok)
        #expect(time.sleptInAll >= .seconds(5))
    }

    @Test func aWrongClockIsCorrectedAndTheCallSignedAnew() async throws {
        let late = HTTPField("Date", "Fri, 02 Jan 2026 13:04:05 GMT")
        let script = ScriptedExchange([
            .success(.error(400, "RequestExpired", fields: [late])), .success(ok), .success(ok),
        ])
        let client = client(script)
        _ = try await client.perform(call(isRepeatable: false))
        _ = try await client.perform(call())
        #expect(script.requests.map { $0["x-amz-date"]?.prefix(11) } == ["20260102T03", "20260102T13", "20260102T13"])
    }

    @Test func credentialsThatEndedAreFetchedAnewOnce() async throws {
        let script = ScriptedExchange([.success(.error(400, "ExpiredToken")), .success(ok)])
        let keys = RotatingKeys()
        #expect(try await client(script, keys.provider).perform(call(isRepeatable: false)) == ok)
        #expect(script.requests.map { $0["authorization"]?.contains("AKID1/") } == [true, false])
        let always = ScriptedExchange(otherwise: { _ in .success(.error(400, "ExpiredToken")) })
        await #expect(throws: AWSFailure.self) { try await client(always, RotatingKeys().provider).perform(call()) }
        #expect(always.requests.count == 2)
    }

    @Test func keysWithoutAnEndAreNotFetchedAnew() async throws {
        let script = ScriptedExchange(otherwise: { _ in .success(.error(401, "AuthFailure")) })
        await #expect(throws: AWSFailure.self) { try await client(script).perform(call()) }
        #expect(script.requests.count == 1)
    }

    @Test func aCallWithoutCredentialsIsNotSent() async throws {
        let script = ScriptedExchange([.success(ok)])
        let none = CredentialsProvider(
            current: { () throws(CredentialsFailure) in throw CredentialsFailure(problem: "No role", remedy: "Attach one.") },
            refused: { _ in })
        let failure = await #expect(throws: AWSFailure.self) { try await client(script, none).perform(call()) }
        #expect(failure?.description == "NoCredentials: No role. Attach one.")
        #expect(script.requests.isEmpty)
        #expect(try await client(script, none).perform(call(isSigned: false)) == ok)
        #expect(script.requests.first?["authorization"] == nil)
    }

    @Test func callsBeyondTheBurstWaitForTheirTurnAndEachActionHasItsOwn() async throws {
        let script = ScriptedExchange(otherwise: { [ok] _ in .success(ok) })
        let client = client(script, settings: .init(rates: .init(rateMax: 4, rateMin: 0.1, burst: 2, climb: 0.02)))
        for _ in 0..<4 { _ = try await client.perform(call("DescribeSubnets")) }
        #expect(time.slept == [.milliseconds(250), .milliseconds(250)])
        _ = try await client.perform(call("DetachNetworkInterface"))
        #expect(time.slept.count == 2)
    }

    @Test func aCallWhoseTurnIsTooFarOffIsHeldBack() async throws {
        let script = ScriptedExchange(otherwise: { [ok] _ in .success(ok) })
        let rates = CallBucket.Limits(rateMax: 0.01, rateMin: 0.01, burst: 1, climb: 0.01)
        let client = client(script, settings: .init(rates: rates))
        _ = try await client.perform(call())
        let failure = await #expect(throws: AWSFailure.self) { try await client.perform(call()) }
        #expect(failure?.code == "RequestThrottled")
        #expect(failure?.meaning == .heldBack)
        #expect(script.requests.count == 1)
        #expect(time.slept.isEmpty)
    }

    @Test func noCallTakesLongerThanItsBudget() async throws {
        let time = time
        let script = ScriptedExchange(otherwise: { _ in
            time.advance(by: .seconds(9))
            return .failure(HTTPFailure(.timedOut, "nothing"))
        })
        let before = time.now
        await #expect(throws: AWSFailure.self) { try await client(script).perform(call()) }
        #expect(time.now - before <= .seconds(40))
        #expect(script.requests.count <= 4)
    }

    @Test func everyCallIsReportedWhenItHasEnded() async throws {
        let reports = Mutex<[CallReport]>([])
        let script = ScriptedExchange([
            .success(ok), .success(.error(503, "RequestLimitExceeded")), .success(ok), .success(.error(400, "InvalidParameterValue")),
        ])
        let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hush", source: "the test")
        let rates = CallBucket.Limits(rateMax: 4, rateMin: 0.1, burst: 1, climb: 0.02)
        let client = AWSClient(
            script.exchange, credentials: .fixed(keys), clock: time.clock, settings: .init(rates: rates),
            observer: { report in reports.withLock { $0.append(report) } })
        _ = try await client.perform(call())
        _ = try await client.perform(call())
        await #expect(throws: AWSFailure.self) { try await client.perform(call("DeleteNetworkInterface")) }
        let seen = reports.withLock { $0 }
        #expect(seen.map(\.action) == ["DescribeSubnets", "DescribeSubnets", "DeleteNetworkInterface"])
        #expect(seen.map(\.tries) == [1, 2, 1])
        #expect(seen.map(\.failureCode) == [nil, nil, "InvalidParameterValue"])
        #expect(seen[0].waited == .zero && seen[1].waited >= .milliseconds(250) && seen[1].duration >= seen[1].waited)
    }

    @Test func aCancelledCallEndsWithoutAnotherTry() async throws {
        let script = ScriptedExchange(otherwise: { _ in .success(.error(503, "RequestLimitExceeded")) })
        let (client, call) = (client(script), try call())
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.perform(call)
        }
        let outcome = await task.result
        #expect(throws: AWSFailure.cancelledCall) { try outcome.get() }
        #expect(script.requests.count <= 1)
    }
}

extension AWSFailure {
    fileprivate static let cancelledCall = AWSFailure(
        code: "RequestCanceled", message: "DescribeSubnets was cancelled", meaning: .cancelled)
}
