import Synchronization
import Timeline

/// The login that is good now: read again when it may have changed.
///
/// Files are read at most once a minute, and when the server refused what they held; a plugin is run when what it said ends, and when the
/// server refused it. However many ask, one reads.
final class Logins: Sendable {
    /// Ends by itself: files are small, and plugins have a minute.
    private typealias Reading = Task<Result<Login, ClusterAccessFailure>, Never>

    private enum Source {
        case known(Login)
        case reading(Reading)
    }

    private struct State {
        var login: Login?
        var readAt: Instant?
        /// When a plugin's answer ends.
        var expiration: Timestamp?
        var isRefused = false
        var reading: Reading?
    }

    /// As client-go has it for token files.
    private static let readAgainAfter = Duration.seconds(60)
    /// So that an answer does not end on its way to the server.
    private static let margin = Duration.seconds(10)

    private let access: ClusterAccess
    private let clock: ClientClock
    private let state = Mutex(State())

    init(_ access: ClusterAccess, clock: ClientClock) {
        self.access = access
        self.clock = clock
    }

    /// Returns the login that is good now.
    func current() async throws(ClusterAccessFailure) -> Login {
        let (now, calendar) = (clock.now(), clock.calendar())
        let source = state.withLock { state -> Source in
            if let login = state.login, !isOld(state, now, calendar) { return .known(login) }
            if let reading = state.reading { return .reading(reading) }
            let reading = Task { await self.read() }
            state.reading = reading
            return .reading(reading)
        }
        switch source {
        case .known(let login): return login
        case .reading(let reading): return try await reading.value.get()
        }
    }

    /// Notes that the server refused that login, so that the next is read anew.
    func refused(_ login: Login) {
        state.withLock { state in
            if state.login?.proof == login.proof { state.isRefused = true }
        }
    }

    private func isOld(_ state: State, _ now: Instant, _ calendar: Timestamp) -> Bool {
        if state.isRefused { return true }
        if let expiration = state.expiration, calendar + Self.margin >= expiration { return true }
        guard access.readsFiles, let readAt = state.readAt else { return false }
        return now - readAt >= Self.readAgainAfter
    }

    private func read() async -> Result<Login, ClusterAccessFailure> {
        let now = clock.now()
        do throws(ClusterAccessFailure) {
            let (proof, expiration) = try await access.proof(clock: clock)
            let known = state.withLock(\.login)
            // One that has not changed keeps its connections.
            let login: Login
            if let known, known.proof == proof { login = known } else { login = try Login(proof, for: access) }
            state.withLock { state in
                state.login = login
                state.readAt = now
                state.expiration = expiration
                state.isRefused = false
                state.reading = nil
            }
            return .success(login)
        } catch {
            state.withLock { $0.reading = nil }
            return .failure(error)
        }
    }
}

extension ClusterAccess {
    /// Whether a part of the proof may be changed by others.
    var readsFiles: Bool {
        func isFile(_ source: PEMSource?) -> Bool { if case .file = source { true } else { false } }
        if case .file = credential.token { return true }
        return isFile(authorities) || isFile(credential.certificate?.chain) || isFile(credential.certificate?.key)
    }

    /// Reads every source.
    func proof(clock: ClientClock) async throws(ClusterAccessFailure) -> (Login.Proof, expiration: Timestamp?) {
        var proof = try fileProof()
        guard proof.token == nil, let plugin = credential.plugin else { return (proof, nil) }
        let answer = try await plugin.run(source: source)
        proof.token = answer.token
        if let certificate = answer.certificate { (proof.chain, proof.key) = (certificate.chain, certificate.key) }
        return (proof, answer.expiration)
    }

    /// Reads the sources that are texts and files.
    func fileProof() throws(ClusterAccessFailure) -> Login.Proof {
        do throws(FileFailure) {
            var proof = Login.Proof()
            switch credential.token {
            case .text(let token): proof.token = token
            case .file(let path):
                let token = SmallFile.word(try SmallFile.read(path))
                guard !token.isEmpty else { throw FileFailure(path: path, problem: "it is empty") }
                proof.token = token
            case nil: break
            }
            proof.authorities = try authorities.map { source throws(FileFailure) in try source.bytes() }
            proof.chain = try credential.certificate.map { certificate throws(FileFailure) in try certificate.chain.bytes() }
            proof.key = try credential.certificate.map { certificate throws(FileFailure) in try certificate.key.bytes() }
            return proof
        } catch {
            throw ClusterAccessFailure(
                problem: "The credential of \(source) cannot be read: \(error)", remedy: "Make the file readable to this process")
        }
    }
}

extension PEMSource {
    fileprivate func bytes() throws(FileFailure) -> [UInt8] {
        switch self {
        case .bytes(let bytes): bytes
        case .file(let path): try SmallFile.read(path)
        }
    }
}
