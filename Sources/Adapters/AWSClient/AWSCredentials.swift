/// A key to sign with. Nothing that it says of itself holds the secret or the token.
public struct AWSCredentials: Hashable, Sendable {
    /// Public: AWS itself writes it into its logs.
    public var accessKeyID: String
    public var secretAccessKey: String
    /// Nil for keys that last for ever.
    public var sessionToken: String?
    /// Nil for keys that last for ever.
    public var expiration: UTCTime?
    /// Where they come from, such as `web identity`, for logs and errors.
    public var source: String

    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: UTCTime? = nil, source: String
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
        self.source = source
    }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        "\(accessKeyID) from \(source)" + (expiration.map { ", until \($0)" } ?? "")
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID, "source": source]) }
}

/// Who gives the credentials for each call.
public struct CredentialsProvider: Sendable {
    /// Returns credentials that last, fetching them when need be.
    public var current: @Sendable () async throws(CredentialsFailure) -> AWSCredentials
    /// Says that AWS refused these, so that the next ones are fetched anew.
    public var refused: @Sendable (AWSCredentials) -> Void

    public init(
        current: @escaping @Sendable () async throws(CredentialsFailure) -> AWSCredentials,
        refused: @escaping @Sendable (AWSCredentials) -> Void
    ) {
        self.current = current
        self.refused = refused
    }

    /// The same credentials for ever.
    public static func fixed(_ credentials: AWSCredentials) -> CredentialsProvider {
        CredentialsProvider(current: { () throws(CredentialsFailure) in credentials }, refused: { _ in })
    }
}

/// Why there are no credentials.
public struct CredentialsFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was asked and what it answered; never a secret.
    public var problem: String
    public var remedy: String

    public init(problem: String, remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(problem). \(remedy)" }
}
