import AWSClient
import Testing

struct ProxyRuleTests {
    private func rule(_ exceptions: String = "") throws -> ProxyRule {
        try ProxyRule(environment: ["HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": exceptions])
    }

    private func reaches(_ url: String, _ rule: ProxyRule) throws -> Bool {
        rule.reachesThroughProxy(try #require(HTTPURL(url)))
    }

    @Test func whatIsAskedWithTLSGoesThroughTheProxy() throws {
        #expect(try rule().proxy == .init(host: "proxy.example", port: 3128))
        #expect(try reaches("https://ec2.eu-central-1.amazonaws.com/", rule()))
    }

    @Test(arguments: [
        "http://169.254.169.254/", "http://10.0.0.1/", "https://localhost/", "https://127.0.0.1:8443/", "https://[::1]/",
        "https://169.254.170.23/", "https://[fd00:ec2::23]/",
    ])
    func whatIsOnTheNodeNeverGoesThroughTheProxy(_ url: String) throws {
        #expect(try !reaches(url, rule()))
    }

    @Test(arguments: [
        ("*", true), ("amazonaws.com", true), (".amazonaws.com", true), ("*.amazonaws.com", true),
        ("ec2.eu-central-1.amazonaws.com", true), ("ec2.eu-central-1.amazonaws.com:443", true),
        ("ec2.eu-central-1.amazonaws.com:8443", false), ("aws.com", false), ("10.0.0.0/8", false), ("a,b amazonaws.com", true),
    ])
    func anExceptionCoversHostsBelowItAndNoOthers(_ exceptions: String, _ isCovered: Bool) throws {
        #expect(try reaches("https://ec2.eu-central-1.amazonaws.com/", rule(exceptions)) == !isCovered)
    }

    @Test func anExceptionWithADotLeavesTheDomainItselfOut() throws {
        #expect(try reaches("https://example.com/", rule(".example.com")))
    }

    @Test func aBlockCoversItsAddresses() throws {
        #expect(try !reaches("https://10.1.2.3/", rule("10.0.0.0/8")))
        #expect(try reaches("https://11.1.2.3/", rule("10.0.0.0/8")))
    }

    @Test func withoutTheVariableNothingGoesThroughAProxy() throws {
        #expect(try !reaches("https://example.com/", ProxyRule(environment: [:])))
        #expect(try !reaches("https://example.com/", ProxyRule(environment: ["HTTPS_PROXY": ""])))
    }

    @Test func theNameInSmallLettersComesFirst() throws {
        let rule = try ProxyRule(environment: ["HTTPS_PROXY": "http://a:1", "https_proxy": "b:2"])
        #expect(rule.proxy == .init(host: "b", port: 2))
    }

    @Test func anAddressThatIsNoneIsAFault() {
        #expect(throws: EnvironmentFault.self) { try ProxyRule(environment: ["HTTPS_PROXY": "socks5://a:1"]) }
    }
}
