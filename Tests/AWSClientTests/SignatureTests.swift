import AWSClient
import Foundation
import Testing

/// AWS's published cases; their origin and licence are in Resources/NOTICE.md.
struct SignatureTests {
    @Test(arguments: try SigningCase.awsCAuth())
    func everyCaseOfAWSCAuthIsSignedAsPublished(_ published: SigningCase) throws {
        let signed = published.signature.sign(published.request, at: published.time)
        #expect(CanonicalRequest(published.dated).text == published.canonicalRequest)
        #expect(published.signature.stringToSign(CanonicalRequest(published.dated), at: published.time) == published.stringToSign)
        #expect(signed.fields.last?.value.hasSuffix("Signature=\(published.expected)") == true)
    }

    @Test(arguments: try SigningCase.testSuite())
    func everyCaseOfTheTestSuiteIsSignedAsPublished(_ published: SigningCase) {
        #expect(CanonicalRequest(published.dated).text == published.canonicalRequest)
        #expect(published.signature.stringToSign(CanonicalRequest(published.dated), at: published.time) == published.stringToSign)
        #expect(published.signature.authorization(of: published.dated, at: published.time) == published.expected)
    }

    /// Seven cases are about paths that stay as they are, which S3 alone wants.
    @Test func allPublishedCasesButThoseForS3AreTried() throws {
        #expect(try SigningCase.awsCAuth().count == 38 - 7)
        #expect(try SigningCase.testSuite().count == 34)
    }

    @Test func oneDifferentByteGivesAnotherSignature() throws {
        let published = try #require(try SigningCase.testSuite().first { $0.name == "post-x-www-form-urlencoded" })
        var other = published.dated
        other.body[0] ^= 1
        #expect(published.signature.authorization(of: other, at: published.time) != published.expected)
    }

    @Test func aRequestThatWasSignedBeforeIsSignedAnew() throws {
        let published = try #require(try SigningCase.awsCAuth().first { $0.name == "get-vanilla" })
        let later = published.time + .seconds(60)
        let twice = published.signature.sign(published.signature.sign(published.request, at: published.time), at: later)
        #expect(twice == published.signature.sign(published.request, at: later))
    }
}

/// A request, and what signing makes of it.
struct SigningCase: Sendable, CustomTestStringConvertible {
    var name: String
    /// As it is given to the signer.
    var request: HTTPRequest
    /// With all that the signature covers.
    var dated: HTTPRequest
    var signature: SignatureV4
    var time: UTCTime
    var canonicalRequest: String
    var stringToSign: String
    /// The whole `Authorization`, or the signature alone.
    var expected: String

    var testDescription: String { name }

    static func awsCAuth() throws -> [SigningCase] {
        try records("vectors").filter { $0.context?.normalize == true }.map { record in
            let context = try #require(record.context)
            let omits = context.omitSessionToken == true
            let credentials = AWSCredentials(
                accessKeyID: context.credentials.accessKeyId, secretAccessKey: context.credentials.secretAccessKey,
                sessionToken: omits ? nil : context.credentials.token, source: "the test")
            var request = try HTTPRequest(text: record.request)
            // The one service of this suite wants the hash of a body in a field too, which is a field like any other.
            if context.signBody { request.fields.append(try hashField(record.canonicalRequest)) }
            let time = try #require(UTCTime(iso8601: context.timestamp))
            var dated = request
            dated.fields.append(HTTPField("X-Amz-Date", time.basicFormat))
            if let token = credentials.sessionToken { dated.fields.append(HTTPField("X-Amz-Security-Token", token)) }
            return SigningCase(
                name: record.name, request: request, dated: dated,
                signature: SignatureV4(credentials: credentials, region: context.region, service: context.service), time: time,
                canonicalRequest: record.canonicalRequest, stringToSign: record.stringToSign, expected: try #require(record.signature))
        }
    }

    static func testSuite() throws -> [SigningCase] {
        try records("aws4-testsuite").map { record in
            let credentials = AWSCredentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", source: "the test")
            var request = try HTTPRequest(text: record.request)
            // This case's request is published without the token that its canonical request has.
            if record.name == "get-vanilla-with-session-token" {
                let line = try #require(record.canonicalRequest.split(separator: "\n").first { $0.hasPrefix("x-amz-security-token:") })
                request.fields.append(HTTPField("X-Amz-Security-Token", String(line.dropFirst("x-amz-security-token:".count))))
            }
            return SigningCase(
                name: record.name, request: request, dated: request,
                signature: SignatureV4(credentials: credentials, region: "us-east-1", service: "service"),
                time: try #require(UTCTime(iso8601: "2015-08-30T12:36:00Z")), canonicalRequest: record.canonicalRequest,
                stringToSign: record.stringToSign, expected: try #require(record.authorization))
        }
    }

    private static func hashField(_ canonicalRequest: String) throws -> HTTPField {
        let hash = try #require(canonicalRequest.split(separator: "\n").last)
        return HTTPField("X-Amz-Content-Sha256", String(hash))
    }

    private static func records(_ file: String) throws -> [Record] {
        let url = try #require(Bundle.module.url(forResource: "Resources/\(file)", withExtension: "json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([Record].self, from: Data(contentsOf: url))
    }

    private struct Record: Decodable {
        var name: String
        var context: Context?
        var request: String
        var canonicalRequest: String
        var stringToSign: String
        var signature: String?
        var authorization: String?
    }

    private struct Context: Decodable {
        var credentials: Keys
        var normalize: Bool
        var region: String
        var service: String
        var signBody: Bool
        var timestamp: String
        var omitSessionToken: Bool?

        struct Keys: Decodable {
            var accessKeyId: String
            var secretAccessKey: String
            var token: String?
        }
    }
}

extension HTTPRequest {
    /// Reads a request as it stands on a wire, with folded lines.
    fileprivate init(text: String) throws {
        let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        var lines = parts[0].split(separator: "\n").map(String.init)
        let start = lines.removeFirst()
        let words = start.split(separator: " ")
        let target = words.dropFirst().dropLast().joined(separator: " ")
        var fields: [HTTPField] = []
        for line in lines {
            if line.hasPrefix(" "), let last = fields.popLast() {
                fields.append(HTTPField(last.name, last.value + "\n" + line))
            } else if let colon = line.firstIndex(of: ":") {
                fields.append(HTTPField(String(line[..<colon]), String(line[line.index(after: colon)...])))
            }
        }
        let host = try #require(fields.first { $0.name.lowercased() == "host" }).value
        let path = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            try #require(Method(rawValue: String(words[0]))),
            HTTPURL(scheme: .https, host: host, path: String(path[0]), query: path.count > 1 ? String(path[1]) : nil),
            fields: fields.filter { $0.name.lowercased() != "host" }, body: parts.count > 1 ? Array(parts[1].utf8) : [])
    }
}
