public import Addressing
public import Timeline

// Why a pod has no address, and why a pool is as large as it is.
extension IPAMEngine {
    /// What became of a pod's request for an address.
    public enum PodExplanation: Hashable, Sendable {
        case holding(AllocationView)
        /// It waits, with so many served before it.
        case waiting(PodRequest, position: Int, Refusal)
        case refused(PastRefusal)
    }

    /// What is known of the pods of this name, what concerns the present first; empty when none asked for an address of late.
    public func explanation(of pod: PodName, at now: Instant) -> [PodExplanation] {
        let held = allocations.filter { $0.allocation.pod == pod }.map(PodExplanation.holding)
        let line = waiting.all.enumerated().filter { $0.element.pod == pod }.map { position, request in
            PodExplanation.waiting(request, position: position, refusal(of: request, at: now))
        }
        return held + line + recentRefusals.all.filter { $0.pod == pod }.map(PodExplanation.refused)
    }

    /// One pool: what it has, what it is to have, and from what that follows.
    public struct PoolExplanation: Hashable, Sendable {
        /// Nil for the node's own.
        public let name: PoolName?
        public let card: Int
        public let count: PoolCount
        /// Pods among those that wait which are bound to the node and have not asked yet.
        public let expected: Int
        /// Addresses among those attached that are asked for and not yet there.
        public let coming: Int
        public let goal: PoolGoal
        /// Addresses that are missing, and that could go back.
        public let short: Int
        public let over: Int
        public let enis: Int
        public let enisMax: Int
        /// What the goal follows from, in one sentence.
        public let reason: String
        /// Pods a second and the time of a refill, as observed.
        public let demand: Demand
        /// Why the next address cannot be had; nil when there is a free one.
        public let refusal: Refusal?
        /// Where the next ENI would be made.
        public let subnets: [SubnetID]
    }

    /// The node's own pool and the named ones, each by card.
    public func poolExplanations(at now: Instant) -> [PoolExplanation] {
        pools.map { pool in
            let expected = pool.card == 0 ? expected.count(for: pool.name) : 0
            let waitingLeft = pool.card == 0 ? waiting.count(for: pool.name) : 0
            let (count, goal) = (count(of: pool, waiting: waitingLeft + expected), goal(of: pool))
            let coming = calls.addressesComing(to: pool, in: store)
            var all = count
            all.attached += leftOver(in: pool)
            return PoolExplanation(
                name: pool.name, card: pool.card, count: all, expected: expected, coming: coming, goal: goal,
                short: goal.short(count, podRoom: podRoom),
                over: goal.over(count), enis: store.tally(of: pool).enis, enisMax: configuration.limits.enisByCard[pool.card],
                reason: reason(forGoalOf: pool), demand: demand(at: now),
                refusal: hasFree(pool) ? nil : refusal(for: pool.name, at: now),
                subnets: configuration.source(of: pool.name).map { subnets.candidates(of: $0, withIPv6: configuration.addressing.hasIPv6) }
                    ?? [])
        }
    }

    func hasFree(_ pool: PoolID) -> Bool {
        switch configuration.addressing {
        case .ipv4: store.tally(of: pool).free > 0
        case .ipv6: store.ipv6ENI(of: pool) != nil
        // Both addresses come from one ENI.
        case .dual: store.attached.contains { $0.pool == pool && $0.isAttached && $0.freeCount > 0 && $0.ipv6 != nil }
        }
    }

    private func reason(forGoalOf pool: PoolID) -> String {
        guard configuration.addressing.ipv4Unit != nil else { return "IPv6: one /80 serves every pod of the node" }
        guard pool.name == nil else { return "a named pool grows by demand alone" }
        switch condition {
        case .cordoned where !configuration.managesCordonedNode: return "the node is cordoned: no free address is kept"
        case .terminating: return "the instance is about to end: no free address is kept"
        case .schedulable, .cordoned: break
        }
        guard pool.card == 0 else { return "one free address is kept on network card \(pool.card)" }
        switch pressure {
        case .none: return reasonFromTargets
        case .blocks: return "the subnets are short of /28 blocks: none is kept for pods that may never come"
        case .addresses: return "the subnets are short of addresses: none is kept for pods that may never come"
        }
    }

    private var reasonFromTargets: String {
        let targets = configuration.targets
        let minimum = targets.minimumAddresses.map { ", at least \($0) attached (MINIMUM_IP_TARGET)" } ?? ""
        if let auto = targets.auto {
            let share = (auto.missProbability * 1000).rounded() / 10
            return
                "the least that keeps the chance of a pod waiting for EC2 at \(share) %: \(automaticGoal.free) free, from \(auto.least) to "
                + "\(auto.most), and up to \(automaticGoal.slack) more that pods let go\(minimum)"
        }
        if targets.areInAddresses { return "\(targets.addresses ?? 0) free (WARM_IP_TARGET)\(minimum)" }
        if configuration.addressing.ipv4Unit == .prefix { return "\(targets.prefixes) free prefixes (WARM_PREFIX_TARGET)" }
        return "\(targets.enis) spare ENIs of \(configuration.addressesPerENI) addresses (WARM_ENI_TARGET)"
    }
}
