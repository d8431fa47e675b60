public import AWSClient
import Synchronization
import Timeline

/// Credentials from a source, kept until minutes before their end.
///
/// However many ask, the source is asked by one at a time; while the old ones last nobody waits for it.
public final class CredentialCache: Sendable {
    public typealias Source = @Sendable () async throws(CredentialsFailure) -> AWSCredentials

    private let source: Source
    private let clock: AWSClock
    private let state = Mutex(CredentialState())
    private let fetches = SharedCalls<String, AWSCredentials, CredentialsFailure>(
        cancelled: CredentialsFailure(problem: "The wait for credentials was cancelled", remedy: "Ask again"))

    public init(clock: AWSClock = .system, source: @escaping Source) {
        self.source = source
        self.clock = clock
    }

    /// What a client asks for each call; every copy shares the credentials.
    public var provider: CredentialsProvider {
        CredentialsProvider(
            current: { () throws(CredentialsFailure) in try await self.current() },
            refused: { refused in self.state.withLock { $0.refused(refused) } })
    }

    private func current() async throws(CredentialsFailure) -> AWSCredentials {
        let (now, calendar) = (clock.now(), clock.calendar())
        switch state.withLock({ $0.decision(at: now, calendar) }) {
        case .use(let credentials):
            return credentials
        case .useAndFetch(let credentials):
            fetches.begin("credentials") { await self.fetch() }
            return credentials
        case .fail(let failure):
            throw failure
        case .fetch:
            do throws(CredentialsFailure) {
                return try await fetches.answer("credentials") { await self.fetch() }
            } catch {
                guard let lasting = state.withLock({ $0.lasting(at: calendar) }) else { throw error }
                return lasting
            }
        }
    }

    private func fetch() async -> Result<AWSCredentials, CredentialsFailure> {
        do throws(CredentialsFailure) {
            let fresh = try await source()
            let now = clock.now()
            state.withLock { $0.fetched(fresh, at: now) }
            return .success(fresh)
        } catch {
            let now = clock.now()
            if !Task.isCancelled { state.withLock { $0.failed(error, at: now) } }
            return .failure(error)
        }
    }
}
