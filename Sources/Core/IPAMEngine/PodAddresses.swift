public import Addressing

/// The addresses of one pod's interface: one of a family, or one of each.
public struct PodAddresses: Hashable, Sendable {
    public let ipv4: IPv4Address?
    public let ipv6: IPv6Address?

    /// - Precondition: there is at least one.
    public init(ipv4: IPv4Address?, ipv6: IPv6Address?) {
        precondition(ipv4 != nil || ipv6 != nil, "an allocation of no address")
        self.ipv4 = ipv4
        self.ipv6 = ipv6
    }

    public init(_ address: IPAddress) {
        switch address {
        case .v4(let address): self.init(ipv4: address, ipv6: nil)
        case .v6(let address): self.init(ipv4: nil, ipv6: address)
        }
    }

    /// The IPv4 address where there is one. No two pods share it, so it tells them apart.
    public var first: IPAddress {
        if let ipv4 { return .v4(ipv4) }
        guard let ipv6 else { preconditionFailure("an allocation of no address") }
        return .v6(ipv6)
    }

    /// The addresses of a list by family, a pair for each place in it; nil when two are of one family or there are none.
    public init?(_ addresses: some Sequence<IPAddress>) {
        var (ipv4, ipv6): (IPv4Address?, IPv6Address?)
        for address in addresses {
            switch address {
            case .v4(let address) where ipv4 == nil: ipv4 = address
            case .v6(let address) where ipv6 == nil: ipv6 = address
            case .v4, .v6: return nil
            }
        }
        guard ipv4 != nil || ipv6 != nil else { return nil }
        self.init(ipv4: ipv4, ipv6: ipv6)
    }
}

extension PodAddresses: Sequence {
    /// IPv4 before IPv6; one or two.
    public struct Iterator: IteratorProtocol, Sendable {
        fileprivate var ipv4: IPv4Address?
        fileprivate var ipv6: IPv6Address?

        public mutating func next() -> IPAddress? {
            if let address = ipv4.take() { return .v4(address) }
            return ipv6.take().map(IPAddress.v6)
        }
    }

    public func makeIterator() -> Iterator { Iterator(ipv4: ipv4, ipv6: ipv6) }
}

extension PodAddresses: Comparable {
    public static func < (a: PodAddresses, b: PodAddresses) -> Bool { a.first < b.first }
}

extension PodAddresses: CustomStringConvertible {
    public var description: String { map(\.description).joined(separator: " ") }
}
