import Addressing
import Testing

struct IPv6AddressTests {
    /// The rules and examples of RFC 5952 §4 and §5, and the traps beside them.
    @Test(arguments: [
        ("2001:0db8::0001", "2001:db8::1"),  // §4.1: leading zeros go
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),  // §4.2.1: :: takes all it can
        ("2001:db8::0:1", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),  // §4.2.2: never for a single group
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),  // §4.2.3: the longest run,
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),  // the first of equals
        ("2001:DB8::ABCD", "2001:db8::abcd"),  // §4.3: lower case
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),  // §5: the mapped range keeps its dots
        ("::FFFF:c000:0201", "::ffff:192.0.2.1"),
        ("0:0:0:0:0:ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("::ffff:0:0", "::ffff:0.0.0.0"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),  // a dotted tail is read in every range
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("1:0:0:0:0:0:0:0", "1::"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("0:0:1:0:0:0:0:0", "0:0:1::"),
        ("fe80::1", "fe80::1"),
    ])
    func textIsPrintedInItsCanonicalForm(text: String, canonical: String) throws {
        let address = try #require(IPv6Address(text))
        #expect(address.description == canonical)
        #expect(IPv6Address(canonical) == address)
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
        "1::2::3", "::1::", "1:::2", ":1:2:3:4:5:6:7:8", ":1::", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8:",
        "12345::", "g::", "0x1::", "-1::", " ::1", "::1 ", "::1\n", "::1/128", "[::1]",
        "fe80::1%eth0", "fe80::1%", "::1%1",
        "10.0.0.1", "::10.0.0", "::10.0.0.256", "::010.0.0.1", "::1.2.3.4:5", "1.2.3.4::", "::a.0.0.1",
        "1:2:3:4:5:6:7:1.2.3.4", "::1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:1.2.3.4",
    ])
    func textOfAnotherGrammarIsRefused(text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test func groupsAndOctetsComeInNetworkOrder() throws {
        let address = try #require(IPv6Address("2001:db8::a:b"))
        #expect(address.groups == [0x2001, 0x0db8, 0, 0, 0, 0, 0xa, 0xb])
        #expect(address.octets == [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa, 0, 0xb])
    }

    @Test func advancingCarriesAcrossGroupsAndEndsWithTheSpace() throws {
        let address = try #require(IPv6Address("2001:db8::ffff:ffff"))
        let last = IPv6Address(bits: .max)
        #expect(address.advanced(by: 1) == IPv6Address("2001:db8::1:0:0"))
        #expect(last.advanced(by: 0) == last)
        #expect(last.advanced(by: 1) == nil)
        #expect(address.advanced(by: .max) == nil)
    }

    @Test(arguments: [
        ("fe80::", true), ("fe80::1", true), ("febf:ffff::", true), ("fec0::", false), ("fe7f:ffff::", false), ("::", false),
    ])
    func linkLocalIsTheFirstTenBits(text: String, isLinkLocal: Bool) throws {
        #expect(try #require(IPv6Address(text)).isLinkLocal == isLinkLocal)
    }

    @Test func everyIPv4AddressSortsBeforeEveryIPv6Address() {
        let lastIPv4 = IPAddress.v4(IPv4Address(bits: .max))
        let firstIPv6 = IPAddress.v6(IPv6Address(bits: 0))
        #expect(lastIPv4 < firstIPv6)
        #expect(!(firstIPv6 < lastIPv4))
    }

    @Test func aFamilyIsToldFromTheText() {
        #expect(IPAddress("10.0.0.1")?.family == .v4)
        #expect(IPAddress("::ffff:10.0.0.1")?.family == .v6)
        #expect(IPAddress("10.0.0.1")?.hostCIDR.description == "10.0.0.1/32")
        #expect(IPAddress("fd00::1")?.hostCIDR.description == "fd00::1/128")
    }
}
