import Timeline
package import VPCModel

/// What a policy made of its subnet and of its pods' time.
public struct PoolUse: Hashable, Sendable {
    public let report: Report
    /// Moments at which the subnet was looked at, each ten seconds after the one before.
    public private(set) var looks = 0
    /// Addresses that the ENIs kept from others, their primary ones included, summed over the looks.
    public private(set) var taken = 0
    /// Addresses that pods held, summed over the looks.
    public private(set) var held = 0
    /// Wholly free /28 blocks, summed over the looks.
    public private(set) var freeBlocks = 0
    public private(set) var freeBlocksLeast = Int.max
    /// Addresses that the ENIs kept from others when the run ended.
    public private(set) var takenAtEnd = 0

    static let interval: Duration = .seconds(10)

    fileprivate init(_ report: Report, looks: [Look]) {
        self.report = report
        for look in looks {
            self.looks += 1
            taken += look.taken
            takenAtEnd = look.taken
            held += look.held
            freeBlocks += look.freeBlocks
            freeBlocksLeast = min(freeBlocksLeast, look.freeBlocks)
        }
    }

    fileprivate struct Look {
        var taken: Int
        var held: Int
        var freeBlocks: Int
    }

    public var calls: Int { report.calls.values.reduce(0, +) }
    public var callsPerPod: Double { Double(calls) / Double(max(1, report.pods)) }
    /// Calls that change something or are meant to, which EC2 throttles most, for each pod.
    public var changesPerPod: Double {
        let looks = report.calls[.describeSubnets, default: 0] + report.calls[.describeNetworkInterfaces, default: 0]
        return Double(calls - looks) / Double(max(1, report.pods))
    }
    public var takenPerHeld: Double { Double(taken) / Double(max(1, held)) }
    public var freeBlocksMean: Double { Double(freeBlocks) / Double(max(1, looks)) }
    /// ADDs that the runtime was told had failed.
    public var refusals: Int { report.refusals.values.reduce(0, +) }
    /// Pods whose end came before an address.
    public var neverRan: Int { report.pods - report.served }

    /// Pods that were given an address which another pod of the subnet had held less than the cooldown before.
    public var handedOnTooSoon: Int {
        report.breaches.filter { $0.key.contains("after its release") }.values.reduce(0, +)
    }
}

extension Simulation {
    /// Runs the pods of a trace and looks at the subnet every ten seconds.
    fileprivate static func followTrace(_ pods: [TracedPod], in scenario: Scenario) throws(VPCError) -> PoolUse {
        var simulation = try Simulation(scenario)
        simulation.begin()
        for pod in pods { simulation.agenda.add(.tracedPod(pod), at: pod.begin) }
        var looks: [PoolUse.Look] = []
        while simulation.now < .zero + scenario.duration, simulation.report.violations.isEmpty {
            simulation.pass(until: simulation.now + PoolUse.interval)
            looks.append(simulation.look)
        }
        return PoolUse(simulation.report, looks: looks)
    }

    /// By the books and the model, never by what a policy says.
    private var look: PoolUse.Look {
        let taken = vpc.enis.values.reduce(0) { $0 + 1 + $1.secondaryAddresses.count + 16 * $1.prefixes.count }
        return PoolUse.Look(taken: taken, held: ledger.heldCount, freeBlocks: vpc.subnets[subnets[0]]?.freeBlocks ?? 0)
    }

    package static func follow(_ pods: [TracedPod], in scenario: Scenario) throws(VPCError) -> PoolUse {
        try followTrace(pods, in: scenario)
    }
}
