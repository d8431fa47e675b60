import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct ShrinkTests {
    @Test func nothingGoesBackBeforeItHasBeenIdleForAMinute() {
        var node = SimulatedNode.atRest(.small(.prefix, WarmTargets(prefixes: 1), cooldown: .seconds(30)), pods: 40)
        node.delete(pods: 0..<40)
        node.run(for: .seconds(89))
        #expect(node.ec2.calls["unassign"] == nil)
        node.settle()
        #expect(node.slots == [1])
        #expect(node.violations == [])
    }

    @Test func onlyAnIdlePrefixGoesBack() {
        var node = SimulatedNode.atRest(.small(.prefix, WarmTargets(prefixes: 1)), pods: 33)
        // One pod stays in each of three prefixes: 45 addresses are free, and none of the prefixes is.
        let staying = node.engine.enis.flatMap(\.prefixes).compactMap { view in
            (0..<33).first { view.prefix.contains(node.address(of: $0) ?? .zero) }
        }
        node.delete(pods: (0..<33).filter { !staying.contains($0) })
        node.settle()
        #expect(node.engine.enis.flatMap(\.prefixes).map(\.count.held).sorted() == [1, 1, 1])
        #expect(node.violations == [])
    }

    @Test func anEmptyENIIsDetachedAndThenDeleted() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 1), enis: 3), pods: 3)
        let second = node.engine.enis[1].eni
        node.delete(pods: 0..<3)
        var steps: [String] = []
        while let deadline = node.engine.nextDeadline, steps.last != "eniGone" {
            node.run(for: max(.milliseconds(1), min(.seconds(1), deadline - node.now)))
            steps += node.steps(of: second.id).filter { !steps.contains($0) }
        }
        node.settle()
        #expect(node.steps(of: second.id) == ["eniAttached", "eniDetaching", "eniDetached", "eniGone"])
        #expect(node.ec2.interfaces.count == 1)
        #expect(node.engine.enis.count == 1)
        #expect(node.violations == [])
    }

    @Test func anENIWithAPodStays() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 3), pods: 7)
        let last = node.engine.enis.first { $0.count.held == 1 }?.eni
        let pod = (0..<7).first { last?.secondaryAddresses.contains(node.address(of: $0) ?? .zero) == true }
        node.delete(pods: (0..<7).filter { $0 != pod })
        node.settle()
        #expect(node.engine.count == PoolCount(attached: 2, held: 1, cooling: 0, waiting: 0))
        #expect(node.running.count == 1)
        #expect(node.violations == [])
    }

    @Test func theTargetsAreMetAfterEveryStep() {
        var node = SimulatedNode.atRest(.small(.prefix, .addresses(20), enis: 4), pods: 100)
        node.delete(pods: 0..<100)
        node.run(for: .seconds(40))
        var least = Int.max
        while node.engine.nextDeadline != nil {
            node.run(for: .seconds(1))
            least = min(least, node.engine.enis.reduce(0) { $0 + $1.count.free })
        }
        #expect(least == 32)
        #expect(node.violations == [])
    }

    @Test func whatIsWantedAgainMeanwhileIsAskedForAgain() {
        var node = SimulatedNode.atRest(.small(.prefix, WarmTargets(prefixes: 1), enis: 1), pods: 30)
        node.delete(pods: 0..<30)
        node.runUntilCall("unassign")
        node.add(pods: 100..<140)
        node.settle()
        #expect(node.running.count == 40)
        #expect(node.violations == [])
    }

    /// EC2 gives a returned prefix to the node's other ENI before it has answered that it took it back.
    @Test func aPrefixThatComesBackOnAnotherENIStaysThere() throws {
        var returning = try Returning()
        let assign = returning.grow()
        _ = returning.engine.handle(.prefixesAssigned(assign, [returning.prefix]), at: .zero + .seconds(102))
        _ = returning.engine.handle(.unassigned(returning.call), at: .zero + .seconds(103))
        let views = returning.engine.enis.flatMap(\.prefixes).filter { $0.prefix == returning.prefix }
        #expect(views.map(\.count.leaving) == [0])
    }

    /// Another call fails meanwhile, and what EC2 shows is older than what it was asked.
    @Test func aPrefixThatIsOnItsWayBackIsNotTakenInAgain() throws {
        var returning = try Returning()
        let assign = returning.grow()
        let failure = CallFailure(code: "InternalError", message: "for a test")
        let describe = returning.engine.handle(.callFailed(assign, failure), at: .zero + .seconds(102)).first(named: "describeENIs")
        _ = returning.engine.handle(.enisDescribed(describe, Returning.enis), at: .zero + .seconds(103))
        let views = returning.engine.enis.flatMap(\.prefixes).filter { $0.prefix == returning.prefix }
        #expect(views.map(\.count) == [IPAMEngine.AddressCount(held: 0, cooling: 0, free: 0, leaving: 16)])
    }
}

/// An engine of two ENIs that has asked EC2 to take a prefix back and has no answer yet.
private struct Returning {
    static let enis = [AttachedENI.test(0, prefixes: ["10.0.1.0/28", "10.0.1.16/28"]), .test(1, prefixes: ["10.0.1.32/28"])]
    var engine: IPAMEngine
    let call: CallID
    let prefix: IPv4CIDR

    init() throws {
        // The second ENI has a pod, so that it stays.
        let pod = Allocation.test(99, "10.0.1.33")
        engine = IPAMEngine(
            .small(.prefix, WarmTargets(prefixes: 1), enis: 2, slotsPerENI: 2, cooldown: .zero),
            replaying: Self.enis.map { .eniAttached($0) } + [.allocated(pod), .wired(pod.attachment)], at: .zero)
        let started = engine.handle(.started, at: .zero)
        for effect in started {
            if case .setUpENI(let id, _) = effect { _ = engine.handle(.eniReady(id), at: .zero) }
        }
        _ = engine.handle(.enisDescribed(started.first(named: "describeENIs"), Self.enis), at: .zero)
        let secondLook = engine.handle(.deadlineReached, at: .zero + .seconds(40)).first(named: "describeENIs")
        _ = engine.handle(.enisDescribed(secondLook, Self.enis), at: .zero + .seconds(41))
        let effects = engine.handle(.deadlineReached, at: .zero + .seconds(100))
        let unassign = try #require(effects.last)
        guard case .unassign(let call, _, _, let prefixes) = unassign else { throw Unexpected(effect: unassign) }
        self.call = call
        prefix = try #require(prefixes.first)
    }

    private struct Unexpected: Error {
        var effect: IPAMEngine.Effect
    }

    /// Adds pods until the engine asks for a prefix, and returns that call.
    mutating func grow() -> CallID {
        for pod in 0..<40 {
            let request = PodRequest(attachment: .pod(pod), pod: nil, deadline: .zero + .seconds(200), hostLink: "")
            let call = engine.handle(.podAdded(request), at: .zero + .seconds(101)).first(named: "assignPrefixes")
            if call.number > 0 { return call }
        }
        return CallID(number: 0)
    }
}

extension SimulatedNode {
    /// What the journal says of an ENI, without its addresses.
    func steps(of eni: ENIID) -> [String] {
        journal.compactMap { entry in
            switch entry {
            case .eniCreated(eni, _): "eniCreated"
            case .eniAttached(let attached) where attached.id == eni: "eniAttached"
            case .eniDetaching(let leaving) where leaving.id == eni: "eniDetaching"
            case .eniDetached(eni): "eniDetached"
            case .eniGone(eni, _): "eniGone"
            default: nil
            }
        }.reduce(into: []) { steps, step in if steps.last != step { steps.append(step) } }.drop { $0 == "eniCreated" }.map { $0 }
    }

    /// Lets time pass until EC2 has been asked for something once more.
    mutating func runUntilCall(_ name: String) {
        let before = ec2.calls[name, default: 0]
        for _ in 0..<10_000 where ec2.calls[name, default: 0] == before { run(for: .milliseconds(100)) }
    }
}

extension AttachedENI {
    static func test(_ deviceIndex: Int, addresses: [String] = [], prefixes: [String] = []) -> AttachedENI {
        AttachedENI(
            id: ENIID(unchecked: "eni-\(deviceIndex)"), mac: MACAddress(bits: UInt64(deviceIndex)), deviceIndex: deviceIndex,
            subnet: FakeEC2.subnet, subnetBlock: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 16),
            primaryAddress: IPv4Address(10, 0, 0, UInt8(10 + deviceIndex)), secondaryAddresses: addresses.compactMap { IPv4Address($0) },
            prefixes: prefixes.compactMap { IPv4CIDR($0) })
    }
}

extension [IPAMEngine.Effect] {
    /// The call of the first effect of a name; call 0, which no engine makes, when there is none.
    func first(named name: String) -> CallID {
        first { $0.callName == name }?.call ?? CallID(number: 0)
    }
}
