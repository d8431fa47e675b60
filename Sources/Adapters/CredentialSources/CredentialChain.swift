public import AWSClient
public import IMDSAdapter

/// The sources of credentials in the order of the AWS SDKs: environment, web identity, shared files, container, instance role.
///
/// The first one that is configured counts, whether it succeeds or not: another identity than the one that was set up would have
/// other rights, and nobody would know why.
public struct CredentialChain: Sendable {
    let environment: [String: String]
    let exchange: HTTPExchange
    let metadata: InstanceMetadata
    /// Where STS listens; nil while the region is not known.
    let sts: ServiceEndpoint?
    let clock: AWSClock
    let files: FileReader

    public init(
        environment: [String: String], exchange: HTTPExchange, metadata: InstanceMetadata, sts: ServiceEndpoint?,
        clock: AWSClock = .system, files: FileReader = .system
    ) {
        self.environment = environment
        self.exchange = exchange
        self.metadata = metadata
        self.sts = sts
        self.clock = clock
        self.files = files
    }

    /// Returns credentials from the first source that is configured.
    public func fetch() async throws(CredentialsFailure) -> AWSCredentials {
        if let credentials = try environmentCredentials() { return credentials }
        if let role = try webIdentityRole() { return try await credentials(of: role) }
        switch try profile() {
        case .keys(let credentials): return credentials
        case .webIdentity(let role): return try await credentials(of: role)
        case nil: break
        }
        if let endpoint = try containerEndpoint() { return try await credentials(from: endpoint) }
        return try await instanceCredentials()
    }

    /// The variable's value; nil when it is unset or empty.
    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private func environmentCredentials() throws(CredentialsFailure) -> AWSCredentials? {
        switch (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        case (let id?, let secret?):
            return AWSCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: variable("AWS_SESSION_TOKEN"), source: "the environment")
        case (nil, nil):
            return nil
        case (_?, nil), (nil, _?):
            throw CredentialsFailure(
                problem: "Of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set", remedy: "Set both, or unset both")
        }
    }
}

/// The environment holds secrets, so none of it is told.
extension CredentialChain: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "credentials from the environment, files, a container or the instance" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// How files are read: tests have their own.
public struct FileReader: Sendable {
    /// Returns the file's bytes; nil when there is none that can be read.
    public var read: @Sendable (_ path: String) -> [UInt8]?

    public init(read: @escaping @Sendable (_ path: String) -> [UInt8]?) {
        self.read = read
    }
}
