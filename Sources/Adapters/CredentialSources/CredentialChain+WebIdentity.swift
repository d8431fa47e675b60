import AWSClient

/// A role that is assumed with a token that the cluster has signed.
struct WebIdentityRole: Hashable, Sendable {
    var arn: String
    /// Read anew for every fetch: the kubelet replaces it.
    var tokenFile: String
    var sessionName: String
}

extension CredentialChain {
    func webIdentityRole() throws(CredentialsFailure) -> WebIdentityRole? {
        guard let file = variable("AWS_WEB_IDENTITY_TOKEN_FILE") else { return nil }
        guard let arn = variable("AWS_ROLE_ARN") else {
            throw CredentialsFailure(
                problem: "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not",
                remedy: "Annotate the service account with eks.amazonaws.com/role-arn, or unset AWS_WEB_IDENTITY_TOKEN_FILE")
        }
        return WebIdentityRole(arn: arn, tokenFile: file, sessionName: variable("AWS_ROLE_SESSION_NAME") ?? "berth")
    }

    /// Asks STS, without a signature: the token is the proof (STS API reference, AssumeRoleWithWebIdentity).
    func credentials(of role: WebIdentityRole) async throws(CredentialsFailure) -> AWSCredentials {
        guard let sts else {
            throw CredentialsFailure(
                problem: "The region whose STS shall be asked for \(role.arn) is not known", remedy: "Set AWS_REGION")
        }
        guard let token = files.read(role.tokenFile), !token.isEmpty else {
            throw CredentialsFailure(
                problem: "The web identity token in \(role.tokenFile) cannot be read",
                remedy: "See that the pod has the token volume mounted and that berthd may read it")
        }
        var parameters = QueryParameters(action: "AssumeRoleWithWebIdentity", version: "2011-06-15")
        parameters.add("RoleArn", role.arn)
        parameters.add("RoleSessionName", role.sessionName)
        parameters.add("WebIdentityToken", String(decoding: token, as: UTF8.self))
        let call = AWSCall("AssumeRoleWithWebIdentity", at: sts, parameters, isRepeatable: true, isSigned: false)
        return try await credentials(from: call, for: role)
    }

    private func credentials(from call: AWSCall, for role: WebIdentityRole) async throws(CredentialsFailure) -> AWSCredentials {
        let answer: HTTPAnswer
        do throws(AWSFailure) {
            let settings = AWSClient.Settings(
                retries: RetryPolicy(attemptsMax: 3, budget: .seconds(15)), limits: HTTPLimits(timeout: .seconds(5), bytesMax: 256 << 10))
            answer = try await AWSClient(exchange, credentials: .none, clock: clock, settings: settings).perform(call)
        } catch {
            throw CredentialsFailure(
                problem: "STS at \(call.endpoint.url.authority) gave no credentials for \(role.arn): \(error)",
                remedy: "See that the role trusts the cluster's OIDC provider and this service account, and that STS can be reached")
        }
        do throws(XMLAnswer.Fault) {
            return try XMLAnswer.decode(AssumedRole.self, from: answer.body).credentials
        } catch {
            throw CredentialsFailure(
                problem: "The answer of STS at \(call.endpoint.url.authority) has no credentials in the form expected",
                remedy: "See whether a proxy answers in its place")
        }
    }
}

extension CredentialsProvider {
    /// For calls that are not signed.
    fileprivate static let none = CredentialsProvider(
        current: { () throws(CredentialsFailure) in
            throw CredentialsFailure(problem: "The call is not to be signed", remedy: "Send it without a signature")
        },
        refused: { _ in })
}

/// What STS answers. A failure to decode it is not passed on: it might quote a secret.
private struct AssumedRole: Decodable {
    var result: Answer

    enum CodingKeys: String, CodingKey { case result = "AssumeRoleWithWebIdentityResult" }

    struct Answer: Decodable {
        var keys: Keys

        enum CodingKeys: String, CodingKey { case keys = "Credentials" }
    }

    struct Keys: Decodable {
        var accessKeyID: String
        var secretAccessKey: String
        var sessionToken: String
        var expiration: String

        enum CodingKeys: String, CodingKey {
            case accessKeyID = "AccessKeyId"
            case secretAccessKey = "SecretAccessKey"
            case sessionToken = "SessionToken"
            case expiration = "Expiration"
        }
    }

    var credentials: AWSCredentials {
        get throws(XMLAnswer.Fault) {
            guard let end = UTCTime(iso8601: result.keys.expiration) else { throw XMLAnswer.Fault(description: "no expiration") }
            return AWSCredentials(
                accessKeyID: result.keys.accessKeyID, secretAccessKey: result.keys.secretAccessKey,
                sessionToken: result.keys.sessionToken, expiration: end, source: "web identity")
        }
    }
}
