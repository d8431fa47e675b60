import Addressing
import SeededRandom

/// Values of every type, drawn so that the hard cases come often: runs of zero groups, the ends, the mapped range.
extension SplitMix64 {
    mutating func ipv4Address() -> IPv4Address {
        IPv4Address(bits: UInt32.random(in: 0 ... .max, using: &self))
    }

    mutating func ipv6Address() -> IPv6Address {
        if Int.random(in: 0..<8, using: &self) == 0 {
            return IPv6Address(bits: 0xffff << 32 | UInt128(ipv4Address().bits))
        }
        let groups = (0..<8).map { _ in ipv6Group() }
        return IPv6Address(bits: groups.reduce(0) { $0 << 16 | UInt128($1) })
    }

    private mutating func ipv6Group() -> UInt16 {
        switch Int.random(in: 0..<4, using: &self) {
        case 0, 1: 0
        case 2: UInt16.random(in: 1...0xff, using: &self)
        default: UInt16.random(in: 0 ... .max, using: &self)
        }
    }

    mutating func ipv4Block() -> IPv4CIDR {
        IPv4CIDR(containing: ipv4Address(), prefixLength: Int.random(in: 0...32, using: &self))
    }

    mutating func ipv6Block() -> IPv6CIDR {
        IPv6CIDR(containing: ipv6Address(), prefixLength: Int.random(in: 0...128, using: &self))
    }

    mutating func macAddress() -> MACAddress {
        MACAddress(bits: next() >> 16)
    }

    /// A block of 1 to 32 addresses within `10.0.0.0/26`, so that two of them often touch.
    mutating func smallIPv4Block() -> IPv4CIDR {
        let address = IPv4Address(bits: 0x0a00_0000 + UInt32.random(in: 0..<64, using: &self))
        return IPv4CIDR(containing: address, prefixLength: Int.random(in: 27...32, using: &self))
    }

    /// A block of 1 to 32 addresses within `fd00::/122`.
    mutating func smallIPv6Block() -> IPv6CIDR {
        let address = IPv6Address(bits: 0xfd00 << 112 + UInt128.random(in: 0..<64, using: &self))
        return IPv6CIDR(containing: address, prefixLength: Int.random(in: 123...128, using: &self))
    }
}
