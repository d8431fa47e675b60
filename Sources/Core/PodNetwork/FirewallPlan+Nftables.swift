import Addressing

extension FirewallPlan {
    /// The family and name of the table that is ours; one for both families, so that one transaction replaces all of it.
    public static let table = "inet berth"

    /// The table as `nft -f` reads it, with the chains in the order in which a packet meets them.
    public var nftables: String {
        var parts: [String] = []
        if let translation { parts.append(Self.set(translation.untranslated)) }
        parts += [
            chain("arrivals", "filter hook prerouting priority mangle", arrivals),
            // Behind the translation of services (priority dstnat, -100): where a packet goes is known by then.
            chain("from-pods", "filter hook prerouting priority dstnat + 10", fromPods),
            chain("to-pods", "filter hook forward priority filter", toPods),
            // Behind other translations of sources (srcnat, 100): a connection that has one keeps it.
            chain("departures", "nat hook postrouting priority srcnat + 10", departures),
        ].filter { !$0.isEmpty }
        return (["table \(Self.table) {"] + parts + ["}"]).joined(separator: "\n")
    }

    /// How many rules the table has.
    public var ruleCount: Int { [arrivals, fromPods, toPods, departures].map(\.count).reduce(0, +) }

    private static func set(_ blocks: [IPv4CIDR]) -> String {
        // An empty list of elements is no element to nftables but a fault.
        let elements = blocks.isEmpty ? "" : "\n        elements = { \(blocks.map(\.description).joined(separator: ", ")) }"
        return """
                set untranslated {
                    type ipv4_addr
                    flags interval\(elements)
                }
            """
    }

    private func chain(_ name: String, _ place: String, _ rules: [String]) -> String {
        guard !rules.isEmpty else { return "" }
        let lines = ["type \(place); policy accept;"] + rules
        return "    chain \(name) {\n" + lines.map { "        \($0)\n" }.joined() + "    }"
    }

    private var bits: String { "0x" + String(mark, radix: 16) }

    /// Connections that come in by the primary ENI for one of its addresses, before a service is found behind it.
    private var arrivals: [String] {
        marksNodePorts ? ["iifname \"\(uplink)\" fib daddr . iif type local ct mark set ct mark | \(bits)"] : []
    }

    private var fromPods: [String] {
        guard marksConnections else { return [] }
        let restore = "ct mark & \(bits) == \(bits) meta mark set meta mark | \(bits)"
        var rules: [String] = []
        // Packets of pods with security groups come back to the node by their VLAN.
        if marksNodePorts { rules.append("iifname \"vlan*\" \(restore)") }
        if translation != nil {
            rules.append(
                "iifname \"\(podLinkPrefix)*\" ct state new ip daddr != @untranslated fib daddr type unicast "
                    + "ct mark set ct mark | \(bits)")
        }
        return rules + ["iifname \"\(podLinkPrefix)*\" \(restore)"]
    }

    /// Addresses that mean something on this node alone are not to be called from outside or by other pods.
    private var toPods: [String] {
        egresses.map { egress in "ct state new \(egress.pods.family.keyword) daddr \(egress.pods) reject" }
    }

    private var departures: [String] {
        var rules = egresses.map { egress in
            let family = egress.pods.family.keyword
            return "\(family) saddr \(egress.pods) fib daddr type unicast snat \(family) to \(egress.address)\(portChoice.flag)"
        }
        if let translation {
            rules.append(
                "oifname != \"vlan*\" ip daddr != @untranslated fib daddr type unicast snat ip to \(translation.address)\(portChoice.flag)")
        }
        return rules
    }
}

extension AddressFamily {
    fileprivate var keyword: String {
        switch self {
        case .v4: "ip"
        case .v6: "ip6"
        }
    }
}

extension PortChoice {
    fileprivate var flag: String {
        switch self {
        case .fullyRandom: " fully-random"
        case .random: " random"
        case .firstFree: ""
        }
    }
}
