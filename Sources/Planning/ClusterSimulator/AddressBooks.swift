import Addressing
import CapacityPlanner
import Timeline
import VPCModel

/// What the cluster takes of each subnet, counted with every change.
struct AddressBooks: Sendable {
    /// In the scenario's order.
    let subnets: [SubnetID]
    private let positions: [SubnetID: Int]
    private(set) var demands: [AddressDemand]
    private(set) var peaks: [SimulatedPlan.Peak]
    /// Addresses of pods that are wanted, and of pods that are ending.
    private var running: [Int]
    private var ending: [Int]
    private var cooling: [CoolingLine]
    private var began = Instant.zero

    init(_ subnets: [SubnetID]) {
        self.subnets = subnets
        positions = Dictionary(uniqueKeysWithValues: subnets.enumerated().map { ($1, $0) })
        demands = Array(repeating: AddressDemand(), count: subnets.count)
        peaks = Array(repeating: SimulatedPlan.Peak(), count: subnets.count)
        running = Array(repeating: 0, count: subnets.count)
        ending = running
        cooling = Array(repeating: CoolingLine(), count: subnets.count)
    }

    func position(of subnet: SubnetID) -> Int { positions[subnet] ?? 0 }

    /// Begins to look for peaks anew, from how it is at this moment.
    mutating func beginPhase(at now: Instant) {
        began = now
        for subnet in subnets.indices {
            peaks[subnet] = SimulatedPlan.Peak()
            note(subnet, at: now)
        }
    }

    mutating func add(singles: Int = 0, blocks: Int = 0, enis: Int = 0, to subnet: Int, at now: Instant) {
        demands[subnet] += AddressDemand(singles: singles, blocks: blocks, enis: enis)
        if demands[subnet].addresses > peaks[subnet].demand.addresses { note(subnet, at: now) }
    }

    private mutating func note(_ subnet: Int, at now: Instant) {
        peaks[subnet] = SimulatedPlan.Peak(
            demand: demands[subnet], after: now - began, running: running[subnet], ending: ending[subnet],
            cooling: cooling[subnet].count(at: now.nanoseconds))
    }

    // MARK: - Pods

    mutating func podRuns(in subnet: Int) { running[subnet] += 1 }

    mutating func podEnds(in subnet: Int) {
        running[subnet] -= 1
        ending[subnet] += 1
    }

    mutating func podIsGone(in subnet: Int, wasEnding: Bool) {
        if wasEnding { ending[subnet] -= 1 } else { running[subnet] -= 1 }
    }

    mutating func cools(in subnet: Int, until end: Instant, at now: Instant) {
        cooling[subnet].add(until: end.nanoseconds)
        _ = cooling[subnet].count(at: now.nanoseconds)
    }
}

/// Addresses in cooldown, by when it ends; each is as long as the others, so that the first in are the first out.
private struct CoolingLine: Sendable {
    private var ends: [Int64] = []
    private var first = 0

    mutating func add(until end: Int64) { ends.append(end) }

    mutating func count(at now: Int64) -> Int {
        while first < ends.count, ends[first] <= now { first += 1 }
        if first > 1024, first > ends.count / 2 {
            ends.removeFirst(first)
            first = 0
        }
        return ends.count - first
    }
}
