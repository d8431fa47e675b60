public import AWSClient
import Synchronization
import Timeline

/// The instance metadata service, version 2.
///
/// What it tells is late at times and partial at others: an ENI shows seconds after it was attached, its addresses one by one after
/// that, and addresses taken away may linger. So its answers are hints; EC2 is the authority.
public final class InstanceMetadata: Sendable {
    private let exchange: HTTPExchange
    private let endpoint: IMDSEndpoint
    private let clock: AWSClock
    private let token = Mutex<MetadataToken?>(nil)
    private let renewals = SharedCalls<String, MetadataToken, IMDSFailure>(cancelled: .cancelled)

    public init(_ exchange: HTTPExchange, at endpoint: IMDSEndpoint, clock: AWSClock = .system) {
        self.exchange = exchange
        self.endpoint = endpoint
        self.clock = clock
    }

    /// The service is on the host, so a second is long; more would hold up the start on a machine that is not an instance.
    private static let limits = HTTPLimits(timeout: .seconds(1), bytesMax: 64 << 10)
    private static let triesMax = 3

    /// Returns the text at a path below `/latest`, such as `meta-data/mac`; nil when there is none, or it is empty.
    public func text(_ path: String) async throws(IMDSFailure) -> String? {
        guard endpoint.isEnabled else { throw .disabled("AWS_EC2_METADATA_DISABLED keeps Berth from asking the instance metadata") }
        var (cause, tries, hasRenewed) = ("", 0, false)
        while tries < Self.triesMax {
            if tries > 0 { try await pause(before: tries) }
            let token = try await currentToken()
            switch try await ask(.get, path, HTTPField("X-aws-ec2-metadata-token", token.text)) {
            case .answer(let answer) where answer.status == 200:
                return Self.value(answer.text)
            case .answer(let answer) where answer.status == 404:
                return nil
            case .answer(let answer) where answer.status == 401 && !hasRenewed:
                hasRenewed = true
                forget(token)
            case .answer(let answer):
                throw .refused(path, status: answer.status)
            case .nothing(let reason):
                (cause, tries) = (reason, tries + 1)
            }
        }
        throw .noAnswer(path, cause, tries: Self.triesMax)
    }

    /// Returns the lines at a path; none when there is nothing.
    public func lines(_ path: String) async throws(IMDSFailure) -> [String] {
        try await text(path)?.split(separator: "\n").map { String($0.trimming { $0.isWhitespace }) } ?? []
    }

    private static func value(_ text: String) -> String? {
        let value = text.trimming { $0.isWhitespace }
        return value.isEmpty ? nil : String(value)
    }

    private enum Reply {
        case answer(HTTPAnswer)
        /// Nothing that counts, which another try may bring; with the reason.
        case nothing(String)
    }

    /// Asks once.
    private func ask(_ method: HTTPRequest.Method, _ path: String, _ field: HTTPField) async throws(IMDSFailure) -> Reply {
        let answer: HTTPAnswer
        do {
            answer = try await exchange.perform(HTTPRequest(method, endpoint.url.appending("latest/" + path), fields: [field]), Self.limits)
        } catch {
            guard error.kind != .cancelled else { throw .cancelled }
            return .nothing(error.message)
        }
        switch answer.status {
        case 403: throw .disabled("The instance metadata service is switched off: it answered \(path) with status 403")
        case 500...: return .nothing("status \(answer.status)")
        default: return .answer(answer)
        }
    }

    private func pause(before attempt: Int) async throws(IMDSFailure) {
        do {
            try await clock.sleep(.milliseconds(100) * (1 << attempt))
        } catch {
            throw .cancelled
        }
    }

    // MARK: - The token

    private func currentToken() async throws(IMDSFailure) -> MetadataToken {
        let now = clock.now()
        if let token = token.withLock({ $0 }), token.lasts(at: now) { return token }
        return try await renewals.answer("token") { [self] in
            do throws(IMDSFailure) {
                let fresh = try await newToken()
                token.withLock { $0 = fresh }
                return .success(fresh)
            } catch {
                return .failure(error)
            }
        }
    }

    /// One that another task has put in its place meanwhile is kept.
    private func forget(_ refused: MetadataToken) {
        token.withLock { if $0 == refused { $0 = nil } }
    }

    private func newToken() async throws(IMDSFailure) -> MetadataToken {
        var cause = ""
        for attempt in 0..<Self.triesMax {
            if attempt > 0 { try await pause(before: attempt) }
            let askedAt = clock.now()
            switch try await ask(.put, "api/token", HTTPField("X-aws-ec2-metadata-token-ttl-seconds", "\(MetadataToken.lifeSeconds)")) {
            case .answer(let answer):
                guard answer.status == 200, let text = Self.value(answer.text) else { throw .refused("api/token", status: answer.status) }
                return MetadataToken(text: text, askedAt: askedAt)
            case .nothing(let reason):
                cause = reason
            }
        }
        throw .noToken(cause, tries: Self.triesMax)
    }
}

/// What version 2 wants with every question: proof that the asker could send a PUT.
struct MetadataToken: Hashable, Sendable {
    /// The longest life that the service grants, six hours.
    static let lifeSeconds = 21_600

    var text: String
    var askedAt: Instant

    /// Renewed minutes before its end, so that no question carries one that ends on the way.
    func lasts(at now: Instant) -> Bool { now - askedAt < .seconds(Self.lifeSeconds - 300) }
}

extension StringProtocol {
    func trimming(_ isWhite: (Character) -> Bool) -> SubSequence {
        let head = drop(while: isWhite)
        guard let last = head.lastIndex(where: { !isWhite($0) }) else { return self[endIndex...] }
        return head[...last]
    }
}
