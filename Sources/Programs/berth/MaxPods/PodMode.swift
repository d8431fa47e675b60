import InstanceTypes

/// How pods get their addresses, by the names that `berth demo` has for its modes as well.
enum PodMode: String, CaseIterable, Sendable {
    case secondary
    case prefix
    case ipv6
    /// Both families, IPv4 in single addresses.
    case dual
    /// Both families, IPv4 in /28 prefixes.
    case dualPrefix = "dual-prefix"

    /// What an address slot gives. Of IPv6 there is no end; its pods are counted as with prefixes, as Amazon does.
    var slot: PodAddressing.Slot {
        switch self {
        case .secondary, .dual: .secondaryAddress
        case .prefix, .ipv6, .dualPrefix: .prefix
        }
    }

    private var needsIPv6: Bool {
        switch self {
        case .secondary, .prefix: false
        case .ipv6, .dual, .dualPrefix: true
        }
    }

    /// Says why nodes of the type cannot have the mode, and what to do; nil when they can.
    func obstacle(on type: InstanceType) -> String? {
        guard needsIPv6 else { return nil }
        let remedy = "Choose a type that has them, or --mode secondary."
        if !type.supportsPrefixDelegation { return "\(type.name) is not built on Nitro and has no /80 prefixes. \(remedy)" }
        return type.supportsIPv6 == false ? "\(type.name) has no IPv6 addresses. \(remedy)" : nil
    }
}
