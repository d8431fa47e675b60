public import NodePorts
public import PodNetwork
import Synchronization

/// The firewall of this node, through libnftables. It needs CAP_NET_ADMIN.
public final class NftablesFirewall: Firewall {
    private let nftables: Nftables
    /// The plan that was applied last, and our table as the kernel lists it since.
    private let applied = Mutex<(plan: FirewallPlan, listing: String)?>(nil)

    /// How often a transaction is tried that somebody else's change came before.
    private static let triesMax = 4

    /// The firewall of the namespace that this process lives in.
    public init() {
        nftables = Nftables()
    }

    /// The firewall of a node that is another namespace, as in a simulation; that takes CAP_SYS_ADMIN besides.
    ///
    /// - Parameter path: What the namespace is bound to, such as `/run/netns/NAME`.
    /// - Throws: ``FirewallFailure`` when it cannot be opened.
    public init(namespace path: String) throws(FirewallFailure) {
        nftables = try Nftables(namespace: path)
    }

    public func apply(_ plan: FirewallPlan) throws(FirewallFailure) -> FirewallTakeOver {
        let legacy = try IncumbentRules.legacy(in: nftables)
        for attempt in 1... {
            do throws(FirewallFailure) {
                let incumbent = try IncumbentRules.find(in: nftables)
                try nftables.run(Self.commands(incumbent, plan), doing: "apply table \(FirewallPlan.table)")
                try remember(plan)
                return FirewallTakeOver(removed: incumbent.names, legacy: legacy)
            } catch {
                // A rule may be gone by the time it is to be removed: iptables replaces rules under new handles.
                guard attempt < Self.triesMax else { throw error }
            }
        }
        preconditionFailure("tried without end")
    }

    public func isInPlace(_ plan: FirewallPlan) throws(FirewallFailure) -> Bool {
        guard let applied = applied.withLock({ $0 }), applied.plan == plan else { return false }
        guard try IncumbentRules.find(in: nftables).names.isEmpty else { return false }
        return try listing() == applied.listing
    }

    /// What there is of the incumbent, which is only looked at: ``FirewallTakeOver/removed`` is what ``apply(_:)`` would take away.
    public func incumbent() throws(FirewallFailure) -> FirewallTakeOver {
        FirewallTakeOver(removed: try IncumbentRules.find(in: nftables).names, legacy: try IncumbentRules.legacy(in: nftables))
    }

    public func changes() throws(FirewallFailure) -> AsyncStream<Void> {
        let descriptor = try nftables.listen()
        return AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let listener = NftablesListener(descriptor) { continuation.yield() }
            continuation.onTermination = { _ in listener.stop() }
        }
    }

    public func remove() throws(FirewallFailure) {
        applied.withLock { $0 = nil }
        // A table that is absent is made first, since deleting it would fail the transaction.
        try nftables.run(Self.absence, doing: "remove table \(FirewallPlan.table)")
    }

    private static let absence = "add table \(FirewallPlan.table)\ndelete table \(FirewallPlan.table)\n"

    private static func commands(_ incumbent: IncumbentRules, _ plan: FirewallPlan) -> String {
        incumbent.commands.map { $0 + "\n" }.joined() + absence + plan.nftables + "\n"
    }

    /// Keeps the listing to compare with: what the kernel lists is not what was written, and differs between versions.
    private func remember(_ plan: FirewallPlan) throws(FirewallFailure) {
        guard let listing = try listing() else {
            throw FirewallFailure("apply table \(FirewallPlan.table)", "it was removed at once by somebody else")
        }
        let count = try nftables.ruleCount(family: .inet, table: "berth")
        guard count == plan.ruleCount else {
            throw FirewallFailure(
                "apply table \(FirewallPlan.table)", "it has \(count) of \(plan.ruleCount) rules: somebody else changes it")
        }
        applied.withLock { $0 = (plan, listing) }
    }

    /// Our table as the kernel has it, without counters; nil when there is none.
    private func listing() throws(FirewallFailure) -> String? {
        let tables = try nftables.run("list tables inet\n", doing: "list tables").split(separator: "\n")
        guard tables.contains("table \(FirewallPlan.table)") else { return nil }
        return try nftables.run("list table \(FirewallPlan.table)\n", doing: "list table \(FirewallPlan.table)")
    }
}
