import Addressing

/// The pod addresses of one delegated /80, which are more than will ever be used.
///
/// They are handed out upward from the network address, so that an address comes back only after 2⁴⁸ others, or after a
/// restart that remembers neither a holder nor a cooldown of it.
struct IPv6Block: Sendable {
    let prefix: IPv6CIDR
    /// What is held or cools, counted from the network address.
    private var used: Set<UInt64> = []
    private var last: UInt64 = 0

    static let addressesMax: UInt64 = 1 << 48

    init(prefix: IPv6CIDR) {
        precondition(prefix.prefixLength == 80, "EC2 delegates /80 prefixes, not \(prefix)")
        self.prefix = prefix
    }

    var isInUse: Bool { !used.isEmpty }

    func contains(_ address: IPv6Address) -> Bool { prefix.contains(address) }

    /// Holds the next address. The network address stays unused: it is the anycast address of the subnet's routers (RFC 4291,
    /// section 2.6.1).
    mutating func take() -> IPv6Address {
        repeat {
            last = (last + 1) % Self.addressesMax
        } while last == 0 || used.contains(last)
        used.insert(last)
        return prefix[UInt128(last)]
    }

    /// Holds this very address; false when it is held or cools.
    mutating func take(_ address: IPv6Address) -> Bool {
        let offset = offset(of: address)
        guard used.insert(offset).inserted else { return false }
        last = max(last, offset)
        return true
    }

    /// Ends the use of an address; false when it is not used.
    mutating func free(_ address: IPv6Address) -> Bool {
        used.remove(offset(of: address)) != nil
    }

    private func offset(of address: IPv6Address) -> UInt64 { UInt64(truncatingIfNeeded: address.bits - prefix.network.bits) }
}
