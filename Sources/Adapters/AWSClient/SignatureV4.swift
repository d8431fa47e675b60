import Crypto
import FoundationEssentials

/// AWS Signature Version 4 of a request, in its fields (AWS Identity and Access Management User Guide, "Create a signed AWS API
/// request"). Pure: the same request at the same time gets the same signature.
///
/// Query signing, chunks and paths that must not be normalized, which is S3's, are left out: no API used here has them. Neither is
/// the body's hash a field of its own: EC2 and STS do not want it.
public struct SignatureV4: Sendable {
    private let credentials: AWSCredentials
    private let region: String
    private let service: String

    public init(credentials: AWSCredentials, region: String, service: String) {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// Returns the request with its date, its session token and its signature.
    public func sign(_ request: HTTPRequest, at time: UTCTime) -> HTTPRequest {
        var signed = request
        signed.fields.removeAll { ["x-amz-date", "x-amz-security-token", "authorization"].contains($0.name.lowercased()) }
        signed.fields.append(HTTPField("X-Amz-Date", time.basicFormat))
        if let token = credentials.sessionToken { signed.fields.append(HTTPField("X-Amz-Security-Token", token)) }
        let authorization = authorization(of: signed, at: time)
        signed.fields.append(HTTPField("Authorization", authorization))
        return signed
    }

    /// Returns the value of `Authorization` for a request that has its date already.
    package func authorization(of request: HTTPRequest, at time: UTCTime) -> String {
        let canonical = CanonicalRequest(request)
        let signature = HMAC<SHA256>.authenticationCode(
            for: Array(stringToSign(canonical, at: time).utf8), using: SymmetricKey(data: signingKey(at: time)))
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope(at: time)), "
            + "SignedHeaders=\(canonical.signedNames), Signature=\(hexadecimal(signature))"
    }

    /// Returns the text that the signing key signs.
    package func stringToSign(_ canonical: CanonicalRequest, at time: UTCTime) -> String {
        ["AWS4-HMAC-SHA256", time.basicFormat, scope(at: time), hexadecimal(SHA256.hash(data: Array(canonical.text.utf8)))]
            .joined(separator: "\n")
    }

    private func scope(at time: UTCTime) -> String { "\(time.basicFormat.prefix(8))/\(region)/\(service)/aws4_request" }

    private func signingKey(at time: UTCTime) -> [UInt8] {
        var key = Array("AWS4\(credentials.secretAccessKey)".utf8)
        for part in [String(time.basicFormat.prefix(8)), region, service, "aws4_request"] {
            key = Array(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: SymmetricKey(data: key)))
        }
        return key
    }
}

/// The one text that signer and service make of a request.
package struct CanonicalRequest: Sendable {
    package let text: String
    /// The names that the signature covers, in order, joined by semicolons.
    package let signedNames: String

    /// What proxies and clients change on the way, and the signature itself.
    private static let unsigned: Set<String> = ["authorization", "connection", "expect", "user-agent", "x-amzn-trace-id"]

    package init(_ request: HTTPRequest) {
        var values: [String: [String]] = [:]
        for field in [HTTPField("host", request.url.authority)] + request.fields {
            let name = field.name.lowercased()
            if Self.unsigned.contains(name) || (name == "host" && values[name] != nil) { continue }
            values[name, default: []].append(Self.collapsed(field.value))
        }
        let names = values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        signedNames = names.joined(separator: ";")
        let fields = names.map { "\($0):\(values[$0, default: []].joined(separator: ","))\n" }.joined()
        text = [
            request.method.rawValue, Self.path(request.url.path), Self.query(request.url.query ?? ""), fields, signedNames,
            hexadecimal(SHA256.hash(data: request.body)),
        ].joined(separator: "\n")
    }

    /// Without white space around it, and with one space for each run of it inside.
    private static func collapsed(_ value: String) -> String {
        value.split { $0.isWhitespace }.joined(separator: " ")
    }

    /// The path without `.`, `..` and empty segments (RFC 3986, section 5.2.4), each segment percent-encoded once more.
    private static func path(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        guard !segments.isEmpty else { return "/" }
        let endsInFolder = path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/..")
        return "/" + segments.map { PercentEncoding.encoded(String($0)) }.joined(separator: "/") + (endsInFolder ? "/" : "")
    }

    /// The pairs by encoded name, then by encoded value.
    private static func query(_ query: String) -> String {
        let pairs = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (name, value) = (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
            return (PercentEncoding.encoded(PercentEncoding.decoded(name)), PercentEncoding.encoded(PercentEncoding.decoded(value)))
        }
        return pairs.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
    }
}

private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
