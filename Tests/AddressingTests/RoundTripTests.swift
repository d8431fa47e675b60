import Addressing
import Foundation
import SeededRandom
import Testing

/// What a value prints is what it is read from, as text and as JSON.
struct RoundTripTests {
    private static let seeds = UInt64(1)...20
    private static let valuesPerSeed = 200

    @Test(arguments: seeds) func everyAddressIsReadBackFromItsText(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<Self.valuesPerSeed {
            expectRoundTrip(random.ipv4Address())
            expectRoundTrip(random.ipv6Address())
            expectRoundTrip(IPAddress.v4(random.ipv4Address()))
            expectRoundTrip(IPAddress.v6(random.ipv6Address()))
            expectRoundTrip(random.macAddress())
        }
    }

    @Test(arguments: seeds) func everyBlockIsReadBackFromItsText(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<Self.valuesPerSeed {
            expectRoundTrip(random.ipv4Block())
            expectRoundTrip(random.ipv6Block())
            expectRoundTrip(CIDR.v4(random.ipv4Block()))
            expectRoundTrip(CIDR.v6(random.ipv6Block()))
        }
    }

    @Test(arguments: seeds) func everyValueIsReadBackFromJSON(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        try expectJSONRoundTrip((0..<20).map { _ in IPAddress.v4(random.ipv4Address()) })
        try expectJSONRoundTrip((0..<20).map { _ in random.ipv4Address() })
        try expectJSONRoundTrip((0..<20).map { _ in random.ipv6Address() })
        try expectJSONRoundTrip((0..<20).map { _ in random.ipv4Block() })
        try expectJSONRoundTrip((0..<20).map { _ in random.ipv6Block() })
        try expectJSONRoundTrip((0..<20).map { _ in CIDR.v6(random.ipv6Block()) })
        try expectJSONRoundTrip((0..<20).map { _ in random.macAddress() })
        try expectJSONRoundTrip([ENIID(unchecked: "eni-0a1b2c3d"), ENIID(unchecked: "eni-f")])
    }

    @Test func jsonHoldsTheTextThatPeopleRead() throws {
        let block = try #require(IPv4CIDR("10.0.32.0/20"))
        #expect(try json([block]) == #"["10.0.32.0\/20"]"#)
        #expect(try json([MACAddress(bits: 0x02_00_00_00_00_0a)]) == #"["02:00:00:00:00:0a"]"#)
    }

    @Test func jsonThatIsNoAddressIsRefusedWithTheTextInTheReason() {
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([IPv4Address].self, from: Data(#"["10.0.0.256"]"#.utf8))
        }
        #expect(error.map { "\($0)".contains("10.0.0.256") } == true)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([SubnetID].self, from: Data(#"["eni-0a1b2c3d"]"#.utf8))
        }
    }
}

private func expectRoundTrip<Value: LosslessStringConvertible & Equatable>(
    _ value: Value, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(Value(value.description) == value, "\(value) is read as something else", sourceLocation: sourceLocation)
}

private func expectJSONRoundTrip<Value: Codable & Equatable>(
    _ values: [Value], sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let decoded = try JSONDecoder().decode([Value].self, from: JSONEncoder().encode(values))
    #expect(decoded == values, sourceLocation: sourceLocation)
}

private func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
}
