/// A block of addresses of either family.
public enum CIDR: Hashable, Sendable {
    case v4(IPv4CIDR)
    case v6(IPv6CIDR)

    public var family: AddressFamily {
        switch self {
        case .v4: .v4
        case .v6: .v6
        }
    }

    public var network: IPAddress {
        switch self {
        case .v4(let block): .v4(block.network)
        case .v6(let block): .v6(block.network)
        }
    }

    /// The mask length in bits: 0 to 32, or 0 to 128.
    public var prefixLength: Int {
        switch self {
        case .v4(let block): block.prefixLength
        case .v6(let block): block.prefixLength
        }
    }

    /// Whether the block holds a single address.
    public var isHost: Bool {
        switch self {
        case .v4(let block): block.prefixLength == 32
        case .v6(let block): block.prefixLength == 128
        }
    }

    /// Whether `address` is of the same family and lies in the block.
    public func contains(_ address: IPAddress) -> Bool {
        switch (self, address) {
        case (.v4(let block), .v4(let address)): block.contains(address)
        case (.v6(let block), .v6(let address)): block.contains(address)
        case (.v4, .v6), (.v6, .v4): false
        }
    }

    /// The whole IPv4 space, `0.0.0.0/0`.
    public static let everyIPv4 = CIDR.v4(IPv4CIDR(containing: IPv4Address(bits: 0), prefixLength: 0))
    /// The whole IPv6 space, `::/0`.
    public static let everyIPv6 = CIDR.v6(IPv6CIDR(containing: IPv6Address(bits: 0), prefixLength: 0))
}

extension CIDR: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) {
        if let block = IPv4CIDR(description[...]) {
            self = .v4(block)
        } else if let block = IPv6CIDR(description[...]) {
            self = .v6(block)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .v4(let block): block.description
        case .v6(let block): block.description
        }
    }
}

extension CIDR: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(self, to: encoder)
    }
}
