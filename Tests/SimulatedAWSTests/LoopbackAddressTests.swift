import AWSClient
import SimulatedAWS
import Testing

struct LoopbackAddressTests {
    @Test(arguments: [("127.0.0.1:0", "127.0.0.1", 0), ("127.8.9.10:65535", "127.8.9.10", 65_535), ("[::1]:4566", "::1", 4_566)])
    func anAddressOfLoopbackIsTaken(text: String, host: String, port: Int) {
        let address = LoopbackAddress(text)
        #expect(address?.host == host && address?.port == port)
    }

    @Test(arguments: [
        "0.0.0.0:80", "10.0.0.1:80", "[::]:80", "::1:80", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", ":80", "",
    ])
    func anythingElseIsNot(text: String) {
        #expect(LoopbackAddress(text) == nil)
    }

    @Test func aKeyIsReadFromAFileAsTheSDKsKeepIt() throws {
        let text = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key=a/b+c==\n# comment\n"
        let key = try AWSCredentials(endpointKeyIn: text, of: "key")
        #expect((key.accessKeyID, key.secretAccessKey, key.sessionToken) == ("AKIDEXAMPLE", "a/b+c==", nil))
        #expect(throws: CredentialsFailure.self) { try AWSCredentials(endpointKeyIn: "[default]\n", of: "key") }
    }
}
