import Addressing
public import Logging
public import NodePorts
public import PodNetwork
import Synchronization

/// The node's own network: sysctls, rules and firewall, made before the first pod is served and kept while the node runs.
///
/// Nothing of it is taken away when the daemon ends: pods go on.
public final class NodeNetwork: Sendable {
    private let wanted: Mutex<NodeNetworkPolicy>
    let kernel: any Kernel
    private let firewall: any Firewall
    private let ec2: EC2Control
    let logger: Logger
    /// As EC2 described it once; its addresses and its link stay the same as long as the instance runs.
    private let primary = Mutex<ENIDescription?>(nil)
    /// Hears of each plan that holds, and of what was mended besides.
    private let observer = Mutex<@Sendable (NodeNetworkPlan, [Drift]) -> Void>({ _, _ in })
    /// Held while the kernel is compared or changed, so that two threads do not mend the same damage.
    private let applied = Mutex<NodeNetworkPlan?>(nil)

    /// How long after a look the next one comes.
    private static let pause: Duration = .seconds(60)
    /// The same after a first look that failed; twice as long after each further one, up to ``pause``.
    private static let firstPause: Duration = .seconds(1)
    private static let pauseAfterChange: Duration = .seconds(1)

    /// - Parameter policy: Its families of pods are those of the engine.
    public init(_ policy: NodeNetworkPolicy, kernel: any Kernel, firewall: any Firewall, ec2: EC2Control, logger: Logger) {
        wanted = Mutex(policy)
        self.kernel = kernel
        self.firewall = firewall
        self.ec2 = ec2
        self.logger = logger
    }

    /// What is wanted at this moment.
    public var policy: NodeNetworkPolicy { wanted.withLock { $0 } }

    /// Wants another network of the node, and makes it. Where that fails now, a later look does it.
    public func reconfigure(_ policy: NodeNetworkPolicy) async {
        wanted.withLock { $0 = policy }
        _ = await refresh()
    }

    /// What was applied last; nil before the first time.
    public var plan: NodeNetworkPlan? { applied.withLock { $0 } }

    package func observe(_ observer: @escaping @Sendable (NodeNetworkPlan, [Drift]) -> Void) {
        self.observer.withLock { $0 = observer }
    }

    // MARK: - Looking and mending

    /// Asks for the VPC's blocks and makes the node's network as they and the policy want it. What holds already is left alone.
    ///
    /// - Returns: Whether it holds; when not, the reason is in the log.
    public func refresh() async -> Bool {
        do {
            let eni = try await primaryENI()
            let vpcBlocks = try await ec2.describeVPCBlocks()
            let host = try kernel.openHost()
            let links = try host.links()
            if plan == nil { try protect(from: links, in: host) }
            try apply(NodeNetworkPlan(policy, for: try uplink(of: eni, among: links, in: host, vpcBlocks: vpcBlocks)), in: host)
            return true
        } catch {
            logger.error("node's network not made", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Refreshes until the task is cancelled, and mends damage to the firewall when it happens.
    ///
    /// - Parameter sleep: Lets the time pass between two looks.
    public func run(sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }) async {
        let mending = Task { await mendFirewall() }
        defer { mending.cancel() }
        var pause = plan == nil ? Self.firstPause : Self.pause
        while !Task.isCancelled {
            do {
                try await sleep(pause)
            } catch {
                return
            }
            pause = await refresh() ? Self.pause : plan == nil ? min(pause * 2, Self.pause) : Self.pause
        }
    }

    /// Looks after each change of the firewall, at once after the first and seldom while they go on: another agent that does not
    /// give way shall not keep both busy.
    private func mendFirewall() async {
        do {
            for await _ in try firewall.changes() {
                mendDamage()
                try await Task.sleep(for: Self.pauseAfterChange)
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error("damage to the firewall is found by looks alone", metadata: ["error": "\(error)"])
        }
    }

    /// What cannot be mended is tried again by the next refresh.
    private func mendDamage() {
        do {
            let mended = try repair()
            guard let plan, !mended.isEmpty else { return }
            tell(mended)
            observer.withLock { $0 }(plan, mended)
        } catch {
            logger.error("node's network not mended", metadata: ["error": "\(error)"])
        }
    }

    private func tell(_ mended: [Drift]) {
        logger.warning("node's network repaired", metadata: ["objects": "\(mended.map(\.object))"])
    }

    /// Tells what differs from the plan that was applied last.
    package func drift() throws -> [Drift] {
        try applied.withLock { plan in
            guard let plan else { return [] }
            return try differences(from: plan, in: try kernel.openHost()).drift
        }
    }

    /// Mends what differs from the plan that was applied last.
    ///
    /// - Returns: What it was, as ``drift()`` tells it.
    package func repair() throws -> [Drift] {
        try applied.withLock { plan in
            guard let plan else { return [] }
            return try mend(plan, in: try kernel.openHost())
        }
    }

    private func primaryENI() async throws(EC2Failure) -> ENIDescription {
        if let known = primary.withLock({ $0 }) { return known }
        let enis = try await ec2.describeENIs().enis
        guard let found = enis.first(where: { $0.attachment.map { $0.card == 0 && $0.deviceIndex == 0 } ?? false }) else {
            throw EC2Failure(code: "PrimaryENIMissing", message: "none of the node's \(enis.count) ENIs has device index 0")
        }
        primary.withLock { $0 = found }
        return found
    }

    /// Takes no routes from pods that are there already; links that come later are born so.
    private func protect(from links: [LinkState], in host: any KernelNamespace) throws {
        let podLinks = links.map(\.name).filter { $0.rawValue.hasPrefix(policy.podLinkPrefix) }
        try host.ensure(podLinks.flatMap(NodeNetworkPlan.sysctls(ofPodLink:)))
    }

    private func apply(_ plan: NodeNetworkPlan, in host: any KernelNamespace) throws {
        let mended = try applied.withLock { applied in
            let mended = try mend(plan, in: host)
            if applied == plan, !mended.isEmpty {
                tell(mended)
            } else if applied != plan {
                logger.info("node's network made", metadata: ["changed": "\(mended.map(\.object))"])
            }
            defer { applied = plan }
            return applied == plan ? mended : []
        }
        observer.withLock { $0 }(plan, mended)
    }

    // MARK: - The kernel

    private struct Differences {
        var sysctls: [SysctlSetting]
        var missing: [Rule]
        /// Rules of ours that an earlier policy wanted.
        var obsolete: [Rule]
        var isFirewallInPlace: Bool

        var drift: [Drift] {
            sysctls.map(Drift.init(unmet:)) + missing.map { Drift(.node, missing: .rule($0)) }
                + obsolete.map { Drift(stale: .rule($0)) } + (isFirewallInPlace ? [] : [.firewall])
        }
    }

    private func differences(from plan: NodeNetworkPlan, in host: any KernelNamespace) throws -> Differences {
        let present = try host.rules()
        return Differences(
            sysctls: try host.unmet(plan.sysctls),
            // A rule that is there is as good from whoever made it, and the kernel takes no second one.
            missing: plan.rules.filter { wanted in !present.contains { $0.selectsAsDoes(wanted) } },
            obsolete: present.filter { rule in
                rule.origin == .berth && NodeNetworkPlan.priorities.contains(rule.priority) && !plan.rules.contains(rule)
            },
            isFirewallInPlace: try firewall.isInPlace(plan.firewall))
    }

    /// What marks packets comes after the rule that heeds the mark, and goes before it.
    private func mend(_ plan: NodeNetworkPlan, in host: any KernelNamespace) throws -> [Drift] {
        let differences = try differences(from: plan, in: host)
        try host.ensure(differences.sysctls)
        try host.ensure(differences.missing.map(KernelObject.rule))
        if !differences.isFirewallInPlace { report(try firewall.apply(plan.firewall)) }
        if let fault = try host.remove(differences.obsolete.map(KernelObject.rule)).first { throw fault }
        return differences.drift
    }

    private func report(_ found: FirewallTakeOver) {
        if !found.removed.isEmpty {
            logger.notice("firewall of the incumbent replaced", metadata: ["objects": "\(found.removed)"])
        }
        if !found.legacy.isEmpty {
            logger.error(
                "firewall of the incumbent still works, in iptables-legacy",
                metadata: ["objects": "\(found.legacy)", "remedy": "\(FirewallTakeOver.legacyRemedy)"])
        }
    }
}

extension Rule {
    /// Whether it does the same, whoever made it.
    fileprivate func selectsAsDoes(_ other: Rule) -> Bool {
        var same = self
        same.origin = other.origin
        return same == other
    }
}
