public import PodNetwork

/// The node's firewall: one table that is ours, and the rules of the incumbent, which ours replace. Nothing else is touched.
public protocol Firewall: Sendable {
    /// Puts the plan in the place of whatever our table holds and takes the incumbent's rules away, in one transaction: no packet
    /// meets both or neither. May be told the same thing twice.
    ///
    /// - Returns: What there was of the incumbent.
    /// - Throws: ``FirewallFailure``; then everything is as before.
    func apply(_ plan: FirewallPlan) throws(FirewallFailure) -> FirewallTakeOver
    /// Tells whether our table is as the plan was applied: every set, chain and rule, in order. False when the incumbent's rules are
    /// back, and where it cannot be told, as before this object has applied anything.
    func isInPlace(_ plan: FirewallPlan) throws(FirewallFailure) -> Bool
    /// Tells of each change of our table, by whomever, from the call on; changes that come while one is being looked at are one.
    ///
    /// - Throws: ``FirewallFailure`` when they cannot be heard of; then only looking helps.
    func changes() throws(FirewallFailure) -> AsyncStream<Void>
    /// Takes our table away; succeeds when there is none.
    func remove() throws(FirewallFailure)
}

/// What applying a plan found of the incumbent's.
public struct FirewallTakeOver: Hashable, Sendable {
    /// What was taken away, as `nft` would be told, such as `table ip aws-cni`; empty on most nodes.
    public var removed: [String]
    /// Chains in tables of iptables-legacy, which no transaction of nftables reaches, such as `nat AWS-SNAT-CHAIN-0`. They go on to
    /// work beside ours.
    public var legacy: [String]

    public init(removed: [String] = [], legacy: [String] = []) {
        self.removed = removed
        self.legacy = legacy
    }

    /// What an operator does about ``legacy``.
    public static let legacyRemedy = "Restart the node, or remove them with iptables-legacy once no aws-node runs here"
}

/// A refusal of nftables, with what was asked of it.
public struct FirewallFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done, such as `apply table inet berth`.
    public let action: String
    /// The words of nftables, or the kernel's error.
    public let reason: String

    public init(_ action: String, _ reason: String) {
        self.action = action
        self.reason = reason
    }

    public var description: String { "\(action): \(reason)" }
}
