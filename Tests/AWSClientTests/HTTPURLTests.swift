import AWSClient
import Testing

struct HTTPURLTests {
    @Test(arguments: [
        ("http://169.254.169.254", "http://169.254.169.254/"),
        ("https://ec2.eu-central-1.amazonaws.com:443/", "https://ec2.eu-central-1.amazonaws.com/"),
        ("http://[fd00:ec2::254]:8080/x?y=z", "http://[fd00:ec2::254]:8080/x?y=z"),
        ("HTTP://LocalHost:80", "http://localhost/"),
        ("http://a?b", "http://a/?b"),
    ])
    func anAddressIsReadInItsParts(_ text: String, _ expected: String) {
        #expect(HTTPURL(text).map { "\($0)" } == expected)
    }

    @Test(arguments: [
        "", "ec2.amazonaws.com", "ftp://a/", "http://", "http:///x", "http://user@a/", "http://a/#b", "http://a:0/", "http://a:70000/",
        "http://a b/", "http://[::1", "http://a\r\nHost: b/", "http://a%2fb/",
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(HTTPURL(text) == nil)
    }

    @Test func aPathIsAppendedWithOneSlash() throws {
        let base = try #require(HTTPURL("http://a:1/base/"))
        #expect("\(base.appending("latest"))" == "http://a:1/base/latest")
        #expect("\(base.appending("/latest/"))" == "http://a:1/base/latest/")
    }
}
