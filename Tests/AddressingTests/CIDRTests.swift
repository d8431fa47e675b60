import Addressing
import SeededRandom
import Testing

struct CIDRTests {
    @Test(arguments: [
        "0.0.0.0/0", "10.0.32.0/20", "10.0.32.16/28", "255.255.255.255/32", "128.0.0.0/1",
        "::/0", "fd00::/8", "2001:db8:0:0:1::/80", "::1/128", "8000::/1", "::ffff:10.0.0.0/104",
    ])
    func aBlockPrintsAsItWasWritten(text: String) throws {
        #expect(try #require(CIDR(text)).description == text)
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/ 8",
        "10.0.0.1/31", "10.0.0.0/6", "0.0.0.1/0", "10.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.0/99999999999999999999",
        "fd00::", "fd00::/", "::/129", "::1/127", "fd00::1/64", "::1/0", "fe80::%eth0/64", "fd00::/064",
    ])
    func aBlockWithBitsBehindTheMaskOrAStrangeLengthIsRefused(text: String) {
        #expect(CIDR(text) == nil)
        #expect(IPv4CIDR(text) == nil)
        #expect(IPv6CIDR(text) == nil)
    }

    @Test func everyPrefixLengthMakesABlockWithItsEnds() {
        let address = IPv4Address(bits: 0xaaaa_aaaa)
        for length in 0...32 {
            let block = IPv4CIDR(containing: address, prefixLength: length)
            #expect(block.contains(address))
            #expect(block.first.distance(to: block.last) == block.count - 1)
            #expect(block[0] == block.first && block[block.count - 1] == block.last)
        }
        for length in 0...128 {
            let block = IPv6CIDR(containing: IPv6Address(bits: .max / 3), prefixLength: length)
            #expect(block[block.last.bits - block.first.bits] == block.last)
            #expect(block.contains(block.last) && block.contains(block.first))
        }
    }

    @Test(arguments: UInt64(1)...20) func blocksOfIPv4AgreeWithSetsOfAddresses(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let (a, b) = (random.smallIPv4Block(), random.smallIPv4Block())
            let (inA, inB) = (Set(a.addresses), Set(b.addresses))
            #expect(inA.count == a.count)
            #expect(a.overlaps(b) == !inA.isDisjoint(with: inB), "\(a) and \(b)")
            #expect(a.contains(b) == inB.isSubset(of: inA), "\(a) and \(b)")
            #expect(a.contains(b.last) == inA.contains(b.last), "\(a) and \(b.last)")
        }
    }

    @Test(arguments: UInt64(1)...20) func blocksOfIPv6AgreeWithSetsOfAddresses(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let (a, b) = (random.smallIPv6Block(), random.smallIPv6Block())
            let (inA, inB) = (addresses(of: a), addresses(of: b))
            #expect(a.overlaps(b) == !inA.isDisjoint(with: inB), "\(a) and \(b)")
            #expect(a.contains(b) == inB.isSubset(of: inA), "\(a) and \(b)")
            #expect(a.contains(b.last) == inA.contains(b.last), "\(a) and \(b.last)")
        }
    }

    @Test(arguments: UInt64(1)...20) func theBlocksInsideABlockCoverItOnceAndInOrder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let block = random.smallIPv4Block()
            for length in block.prefixLength...32 {
                let parts = block.blocks(ofPrefixLength: length)
                #expect(parts.allSatisfy { $0.prefixLength == length })
                #expect(parts.flatMap { Array($0.addresses) } == Array(block.addresses), "\(block) in /\(length)")
            }
        }
    }

    @Test func aBlockHoldsNoLargerBlocks() throws {
        let block = try #require(IPv4CIDR("10.0.0.0/28"))
        #expect(block.blocks(ofPrefixLength: 27) == [])
        #expect(block.blocks(ofPrefixLength: 33) == [])
    }

    @Test func theWholeSpaceIsDividedAtItsEndsToo() {
        let space = IPv4CIDR(containing: IPv4Address(bits: 0), prefixLength: 0)
        #expect(space.blocks(ofPrefixLength: 0) == [space])
        #expect(space.blocks(ofPrefixLength: 1).map(\.description) == ["0.0.0.0/1", "128.0.0.0/1"])
        #expect(space.blocks(ofPrefixLength: 8).last?.description == "255.0.0.0/8")
    }

    @Test func aBlockHoldsAddressesOfItsOwnFamilyOnly() {
        #expect(CIDR.everyIPv4.contains(.v4(IPv4Address(bits: .max))))
        #expect(!CIDR.everyIPv4.contains(.v6(IPv6Address(bits: 0))))
        #expect(CIDR.everyIPv6.contains(.v6(IPv6Address(bits: .max))))
        #expect(!CIDR.everyIPv6.contains(.v4(IPv4Address(bits: 0))))
    }

    @Test func onlyABlockOfOneAddressIsAHost() {
        let texts = ["10.0.0.0/32", "10.0.0.0/31", "fd00::/128", "fd00::/32"]
        #expect(texts.map { CIDR($0)?.isHost } == [true, false, true, false])
    }

    @Test func blocksSortByNetworkAndThenLargestFirst() {
        let ordered = ["10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/28", "10.0.0.16/28", "11.0.0.0/8"].compactMap { IPv4CIDR($0) }
        #expect(ordered.reversed().sorted() == ordered)
    }

    private func addresses(of block: IPv6CIDR) -> Set<IPv6Address> {
        Set((block.first.bits...block.last.bits).map(IPv6Address.init(bits:)))
    }
}
