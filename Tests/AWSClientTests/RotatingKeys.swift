import AWSClient
import Synchronization

/// Credentials that are others each time after they were refused.
final class RotatingKeys: Sendable {
    private let number = Mutex(1)

    var provider: CredentialsProvider {
        CredentialsProvider(
            current: { () throws(CredentialsFailure) in
                AWSCredentials(
                    accessKeyID: "AKID\(self.number.withLock { $0 })", secretAccessKey: "hush", sessionToken: "token",
                    expiration: UTCTime(secondsSince1970: 1_800_000_000), source: "the test")
            },
            refused: { _ in self.number.withLock { $0 += 1 } })
    }
}
