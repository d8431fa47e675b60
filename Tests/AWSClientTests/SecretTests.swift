import AWSClient
import AWSTesting
import Testing

/// What a value says of itself ends up in logs.
struct SecretTests {
    @Test func nothingThatAValueSaysOfItselfIsASecret() throws {
        let url = try #require(HTTPURL("http://a/?token=hush"))
        let request = HTTPRequest(.get, url, fields: [HTTPField("Authorization", "hush")], body: Array("hush".utf8))
        let answer = HTTPAnswer(200, "hush", fields: [HTTPField("Set-Cookie", "hush")])
        let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hush", sessionToken: "hush", source: "the test")
        var parameters = QueryParameters(action: "AssumeRoleWithWebIdentity", version: "2011-06-15")
        parameters.add("WebIdentityToken", "hush")
        let call = AWSCall(
            "AssumeRoleWithWebIdentity", at: ServiceEndpoint(.sts, region: "eu-central-1", url: HTTPURL(scheme: .https, host: "sts")),
            parameters, isRepeatable: true, isSigned: false)
        let signer = SignatureV4(credentials: keys, region: "eu-central-1", service: "sts")
        for text in [
            "\(request)", "\(answer)", "\(keys)", String(reflecting: request), String(reflecting: answer), String(reflecting: keys),
            dumped(request), dumped(answer), dumped(keys), dumped([keys]),
            "\(parameters)", dumped(parameters), "\(call)", String(reflecting: call), dumped(call), "\(signer)", dumped(signer),
            "\(Result<AWSCredentials, AWSFailure>.success(keys))",
        ] {
            #expect(!text.contains("hush"), "\(text)")
        }
        #expect("\(keys)".contains("AKID"))
    }

    private func dumped(_ value: Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }
}
