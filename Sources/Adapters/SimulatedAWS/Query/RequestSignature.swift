import AWSClient
import NodePorts

/// The signature that a request carries, in its parts (AWS Identity and Access Management User Guide, "Elements of an AWS API request
/// signature").
struct RequestSignature {
    let accessKeyID: String
    /// Day, region, service and `aws4_request`, joined by slashes.
    let scope: String
    let time: UTCTime
    /// 64 hexadecimal digits in a signature that is right.
    let text: String
    let sessionToken: String?
    /// The request without the fields that the signature does not cover.
    let signedPart: HTTPRequest

    private static let algorithm = "AWS4-HMAC-SHA256 "

    /// - Throws: `MissingAuthenticationToken` without a signature, `IncompleteSignature` for one that lacks a part.
    init(_ request: HTTPRequest) throws(EC2Failure) {
        guard let authorization = request.field("authorization") else {
            throw EC2Failure(code: "MissingAuthenticationToken", message: "Request is missing Authentication Token")
        }
        guard authorization.hasPrefix(Self.algorithm) else { throw .incompleteSignature("Authorization is not of \(Self.algorithm)") }
        let parts = Self.parts(authorization.dropFirst(Self.algorithm.count))
        guard let credential = parts["Credential"], let slash = credential.firstIndex(of: "/"), let names = parts["SignedHeaders"],
            let text = parts["Signature"]
        else { throw .incompleteSignature("Authorization requires Credential, SignedHeaders and Signature") }
        guard let time = request.field("x-amz-date").flatMap(UTCTime.init(basicFormat:)) else {
            throw .incompleteSignature("X-Amz-Date is missing or no date such as 20260102T030405Z")
        }
        let signedNames = Set(names.split(separator: ";").map(String.init))
        guard signedNames.isSuperset(of: ["host", "x-amz-date"]),
            let host = request.field("host"), let url = HTTPURL("http://\(host)\(request.url.path)")
        else { throw .incompleteSignature("Host and X-Amz-Date must be there and be signed") }
        (accessKeyID, scope) = (String(credential[..<slash]), String(credential[credential.index(after: slash)...]))
        (self.time, self.text, sessionToken) = (time, text, request.field("x-amz-security-token"))
        signedPart = HTTPRequest(
            request.method, url, fields: request.fields.filter { signedNames.contains($0.name.lowercased()) }, body: request.body)
    }

    /// Reads `Credential=…, SignedHeaders=…, Signature=…`.
    private static func parts(_ text: Substring) -> [String: String] {
        var parts: [String: String] = [:]
        for part in text.split(separator: ",") {
            let halves = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if halves.count == 2 { parts[String(halves[0])] = String(halves[1]) }
        }
        return parts
    }
}

extension HTTPRequest {
    /// Returns the first field of that name, which is in lower case.
    func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }
}

extension UTCTime {
    /// Reads the form that SigV4 has, such as `20260102T030405Z`.
    init?(basicFormat text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int? { Int(String(decoding: bytes[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
            let minute = number(11..<13), let second = number(13..<15)
        else { return nil }
        self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }
}

extension EC2Failure {
    fileprivate static func incompleteSignature(_ problem: String) -> EC2Failure {
        EC2Failure(code: "IncompleteSignature", message: problem)
    }
}
