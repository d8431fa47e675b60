import AWSClient
import NodePorts

/// Tells whether a request was signed with a key that is known: the signature is made again and compared.
struct SignatureCheck: Sendable {
    let key: AWSCredentials
    /// Besides the key's own: requests may come without a session token, or with this one.
    let sessionToken: String
    let region: String

    /// How old a signature may be, and how far ahead of time.
    static let tolerance: Duration = .seconds(300)

    /// - Throws: `MissingAuthenticationToken`, `IncompleteSignature`, `AuthFailure`, `RequestExpired`, `SignatureDoesNotMatch`.
    ///
    /// - Parameter service: That the signature is to be for, by its name in the scope.
    func check(_ request: HTTPRequest, of service: String = "ec2", at now: UTCTime) throws(EC2Failure) {
        let signature = try RequestSignature(request)
        let scope = "\(signature.time.basicFormat.prefix(8))/\(region)/\(service)/aws4_request"
        guard signature.scope == scope else {
            throw EC2Failure(
                code: "SignatureDoesNotMatch", message: "Credential should be scoped to \(scope), not to \(signature.scope)")
        }
        guard signature.accessKeyID == key.accessKeyID, knows(signature.sessionToken) else {
            throw EC2Failure(code: "AuthFailure", message: "AWS was not able to validate the provided access credentials")
        }
        let age = now - signature.time
        guard age <= Self.tolerance else { throw EC2Failure(code: "RequestExpired", message: "Request has expired.") }
        guard age >= .zero - Self.tolerance else {
            throw EC2Failure(code: "SignatureDoesNotMatch", message: "Signature not yet current: \(signature.time) is later than \(now)")
        }
        let signer = SignatureV4(credentials: key, region: region, service: service)
        let own = signer.authorization(of: signature.signedPart, at: signature.time)
        guard Self.areEqual(String(own.suffix(64)), signature.text) else {
            throw EC2Failure(
                code: "SignatureDoesNotMatch",
                message:
                    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
                    + "signing method.")
        }
    }

    private func knows(_ token: String?) -> Bool {
        guard let token else { return true }
        return Self.areEqual(token, sessionToken)
    }

    /// Takes the same time wherever the texts differ.
    static func areEqual(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
