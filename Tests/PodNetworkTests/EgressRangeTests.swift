import Addressing
import PodNetwork
import Testing

@Suite struct EgressRangeTests {
    @Test(arguments: AddressFamily.allCases) func noTwoPodsHoldOneAddressAndTheRangeEnds(family: AddressFamily) {
        var range = EgressRange(family)
        var taken: Set<IPAddress> = []
        while let address = range.take() { taken.insert(address) }
        #expect(taken.count == EgressRange.podsMax && EgressRange.podsMax == 1021)
        #expect(taken.allSatisfy { EgressRange.block(of: family).contains($0) && $0.family == family })
    }

    @Test func addressesAreTheIncumbentsWithoutTheGatewayAndTheLast() throws {
        var ipv4 = EgressRange(.v4)
        var ipv6 = EgressRange(.v6)
        let first = [ipv4.take(), ipv6.take()]
        #expect(first == [IPAddress("169.254.172.2"), IPAddress("fd00::ac:2")])
        for text in ["169.254.172.0", "169.254.172.1", "169.254.175.255", "169.254.176.2", "fd00::ac:2"] {
            let address = try #require(IPAddress(text))
            let isClaimed = ipv4.claim(address)
            #expect(!isClaimed, "\(text)")
        }
        #expect(EgressRange.ipv4 == CIDR("169.254.172.0/22"))
        #expect(EgressRange.ipv6 == CIDR("fd00::ac:0/118"))
    }

    @Test func anAddressThatCameBackRestsUntilTheRangeWasGoneThrough() throws {
        var range = EgressRange(.v4)
        let first = try #require(IPAddress("169.254.172.2"))
        let taken = range.take()
        #expect(taken == first)
        range.release(first)
        range.release(first)
        let others = (1..<EgressRange.podsMax).map { _ in range.take() }
        #expect(!others.contains(first) && !others.contains(nil))
        let last = (range.take(), range.take())
        #expect(last == (first, nil))
    }

    @Test func anAddressThatAPodWasFoundWithIsGivenToNoOther() throws {
        var range = EgressRange(.v4)
        let found = try #require(IPAddress("169.254.172.2"))
        let claims = [range.claim(found), range.claim(found)]
        #expect(claims == [true, false])
        let next = range.take()
        #expect(next == IPAddress("169.254.172.3"))
    }
}
