import AWSClient
import AWSTesting
import SimulatedAWS
import Testing

struct SignatureCheckTests {
    /// The whole of what the SDK sends, by the key and at the time at which it was signed.
    @Test func everySignatureOfTheSDKCounts() async throws {
        for golden in try GoldenRequests.all() {
            let key = AWSCredentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: golden.token,
                source: "the test")
            let cloud = try TestCloud(zone: "us-west-2a", key: key)
            var request = HTTPRequest(
                .post, HTTPURL(scheme: .http, host: "localhost"),
                fields: [
                    HTTPField("host", try #require(HTTPURL(golden.url)).authority), HTTPField("content-type", golden.contentType),
                    HTTPField("X-Amz-Date", golden.amzDate), HTTPField("Authorization", golden.authorization),
                ], body: Array(golden.body.utf8))
            if let token = golden.token { request.fields.append(HTTPField("X-Amz-Security-Token", token)) }
            let code = await cloud.aws.answer(request).text.element("Code") ?? "none"
            #expect(!["SignatureDoesNotMatch", "AuthFailure", "IncompleteSignature"].contains(code), "\(golden.body)")

            request.body.append(UInt8(ascii: "&"))
            #expect(await cloud.aws.answer(request).text.element("Code") == "SignatureDoesNotMatch", "\(golden.body)")
        }
    }

    @Test func whatIsSignedOtherwiseIsRefused() async throws {
        let cloud = try TestCloud()
        let signed = cloud.signed("DescribeVpcs")
        func code(_ change: (inout HTTPRequest) -> Void) async -> String {
            var request = signed
            change(&request)
            return await cloud.aws.answer(request).text.element("Code") ?? "none"
        }
        #expect(await code { _ in } == "none")
        #expect(await code { $0.fields.removeAll { $0.name == "Authorization" } } == "MissingAuthenticationToken")
        #expect(await code { $0.fields.removeAll { $0.name == "X-Amz-Date" } } == "IncompleteSignature")
        #expect(await code { $0.replace("Authorization", "Basic eDp5") } == "IncompleteSignature")
        #expect(await code { $0.replace("Authorization") { $0.replacing("AKIAIOSF", with: "AKIAIOSX") } } == "AuthFailure")
        #expect(await code { $0.fields.append(HTTPField("X-Amz-Security-Token", "other")) } == "AuthFailure")
        #expect(await code { $0.replace("Host", "ec2.amazonaws.com") } == "SignatureDoesNotMatch")
        #expect(await code { $0.replace("Authorization") { $0.replacing("eu-central-1", with: "eu-west-1") } } == "SignatureDoesNotMatch")
        #expect(await code { $0.replace("Authorization") { String($0.dropLast()) } } == "SignatureDoesNotMatch")
        #expect(await code { $0.replace("Authorization") { $0.replacing(";host;", with: ";") } } == "IncompleteSignature")
    }

    /// Some SDKs sign more fields than others, the length among them.
    @Test func whateverFieldsAreSignedComeThroughTheServer() async throws {
        let cloud = try TestCloud(clock: .system)
        try await cloud.serve { url in
            let connections = HTTPConnections()
            let body = QueryParameters(action: "DescribeVpcs", version: "2016-11-15").body
            let request = HTTPRequest(
                .post, url,
                fields: [
                    HTTPField("Content-Type", QueryParameters.contentType), HTTPField("Content-Length", "\(body.count)"),
                    HTTPField("amz-sdk-request", "attempt=1;  max=3"), HTTPField("User-Agent", "any"),
                ], body: body)
            let signed = SignatureV4(credentials: SimulatedAWS.exampleKey, region: TestCloud.region, service: "ec2")
                .sign(request, at: AWSClock.system.calendar())
            let limits = HTTPLimits(timeout: .seconds(60), bytesMax: 1 << 20)
            let answer = await Result { try await connections.exchange.perform(signed, limits) }
            let large = HTTPRequest(.post, url, body: Array(repeating: 0x41, count: SimulatedAWS.requestBytesMax + 1))
            let refusal = await Result { try await connections.exchange.perform(large, limits) }
            await connections.shutdown()
            let statuses = [try answer.get().status, try refusal.get().status]
            #expect(statuses == [200, 413])
        }
    }

    @Test(arguments: [(299, "none"), (300, "none"), (301, "RequestExpired"), (-300, "none"), (-301, "SignatureDoesNotMatch")])
    func aSignatureCountsForFiveMinutes(age: Int, code: String) async throws {
        let cloud = try TestCloud()
        let request = cloud.signed("DescribeVpcs")
        cloud.time.advance(by: .seconds(age))
        #expect(await cloud.aws.answer(request).text.element("Code") ?? "none" == code)
    }
}

extension HTTPRequest {
    fileprivate mutating func replace(_ name: String, _ value: String) {
        replace(name) { _ in value }
    }

    fileprivate mutating func replace(_ name: String, _ change: (String) -> String) {
        fields = fields.map { $0.name == name ? HTTPField(name, change($0.value)) : $0 }
    }
}
