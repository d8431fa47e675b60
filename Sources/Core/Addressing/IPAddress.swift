/// An address of either family.
public enum IPAddress: Hashable, Sendable {
    case v4(IPv4Address)
    case v6(IPv6Address)

    public var family: AddressFamily {
        switch self {
        case .v4: .v4
        case .v6: .v6
        }
    }

    /// The octets in network order: 4 or 16.
    public var octets: [UInt8] {
        switch self {
        case .v4(let address): address.octets
        case .v6(let address): address.octets
        }
    }

    /// The block that holds this address alone: a /32 or a /128.
    public var hostCIDR: CIDR {
        switch self {
        case .v4(let address): .v4(IPv4CIDR(host: address))
        case .v6(let address): .v6(IPv6CIDR(host: address))
        }
    }
}

public enum AddressFamily: Hashable, Sendable, CaseIterable {
    case v4, v6
}

extension IPAddress: Comparable {
    /// IPv4 sorts before IPv6.
    public static func < (a: IPAddress, b: IPAddress) -> Bool {
        switch (a, b) {
        case (.v4(let a), .v4(let b)): a < b
        case (.v6(let a), .v6(let b)): a < b
        case (.v4, .v6): true
        case (.v6, .v4): false
        }
    }
}

extension IPAddress: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) {
        if let address = IPv4Address(description[...]) {
            self = .v4(address)
        } else if let address = IPv6Address(description[...]) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}

extension IPAddress: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeText(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try encodeText(self, to: encoder)
    }
}
