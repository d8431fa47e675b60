import Addressing
import Timeline

// What the operator and the cluster want of the node, which may change while pods run.
extension IPAMEngine {
    /// Runs the pools otherwise from here on. Addresses that pods hold stay theirs; what follows comes by the rules at hand.
    mutating func configure(_ new: EngineConfiguration, at now: Instant) {
        let groups = configuration.groupsOfPrimaryENI
        configuration = new
        // What is known of the primary ENI is newer than what a configuration was made from.
        if let groups { configuration.followPrimaryENI(groups) }
        needsSubnets = Self.needsSubnets(new)
        applyBars()
        for eni in Array(store.attached) { refreshPresence(of: eni.id) }
        noteLeftOver()
        notePressure()
        retarget(at: now)
        expectReturn()
    }

    mutating func change(to condition: NodeCondition, at now: Instant) {
        guard condition != self.condition else { return }
        self.condition = condition
        expectReturn()
    }

    /// Counts on ADDs of these pods, those apart that have asked already.
    mutating func expect(_ pods: [PodName: PoolName?]) {
        var pods = pods
        for pod in records.values.compactMap(\.allocation.pod) + waiting.all.compactMap(\.pod) { pods[pod] = nil }
        if expected.replace(with: pods) { expectReturn() }
    }

    mutating func applyBars() {
        store.bars = Bars(excluded: configuration.excludedAddresses, reserved: Set(configuration.reservations.values))
    }

    /// Lets an ENI serve pods or drain, by whose it is and where it lies.
    mutating func refreshPresence(of id: ENIID) {
        guard let eni = store[id], !eni.isLeaving else { return }
        let presence: ENIAddresses.Presence = isForPods(eni) ? .attached : .draining
        guard eni.presence != presence else { return }
        store.setPresence(presence, of: id)
        expectReturn()
    }

    private func isForPods(_ eni: ENIAddresses) -> Bool {
        guard !eni.isPrimary || configuration.usesPrimaryENI, let source = configuration.source(of: eni.pool.name) else { return false }
        return !subnets.isExcluded(eni.subnet, by: source)
    }
}
