import Addressing
import IPAMEngine
import Testing
import Timeline

/// Keeping away from EC2 because it keeps failing.
@Suite struct TripTests {
    private static let unwell = CallFailure(code: "Unavailable", message: "for a test")
    private static let changes = [
        "createENI", "attachENI", "assignAddresses", "assignPrefixes", "assignIPv6Prefix", "claimAddress", "unassign", "detachENI",
        "deleteENI",
    ]
    private static let many = 100_000

    /// A node whose pool is short by one when EC2 begins to fail.
    private func failing(_ calls: [String], _ failure: CallFailure = unwell) -> SimulatedNode {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1)), pods: 1)
        for name in calls { node.failures[name] = Array(repeating: failure, count: Self.many) }
        node.add(.pod(1), within: .seconds(1))
        return node
    }

    private func heal(_ node: inout SimulatedNode) { node.failures = [:] }

    /// How often EC2 was asked in vain.
    private func askedInVain(_ node: SimulatedNode) -> Int {
        node.failures.values.reduce(0) { $0 + Self.many - $1.count }
    }

    @Test(arguments: ["Unavailable", "RequestLimitExceeded", "ExpiredToken", "ConnectionFailed", "RequestTimeout"])
    func aTwentyMinuteOutageCostsFewCallsAndEndsByItself(code: String) {
        var node = failing(Self.changes + ["describeENIs"], CallFailure(code: code, message: "for a test"))
        node.run(for: .seconds(59))
        #expect(node.engine.restraint.trip == nil)
        node.run(for: .seconds(121))
        #expect(node.engine.restraint.degradation == .stopCalls && node.engine.restraint.order == .normal)
        let before = askedInVain(node)
        node.run(for: .seconds(1020))
        #expect(before <= 14, "\(before) calls within the first three minutes")
        let probes = askedInVain(node) - before
        #expect((6...17).contains(probes), "\(probes) calls in the 17 minutes after that")
        heal(&node)
        node.add(.pod(2), within: .seconds(200))
        node.run(for: .seconds(200))
        #expect(node.engine.restraint.trip == nil && node.running.count == 3)
        node.settle()
        #expect(node.violations == [])
    }

    @Test func aPodHearsWhyTheNodeDoesNotAskAndWhenItWill() {
        var node = failing(Self.changes + ["describeENIs"])
        node.add(pods: 2...2, within: .seconds(400))
        node.run(for: .seconds(180))
        let trip = node.engine.restraint.trip
        #expect(
            node.engine.refusal(at: node.now)
                == trip.map { .ec2Failing(code: "Unavailable", message: "for a test", since: $0.since, retry: $0.probe) })
        #expect(trip.map { $0.probe > node.now } == true)
    }

    /// EC2 describes and changes nothing, as when one of its parts is down.
    @Test func changesThatFailWhileDescriptionsGoWellAreAskedForSeldom() {
        var node = failing(Self.changes)
        node.run(for: .seconds(180))
        let (before, described) = (askedInVain(node), node.calls("describeENIs"))
        node.run(for: .seconds(1200))
        let changes = askedInVain(node) - before
        #expect((5...30).contains(changes), "\(changes) changes in 20 minutes")
        #expect(node.calls("describeENIs") - described <= 40)
        heal(&node)
        node.settle()
        #expect(node.engine.restraint.trip == nil && node.engine.count.attached == 3)
        #expect(node.violations == [])
    }

    @Test(arguments: ["UnauthorizedOperation", "NetworkInterfaceLimitExceeded", "InsufficientFreeAddressesInSubnet"])
    func aRefusalThatIsAnAnswerTripsNothing(code: String) {
        var node = failing(Self.changes, CallFailure(code: code, message: "for a test"))
        node.run(for: .seconds(1800))
        #expect(node.engine.restraint.trip == nil)
        #expect(node.violations == [])
    }

    @Test func theOrderToGoBackToNormalHasEC2AskedAtOnce() {
        var node = failing(Self.changes + ["describeENIs"])
        node.run(for: .seconds(600))
        #expect(node.engine.restraint.trip != nil)
        heal(&node)
        node.send(.degradationOrdered(.normal))
        #expect(node.engine.restraint == Restraint())
        node.run(for: .seconds(5))
        #expect(node.engine.count.attached == 3)
        #expect(node.violations == [])
    }

    @Test func aTripIsNoneOfTheJournals() {
        var node = failing(Self.changes + ["describeENIs"])
        node.run(for: .seconds(600))
        #expect(node.engine.restraint.trip != nil)
        heal(&node)
        node.crash()
        node.run(for: .seconds(30))
        #expect(node.engine.restraint.trip == nil && node.engine.count.attached == 3)
    }

    @Test(arguments: UInt64(1)...20) func nothingIsLostWhenEC2FailsAndComesBackWhilePodsComeAndGo(seed: UInt64) {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(2), cooldown: .seconds(5), seed: seed), pods: 2)
        var random = SeededGenerator(seed: seed)
        var pod = 2
        for _ in 0..<40 {
            if random.chance(30) {
                for name in Self.changes + ["describeENIs"] { node.failures[name] = Array(repeating: Self.unwell, count: 50) }
            }
            if random.chance(40) { heal(&node) }
            node.add(.pod(pod), within: .seconds(20))
            if random.chance(60), let leaving = node.running.keys.min(by: { "\($0)" < "\($1)" }) { node.delete(leaving) }
            pod += 1
            node.run(for: .seconds(Int.random(in: 1...90, using: &random)))
        }
        heal(&node)
        node.settle()
        #expect(node.violations == [])
    }
}
