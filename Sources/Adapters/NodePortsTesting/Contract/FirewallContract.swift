import Addressing
public import NodePorts
public import PodNetwork

/// What every ``Firewall`` means by its requests: a list of cases, run on the one in memory and on nftables.
public enum FirewallContract {
    /// One statement, and how to check it on the firewall of a fresh namespace.
    public struct Case: Sendable, CustomStringConvertible {
        /// The statement, a sentence.
        public let description: String
        private let isTrue: @Sendable (any Firewall) throws(FirewallFailure) -> Bool

        init(_ description: String, isTrue: @escaping @Sendable (any Firewall) throws(FirewallFailure) -> Bool) {
            self.description = description
            self.isTrue = isTrue
        }

        /// Tells whether the statement holds.
        public func holds(for firewall: any Firewall) throws(FirewallFailure) -> Bool { try isTrue(firewall) }
    }

    public static let cases = [
        Case("nothing is in place in the beginning") { firewall throws(FirewallFailure) in
            for plan in plans where try firewall.isInPlace(plan) { return false }
            return true
        },
        Case("every plan that is applied is in place and no other is") { firewall throws(FirewallFailure) in
            for plan in plans {
                guard try firewall.apply(plan) == FirewallTakeOver() else { return false }
                for other in plans where try firewall.isInPlace(other) != (other == plan) { return false }
            }
            return true
        },
        Case("a plan may be applied twice") { firewall throws(FirewallFailure) in
            for _ in 1...2 { _ = try firewall.apply(plans[0]) }
            return try firewall.isInPlace(plans[0])
        },
        Case("what was removed is not in place and may be removed again") { firewall throws(FirewallFailure) in
            _ = try firewall.apply(plans[0])
            for _ in 1...2 { try firewall.remove() }
            return try !firewall.isInPlace(plans[0])
        },
        Case("what was removed may be applied again") { firewall throws(FirewallFailure) in
            _ = try firewall.apply(plans[0])
            try firewall.remove()
            _ = try firewall.apply(plans[0])
            return try firewall.isInPlace(plans[0])
        },
    ]

    /// Plans that differ from each other in everything a policy can say.
    public static let plans: [FirewallPlan] = {
        var everything = NodeNetworkPolicy()
        everything.untranslated = [IPv4CIDR(containing: IPv4Address(192, 0, 2, 0), prefixLength: 24)]
        everything.hasIPv6Egress = true
        everything.mark = 0x300
        everything.portChoice = .random
        var everywhere = NodeNetworkPolicy()
        everywhere.untranslated = [IPv4CIDR(containing: IPv4Address(bits: 0), prefixLength: 0)]
        var ipv6 = NodeNetworkPolicy()
        ipv6.podFamilies = [.v6]
        ipv6.portChoice = .firstFree
        var nothing = NodeNetworkPolicy()
        nothing.servesNodePorts = false
        nothing.translatesSources = false
        return [NodeNetworkPolicy(), everything, everywhere, ipv6, nothing].map { FirewallPlan($0, for: uplink) }
    }()

    private static let uplink = NodeUplink(
        link: Fixture.inside, address: IPv4Address(10, 0, 32, 5), ipv6Address: IPv6Address(bits: 0x2001_0db8 << 96 | 5),
        vpcBlocks: [IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 16)])
}
