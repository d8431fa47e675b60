import Addressing
import Timeline

// How large each pool is, how large it should be, and the step from one to the other.
extension IPAMEngine {
    /// The IPv4 addresses of the node by what they do.
    public var count: PoolCount {
        let total = store.total
        return PoolCount(
            attached: total.free + total.held + total.cooling + calls.addressesComing, held: total.held, cooling: total.cooling,
            waiting: configuration.addressing.ipv4Unit == nil ? 0 : waiting.count)
    }

    /// The node's own pool, then the named ones.
    var poolNames: [PoolName?] { Self.poolNames(of: configuration) }

    private static func poolNames(of configuration: EngineConfiguration) -> [PoolName?] { [nil] + configuration.namedPools.keys.sorted() }

    static func pools(of configuration: EngineConfiguration) -> [PoolID] {
        poolNames(of: configuration).flatMap { name in
            configuration.limits.enisByCard.indices.map { PoolID(name: name, card: $0) }
        }
    }

    /// The IPv4 addresses of one pool.
    func count(of pool: PoolID, waiting: Int) -> PoolCount {
        let tally = store.tally(of: pool)
        let coming = calls.addressesComing(to: pool, in: store)
        return PoolCount(
            attached: tally.free + tally.held + tally.cooling + coming - leftOver(in: pool), held: tally.held, cooling: tally.cooling,
            waiting: waiting)
    }

    /// The same with the pods that are expected, who will have addresses of the first card.
    func countAhead(of pool: PoolID) -> PoolCount {
        count(of: pool, waiting: pool.card == 0 && !expected.isEmpty ? expected.count(for: pool.name) : 0)
    }

    /// Free addresses of a mode that was left: pods have them when there are no others, and the pool does not count on them,
    /// so that they go back however many pods come and go.
    func leftOver(in pool: PoolID) -> Int {
        guard hasLeftOver, let unit = configuration.addressing.ipv4Unit else { return 0 }
        return store.attached.reduce(0) { sum, eni in
            guard eni.pool == pool, eni.isAttached else { return sum }
            let singles = eni.blocks[0].freeCount
            switch unit {
            case .secondary: return sum + eni.freeCount - singles
            // Where blocks have run out, single addresses stand in for them.
            case .prefix: return subnets.lacksBlocks(eni.subnet) ? sum : sum + singles
            }
        }
    }

    /// Looks whether addresses of another kind than the mode's are left.
    mutating func noteLeftOver() {
        hasLeftOver = store.attached.contains { eni in
            switch configuration.addressing.ipv4Unit {
            case .secondary: eni.prefixCount > 0
            case .prefix: eni.blocks[0].present != 0
            case nil: false
            }
        }
    }

    /// How large a pool is to be: no larger than its pods need when addresses are scarce, or when no more pods come.
    func goal(of pool: PoolID) -> PoolGoal {
        guard pool.name == nil, configuration.addressing.ipv4Unit != nil, isKeptWarm else { return .demandAlone }
        guard pool.card == 0 else { return .furtherCard }
        return pressure == .none ? PoolGoal(configuration, automatic: automaticGoal) : .demandAlone
    }

    /// Whether free addresses are kept ready: a cordoned node is given no pods that would want them.
    private var isKeptWarm: Bool {
        switch condition {
        case .schedulable: true
        case .cordoned: configuration.managesCordonedNode
        case .terminating: false
        }
    }

    /// Whether EC2 may be asked for more.
    var grows: Bool { isKeptWarm }

    /// Notes what the subnets are short of. What is kept warm beyond that goes back when it becomes more.
    mutating func notePressure() {
        let pressure = subnets.pressure(on: configuration.source, for: configuration.addressing.ipv4Unit)
        guard pressure != self.pressure else { return }
        self.pressure = pressure
        if pressure != .none { expectReturn() }
    }

    /// How many more addresses the node's limit on pods can use; those in cooldown are on top.
    var podRoom: Int {
        let count = count
        let leftOver = hasLeftOver ? pools.reduce(0) { $0 + self.leftOver(in: $1) } : 0
        return configuration.limits.maxPods + count.cooling - count.attached + leftOver
    }

    /// Asks for what is missing and gives back what has been idle: one step that may be taken at any time, and that does
    /// nothing when taken twice.
    ///
    /// - Returns: How many addresses pods can take before more are to be asked for; negative when it depends on other things.
    mutating func balance(at now: Instant, into effects: inout [Effect]) -> Int {
        guard begunAt != nil, !isStopping else { return -1 }
        resumeCalls(at: now, into: &effects)
        guard isStarted else { return -1 }
        if let due = lookAgainAt, due <= now { describe(at: now, into: &effects) }
        if needsSubnets, !subnets.isKnown, !isWithoutSubnets { describeSubnets(at: now, into: &effects) }
        let spare = grow(at: now, into: &effects)
        shrink(at: now, into: &effects)
        deleteOrphans(at: now, into: &effects)
        return spare
    }

    // MARK: - The automatic target

    /// How long a lower target has to last before it is followed: pods that come and go make it rise and fall.
    private static let fall: Duration = .seconds(600)

    /// Works out how many free addresses the pods that come of late ask for.
    mutating func retarget(at now: Instant) {
        let before = (automaticGoal, retargetAt)
        defer { if (automaticGoal, retargetAt) != before { calm.end() } }
        guard let target = configuration.targets.auto else {
            automaticGoal = AutoTarget.Goal()
            retargetAt = nil
            return
        }
        let total = store.total
        let demand = demand(at: now)
        let wanted = target.goal(for: demand, population: total.held + total.cooling)
        if let due = retargetAt, due <= now {
            automaticGoal = wanted
            retargetAt = nil
            expectReturn()
        } else {
            automaticGoal.free = max(automaticGoal.free, wanted.free)
            automaticGoal.slack = min(max(automaticGoal.slack, wanted.slack), target.most - automaticGoal.free)
        }
        let canFall = automaticGoal != wanted || demand.arrivalsPerSecond > 0
        if !canFall { retargetAt = nil } else if retargetAt == nil { retargetAt = now + random.jittered(Self.fall, 1...1.25) }
    }

    /// How fast pods come, and how long the next refill takes.
    func demand(at now: Instant) -> Demand {
        demand.demand(at: now, hasRoom: rooms(of: PoolID(name: nil, card: 0)).contains { $0.slots > 0 })
    }
}
