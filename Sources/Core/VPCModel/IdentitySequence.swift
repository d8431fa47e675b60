import Addressing

/// Makes the identifiers and MAC addresses of one VPC: each different from all before, as both are bijections of a counter.
struct IdentitySequence: Hashable, Sendable, Codable {
    private var seed: UInt64
    private var serial: UInt64 = 0

    init(seed: UInt64) {
        self.seed = SplitMix64.mix(seed)
    }

    /// The VPC's own identifier, which takes nothing from the sequence.
    var vpc: String { "vpc-" + Self.digits(of: SplitMix64.mix(~seed)) }

    /// An identifier with seventeen hexadecimal digits, as EC2's are.
    mutating func next<Identifier: CloudIdentifier>(_: Identifier.Type = Identifier.self) -> Identifier {
        serial += 1
        return Identifier(unchecked: Identifier.prefix + Self.digits(of: SplitMix64.mix(seed &+ serial)))
    }

    private static func digits(of number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 17 - digits.count) + digits
    }

    /// A unicast address; different until 2⁴⁰ have been made.
    mutating func nextMAC() -> MACAddress {
        serial += 1
        let scattered = (serial &* 0x9e37_79b9_7f4a_7c15) & 0xff_ffff_ffff
        return MACAddress(locallyAdministered: scattered)
    }
}
