import Synchronization
import Timeline

/// Makes calls to AWS: signs, keeps to a rate, repeats what is safe to repeat, and gives every call an end.
///
/// What to do after a failure is decided by values (``RetryPolicy``, ``CallBucket``, ``ClockSkew``); this object holds them and does
/// what they say.
public final class AWSClient: Sendable {
    private let exchange: HTTPExchange
    private let credentials: CredentialsProvider
    private let clock: AWSClock
    private let settings: Settings
    private let observer: @Sendable (CallReport) -> Void
    private let state: Mutex<State>

    public struct Settings: Hashable, Sendable {
        public var retries: RetryPolicy
        public var rates: CallBucket.Limits
        /// Of each try.
        public var limits: HTTPLimits

        /// - Parameter limits: A hundred ENIs with fifty addresses each are about 1 MiB of XML, which takes forty times that while it is
        ///   read; no page that a node asks for is larger.
        public init(
            retries: RetryPolicy = RetryPolicy(), rates: CallBucket.Limits = CallBucket.Limits(),
            limits: HTTPLimits = HTTPLimits(timeout: .seconds(10), bytesMax: 4 << 20)
        ) {
            self.retries = retries
            self.rates = rates
            self.limits = limits
        }
    }

    private struct State {
        var buckets: [String: CallBucket] = [:]
        var skew = ClockSkew()
    }

    /// - Parameter observer: Told of every call when it has ended, on the task of whoever made it.
    public init(
        _ exchange: HTTPExchange, credentials: CredentialsProvider, clock: AWSClock = .system, settings: Settings = Settings(),
        observer: @escaping @Sendable (CallReport) -> Void = { _ in }
    ) {
        self.exchange = exchange
        self.credentials = credentials
        self.clock = clock
        self.settings = settings
        self.observer = observer
        state = Mutex(State())
    }

    /// Makes a call and returns an answer of success.
    ///
    /// - Throws: What AWS or the last try said, unless an earlier try is in doubt; the message tells how many tries there were when
    ///   there was more than one.
    public func perform(_ call: AWSCall) async throws(AWSFailure) -> HTTPAnswer {
        let start = clock.now()
        var tries = CallTries()
        var failureCode: String?
        defer {
            let duration = clock.now() - start
            observer(
                CallReport(action: call.action, tries: tries.count, duration: duration, waited: tries.waited, failureCode: failureCode))
        }
        do {
            return try await perform(call, since: start, &tries)
        } catch {
            let outcome = tries.outcome(error)
            failureCode = outcome.code
            throw outcome
        }
    }

    private func perform(_ call: AWSCall, since start: Instant, _ tries: inout CallTries) async throws(AWSFailure) -> HTTPAnswer {
        while true {
            let signer = try await signer(of: call)
            tries.waited += try await waitForTurn(call, since: start)
            tries.begin()
            switch await send(call, signer, since: start) {
            case .success(let answer):
                return answer
            case .failure(let failure):
                tries.failed(failure)
                if tries.count < settings.retries.attemptsMax, mends(failure, signer, &tries.hasRenewed) { continue }
                try await pause(after: failure, of: call, attempt: tries.count, since: start)
            }
        }
    }

    private func signer(of call: AWSCall) async throws(AWSFailure) -> AWSCredentials? {
        guard call.isSigned else { return nil }
        do {
            return try await credentials.current()
        } catch {
            throw Task.isCancelled ? .cancelled(call.action) : .noCredentials(error)
        }
    }

    /// Returns how long it waited.
    private func waitForTurn(_ call: AWSCall, since start: Instant) async throws(AWSFailure) -> Duration {
        let now = clock.now()
        let (wait, rate) = withBucket(of: call, at: now) { ($0.take(at: now), $0.rate(at: now)) }
        guard wait > .zero else { return .zero }
        guard now - start + wait < settings.retries.budget else {
            withBucket(of: call, at: now) { $0.giveBack(at: now) }
            throw .heldBack(call.action, for: wait, atRate: rate)
        }
        do throws(CancellationError) {
            try await clock.sleep(wait)
        } catch {
            let now = clock.now()
            withBucket(of: call, at: now) { $0.giveBack(at: now) }
            throw .cancelled(call.action)
        }
        return wait
    }

    private func send(_ call: AWSCall, _ signer: AWSCredentials?, since start: Instant) async -> Result<HTTPAnswer, AWSFailure> {
        let rest = settings.retries.budget - (clock.now() - start)
        let limits = HTTPLimits(timeout: min(settings.limits.timeout, max(rest, .seconds(1))), bytesMax: settings.limits.bytesMax)
        do throws(HTTPFailure) {
            let answer = try await exchange.perform(request(of: call, signer), limits)
            guard !(200..<300).contains(answer.status) else { return .success(answer) }
            let failure = AWSFailure(answer, at: clock.calendar())
            let now = clock.now()
            if failure.meaning == .throttled { withBucket(of: call, at: now) { $0.throttled(at: now) } }
            return .failure(failure)
        } catch {
            return .failure(AWSFailure(error))
        }
    }

    private func request(of call: AWSCall, _ signer: AWSCredentials?) -> HTTPRequest {
        guard let signer else { return call.request }
        let time = clock.calendar() + state.withLock(\.skew.offset)
        return SignatureV4(credentials: signer, region: call.endpoint.region, service: call.endpoint.service.rawValue)
            .sign(call.request, at: time)
    }

    /// Whether something was put right that explains a refused signature: the clock, or else, once in a call, the credentials.
    private func mends(_ failure: AWSFailure, _ signer: AWSCredentials?, _ hasRenewed: inout Bool) -> Bool {
        guard failure.meaning == .signatureRefused, let signer else { return false }
        if let date = failure.answeredAt, state.withLock({ $0.skew.learn(from: date, at: clock.calendar()) }) { return true }
        guard !hasRenewed, signer.expiration != nil else { return false }
        hasRenewed = true
        credentials.refused(signer)
        return true
    }

    /// Waits before the next try, or throws when there is none.
    private func pause(after failure: AWSFailure, of call: AWSCall, attempt: Int, since start: Instant) async throws(AWSFailure) {
        var random = ClockRandom(clock: clock)
        let verdict = settings.retries.verdict(
            on: failure, attempt: attempt, isRepeatable: call.isRepeatable, elapsed: clock.now() - start, random: &random)
        guard case .tryAgain(let pause) = verdict else { throw failure }
        do throws(CancellationError) {
            try await clock.sleep(pause)
        } catch {
            throw .cancelled(call.action)
        }
    }

    private func withBucket<Answer>(of call: AWSCall, at now: Instant, _ body: (inout CallBucket) -> Answer) -> Answer {
        state.withLock { body(&$0.buckets[call.action, default: CallBucket(settings.rates, at: now)]) }
    }
}
