import Addressing
import SeededRandom
import Testing

struct MACAddressTests {
    @Test(arguments: [
        ("02:00:00:00:00:0a", 0x0200_0000_000a), ("00:00:00:00:00:00", 0), ("ff:ff:ff:ff:ff:ff", 0xffff_ffff_ffff),
        ("0A:1b:2C:3d:4E:5f", 0x0a1b_2c3d_4e5f),
    ])
    func sixPairsOfDigitsAreReadInEitherCaseAndPrintedInLowerCase(text: String, bits: UInt64) throws {
        let address = try #require(MACAddress(text))
        #expect(address.bits == bits)
        #expect(address.description == text.lowercased())
    }

    @Test(arguments: [
        "", "02:00:00:00:00", "02:00:00:00:00:0a:0b", "2:0:0:0:0:a", "02-00-00-00-00-0a", "0200.0000.000a", "02000000000a",
        "02:00:00:00:00:0g", "02:00:00:00:00:0", "02:00:00:00:0:00a", "002:0:00:00:00:0a", "02:00:00:00:00:0a ",
    ])
    func otherFormsAreRefused(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test(arguments: UInt64(1)...50) func aMadeUpAddressIsUnicastAndLocallyAdministered(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let address = MACAddress(locallyAdministered: random.next())
        #expect(address.octets[0] & 0b11 == 0b10)
        #expect(address.bits >> 48 == 0)
    }

    @Test func seedsThatDifferInTheirLowFortyBitsMakeDifferentAddresses() {
        let addresses = (0..<40).map { MACAddress(locallyAdministered: 1 << $0) }
        #expect(Set(addresses).count == addresses.count)
    }

    @Test func octetsComeInTheOrderTheyAreSent() {
        #expect(MACAddress(bits: 0x0a1b_2c3d_4e5f).octets == [0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f])
    }
}
