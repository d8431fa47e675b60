import Addressing
import IPAMEngine
import Timeline

extension Scenario {
    /// A small world chosen by the seed: mode, targets, limits, subnets, churn, operators and the weight of each fault.
    ///
    /// Every fourth seed is audited after each event, the others after every sixth; what engines do is judged at once in all.
    /// Every eighth is a world of tides, every fifth one in which EC2 is away for minutes.
    public static func varied(seed: UInt64, faults: Set<Fault> = Set(Fault.allCases)) -> Scenario {
        var random = RandomSource(seed: seed ^ 0x5ce7_a210)
        let addressing = random.element(of: everyAddressing) ?? .secondary
        let cards = random.chance(0.2) ? [random.number(in: 1...3), random.number(in: 1...2)] : [random.number(in: 2...4)]
        let limits = NodeLimits(enisByCard: cards, slotsPerENI: random.number(in: 2...9), maxPods: random.number(in: 8...40))
        let targets = targets(using: &random)
        let weights = [0, 0.02, 0.02, 0.1, 0.3]
        let shares = Fault.allCases.map { ($0, random.element(of: weights) ?? 0) }.filter { faults.contains($0.0) }
        let further = random.chance(0.4) ? random.number(in: 1...2) : 0
        let churn = Churn(
            // Some nodes are busy, some idle between bursts, so that they shrink as well.
            arrivalInterval: .milliseconds(random.number(in: 1...6) * (random.element(of: [1_000, 20_000]) ?? 1_000)),
            lifetime: .seconds(random.number(in: 10...90)), burstSize: random.number(in: 2...12),
            garbageInterval: .seconds(random.number(in: 20...90)), stickyShare: random.chance(0.5) ? 0.3 : 0,
            criticalShare: random.chance(0.5) ? 0.2 : 0)
        let scenario = Scenario(
            seed: seed, nodes: random.number(in: 1...3), subnet: subnet(0), furtherSubnets: (0..<further).map { subnet($0 + 1) },
            namedPool: further > 0 && random.chance(0.5) ? PoolName("blue") : nil, addressing: addressing, targets: targets, limits: limits,
            cooldown: .seconds(random.number(in: 5...40)), budget: .seconds(random.number(in: 2...30)), churn: churn,
            operatorInterval: random.chance(0.4) ? .seconds(random.number(in: 20...120)) : nil, readsMetadata: random.chance(0.6),
            faults: FaultRates(Dictionary(uniqueKeysWithValues: shares)), duration: .seconds(300), auditInterval: seed % 4 == 0 ? 1 : 6)
        guard seed % 5 == 2, !faults.isEmpty else { return seed % 8 == 7 ? scenario.tidal : scenario }
        return seed % 8 == 7 ? scenario.tidal.withOutages : scenario.withOutages
    }

    private var withOutages: Scenario {
        var scenario = self
        scenario.outageInterval = .seconds(100)
        scenario.duration = .seconds(600)
        return scenario
    }

    /// The same world with pods that come in bursts and go soon, so that pools shrink as often as they grow, and with old
    /// answers more often than elsewhere: what is old must have changed, so these faults find few occasions.
    private var tidal: Scenario {
        var scenario = self
        scenario.targets = WarmTargets(addresses: 1)
        scenario.cooldown = .seconds(5)
        scenario.churn.lifetime = .seconds(8)
        scenario.churn.burstInterval = .seconds(60)
        scenario.churn.burstSize = limits.maxPods
        scenario.duration = .seconds(600)
        for fault in [Fault.staleDescription, .staleMetadata] where faults.shares[fault] != nil { scenario.faults.shares[fault] = 0.6 }
        return scenario
    }

    /// Wide enough that every node's ENIs and a block beside each fit once other tenants have gone.
    private static func subnet(_ number: Int) -> IPv4CIDR {
        IPv4CIDR(containing: IPv4Address(10, 0, UInt8(number * 8), 0), prefixLength: 21)
    }

    static let everyAddressing: [EngineConfiguration.Addressing] = [
        .secondary, .prefix, .secondary, .prefix, .ipv6, .dual(.secondary), .dual(.prefix),
    ]

    /// What operators may change the mode to.
    var addressings: [EngineConfiguration.Addressing] { Self.everyAddressing }

    static func targets(using random: inout RandomSource) -> WarmTargets {
        let countsAddresses = random.chance(0.5)
        let isAutomatic = random.chance(0.2)
        return WarmTargets(
            enis: random.below(3), addresses: countsAddresses ? random.number(in: 1...8) : nil,
            minimumAddresses: countsAddresses ? random.below(12) : nil, prefixes: random.below(3),
            auto: isAutomatic ? AutoTarget(least: random.below(3), most: 20) : nil)
    }
}
