import Addressing
import SeededRandom
import Testing

struct IPv4AddressTests {
    @Test(arguments: [
        ("0.0.0.0", 0), ("10.0.0.1", 0x0a00_0001), ("127.255.0.10", 0x7fff_000a), ("255.255.255.255", UInt32.max),
    ])
    func dottedDecimalIsReadAndPrinted(text: String, bits: UInt32) throws {
        let address = try #require(IPv4Address(text))
        #expect(address.bits == bits)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ".", "10", "10.0.0", "10.0.0.", ".10.0.0.1", "10..0.1", "10.0.0.0.1",
        "10.0.0.256", "10.0.0.1000", "10.0.0.99999999999999999999",
        "010.0.0.1", "10.0.0.01", "10.0.0.00", "0x0a.0.0.1",
        "10.0.0.-1", "10.0.0.+1", " 10.0.0.1", "10.0.0.1 ", "10.0.0.1\n", "10.0.0.1/32", "10.0.0.1x", "10,0,0,1",
        "١٠.0.0.1", "::1",
    ])
    func textThatIsNotFourPlainOctetsIsRefused(text: String) {
        #expect(IPv4Address(text) == nil)
        #expect(IPAddress(text) == nil || text == "::1")
    }

    @Test func partOfAStringIsReadWithoutACopy() {
        #expect(IPv4Address("src=10.0.0.1".dropFirst(4)) == IPv4Address(10, 0, 0, 1))
    }

    @Test func octetsComeInNetworkOrder() {
        #expect(IPv4Address(192, 0, 2, 33).octets == [192, 0, 2, 33])
    }

    @Test(arguments: [
        ("10.0.0.255", 1, "10.0.1.0"), ("10.0.1.0", -1, "10.0.0.255"), ("0.0.0.0", 0, "0.0.0.0"),
        ("0.0.0.0", 0xffff_ffff, "255.255.255.255"), ("255.255.255.255", -0xffff_ffff, "0.0.0.0"),
    ])
    func advancingCarriesAcrossOctets(start: String, offset: Int, end: String) throws {
        let address = try #require(IPv4Address(start))
        #expect(address.advanced(by: offset)?.description == end)
    }

    @Test(arguments: [
        ("255.255.255.255", 1), ("0.0.0.0", -1), ("10.0.0.0", Int.max), ("10.0.0.0", Int.min), ("0.0.0.1", 0xffff_ffff),
    ])
    func advancingBeyondTheSpaceGivesNothing(start: String, offset: Int) throws {
        let address = try #require(IPv4Address(start))
        #expect(address.advanced(by: offset) == nil)
    }

    @Test(arguments: UInt64(1)...20) func distanceUndoesAdvancingAndAgreesWithOrder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let (a, b) = (random.ipv4Address(), random.ipv4Address())
            #expect(a.advanced(by: a.distance(to: b)) == b)
            #expect(a.distance(to: b) == -b.distance(to: a))
            #expect((a < b) == (a.distance(to: b) > 0))
        }
    }
}
