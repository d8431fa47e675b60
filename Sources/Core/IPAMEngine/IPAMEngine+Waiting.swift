import Addressing
public import Timeline

// Requests that wait for an address, those that are refused, and why.
extension IPAMEngine {
    /// Puts a request into the line, or refuses it when the line is full.
    mutating func wait(_ request: PodRequest, at now: Instant, into effects: inout [Effect]) {
        calm.end()
        for earlier in waiting.removeAll(where: { $0.attachment == request.attachment }) {
            refuse(earlier, .superseded, at: now, into: &effects)
        }
        guard waiting.count < configuration.waitingMax else {
            return refuse(request, .tooManyWaiting(waiting.count), at: now, into: &effects)
        }
        waiting.append(request, isCritical: isCritical(request))
    }

    private func isCritical(_ request: PodRequest) -> Bool {
        guard let pod = request.pod else { return false }
        return configuration.criticalNamespaces.contains(pod.namespace)
    }

    mutating func refuse(_ request: PodRequest, _ refusal: Refusal, at now: Instant, into effects: inout [Effect]) {
        recentRefusals.note(request, refusal, at: now)
        effects.append(.refuse(request.attachment, refusal))
    }

    /// Gives addresses to those that wait, in their order. One that cannot be served does not hold up others: it may want an
    /// address of its own, or another pool.
    mutating func serveWaiting(at now: Instant, into effects: inout [Effect]) {
        guard isStarted, !waiting.isEmpty else { return }
        let line = waiting.all
        var served: Set<PodAttachment> = []
        var empty: Set<Wish> = []
        for request in line {
            let isPromised = request.pod.map { self.isPromised($0, at: now) } ?? false
            let wish = Wish(pool: request.pool, card: request.card)
            guard isPromised || !empty.contains(wish) else { continue }
            if allocate(request, at: now, into: &effects) {
                served.insert(request.attachment)
            } else if !isPromised {
                empty.insert(wish)
            }
        }
        if !served.isEmpty { _ = waiting.removeAll { served.contains($0.attachment) } }
    }

    /// What requests have in common of which none is served when one was not.
    private struct Wish: Hashable {
        let pool: PoolName?
        let card: Int?
    }

    private func isPromised(_ pod: PodName, at now: Instant) -> Bool {
        configuration.reservations[pod] != nil || promises.promise(to: pod, at: now) != nil
    }

    mutating func expireWaiting(at now: Instant, into effects: inout [Effect]) {
        for request in waiting.removeExpired(at: now) {
            refuse(request, refusal(of: request, at: now), at: now, into: &effects)
        }
    }

    // MARK: - Reasons

    /// Why no address of the node's own pool can be had at this moment: the nearest cause first.
    public func refusal(at now: Instant) -> Refusal { refusal(for: nil, at: now) }

    /// Why this request has no address at this moment.
    func refusal(of request: PodRequest, at now: Instant) -> Refusal {
        if let address = reservation(for: request), isStarted, backOff.isOpen, !restraint.stopsCalls {
            return .reservedAddressNotAvailable(address, problem: obstacle(to: address))
        }
        return refusal(for: request.pool, at: now)
    }

    /// What stands between a reserved address and its pod.
    private func obstacle(to address: IPv4Address) -> String {
        if let holder = records.values.first(where: { $0.allocation.addresses.ipv4 == address }) {
            return "\(holder.allocation.attachment) holds it"
        }
        if let isLinkGone = cooldowns.isLinkGone(.v4(address)) {
            return isLinkGone ? "it cools, and its ENI is not attached" : "the link of the pod before is still there"
        }
        if let place = store.place(of: address) { return "it is on \(store[place.eni].id), which is not to be used" }
        if claimableENI(for: address) == nil, calls.isEmpty { return "no ENI of the node lies in a subnet with it and has a free slot" }
        return "EC2 has not given it"
    }

    func refusal(for pool: PoolName?, at now: Instant) -> Refusal {
        if isStopping { return .stopping }
        if let refusal = restraint.refusal { return withoutCalls(pool, refusal, at: now) }
        if let refusal = backOff.refusal { return refusal }
        if !isStarted { return .starting }
        if let (eni, fault) = notReady.min(by: { $0.key < $1.key }) {
            return .eniNotReady(eni, problem: fault.problem, since: fault.since)
        }
        if let refusal = conditionRefusal { return refusal }
        if let since = calls.waitingSince {
            if let refusal = backOff.refusalDuringRetry(at: now) { return refusal }
            return .waitingForEC2(addresses: calls.addressesComing, since: since)
        }
        if let refusal = exhaustionRefusal(of: pool, at: now) { return refusal }
        if let next = cooldowns.firstEnd { return .cooling(count: cooldowns.count, next: max(now, next)) }
        // ENIs that cannot be deleted keep others from being made.
        if !orphans.isEmpty, let refusal = returnBackOff.refusal { return refusal }
        guard isFull(pool) else { return .poolEmpty }
        return slotsUsedUp
    }

    /// The reason while no call is made, which is another one where calls would not help.
    private func withoutCalls(_ pool: PoolName?, _ refusal: Refusal, at now: Instant) -> Refusal {
        guard isStarted else { return refusal }
        if let next = cooldowns.firstEnd { return .cooling(count: cooldowns.count, next: max(now, next)) }
        return isFull(pool) ? slotsUsedUp : refusal
    }

    private var slotsUsedUp: Refusal {
        .eniSlotsUsedUp(enis: configuration.limits.enis, addressesPerENI: configuration.addressesPerENI)
    }

    private var conditionRefusal: Refusal? {
        switch condition {
        case .schedulable: nil
        case .cordoned: grows ? nil : .nodeCordoned
        case .terminating: .nodeTerminating
        }
    }

    /// Whether no ENI of the pool has a slot left, and no more may be made.
    private func isFull(_ pool: PoolName?) -> Bool {
        configuration.limits.enisByCard.indices.allSatisfy { card in
            let id = PoolID(name: pool, card: card)
            let hasSlot = store.attached.contains { $0.pool == id && $0.isAttached && $0.slotsUsed < configuration.limits.slotsPerENI }
            return !hasSlot && newENIsMax(onCard: card) <= 0
        }
    }

    private func exhaustionRefusal(of pool: PoolName?, at now: Instant) -> Refusal? {
        guard let source = configuration.source(of: pool), let unit = configuration.addressing.ipv4Unit else { return nil }
        let candidates = subnets.candidates(of: source, withIPv6: configuration.addressing.hasIPv6)
        guard let nearest = candidates.first else { return nil }
        if isFull(pool) {
            // Where single addresses stand in for blocks, an ENI is soon full.
            guard unit == .prefix, candidates.allSatisfy(subnets.lacksBlocks) else { return nil }
            let retry = subnets.retry(.prefix, in: nearest) ?? probeAt ?? now
            return .noFreeBlock(nearest, freeAddresses: subnets.described[nearest]?.freeAddresses, retry: max(now, retry))
        }
        guard candidates.allSatisfy({ subnets.retry(.secondary, in: $0) != nil }) else { return nil }
        return subnets.retry(.secondary, in: nearest).map { .subnetFull(nearest, retry: max(now, $0)) }
    }
}
