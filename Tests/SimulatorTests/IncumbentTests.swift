import Addressing
import IPAMEngine
import Simulator
import Testing
import Timeline

/// The AWS VPC CNI's policy does what its sources and its published tables say.
@Suite struct IncumbentTests {
    /// A node with so many pods that stay, and what its pool is to become.
    struct PoolSize: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var unit: EngineConfiguration.Addressing.Unit = .secondary
        var targets: WarmTargets
        var limits = NodeLimits(enis: 3, slotsPerENI: 3, maxPods: 110)
        var pods: Int
        var enis: Int
        /// Addresses, or prefixes where those are the unit.
        var units: Int
    }

    /// The tables of docs/eni-and-ip-target.md and docs/prefix-and-ip-target.md in amazon-vpc-cni-k8s.
    static let published = [
        PoolSize(testDescription: "one warm ENI, no pod", targets: WarmTargets(), pods: 0, enis: 1, units: 3),
        PoolSize(testDescription: "one warm ENI, 5 pods", targets: WarmTargets(), pods: 5, enis: 3, units: 9),
        PoolSize(
            testDescription: "1 warm address, 1 at least, 5 pods", targets: WarmTargets(addresses: 1, minimumAddresses: 1), pods: 5,
            enis: 2,
            units: 6),
        PoolSize(
            testDescription: "2 warm addresses, 5 at least, no pod", targets: WarmTargets(addresses: 2, minimumAddresses: 5), pods: 0,
            enis: 2,
            units: 5),
        PoolSize(
            testDescription: "2 warm addresses, 5 at least, 5 pods", targets: WarmTargets(addresses: 2, minimumAddresses: 5), pods: 5,
            enis: 3,
            units: 7),
        PoolSize(
            testDescription: "5 warm addresses, 10 at least, 7 pods", targets: WarmTargets(addresses: 5, minimumAddresses: 10),
            limits: large, pods: 7, enis: 1, units: 12),
        PoolSize(
            testDescription: "5 warm addresses, 10 at least, 45 pods", targets: WarmTargets(addresses: 5, minimumAddresses: 10),
            limits: large, pods: 45, enis: 2, units: 50),
        PoolSize(testDescription: "one warm prefix, no pod", unit: .prefix, targets: WarmTargets(), pods: 0, enis: 1, units: 1),
        PoolSize(testDescription: "one warm prefix, 5 pods", unit: .prefix, targets: WarmTargets(), pods: 5, enis: 1, units: 2),
        PoolSize(testDescription: "one warm prefix, 17 pods", unit: .prefix, targets: WarmTargets(), pods: 17, enis: 1, units: 3),
        PoolSize(testDescription: "one warm prefix, 58 pods", unit: .prefix, targets: WarmTargets(), pods: 58, enis: 2, units: 5),
        PoolSize(
            testDescription: "prefixes, 1 warm address, 1 at least, 58 pods", unit: .prefix,
            targets: WarmTargets(addresses: 1, minimumAddresses: 1), pods: 58, enis: 2, units: 4),
        PoolSize(
            testDescription: "prefixes, 7 warm addresses, 20 at least, 17 pods", unit: .prefix,
            targets: WarmTargets(addresses: 7, minimumAddresses: 20), pods: 17, enis: 1, units: 2),
    ]
    private static let large = NodeLimits(enis: 15, slotsPerENI: 49, maxPods: 737)

    @Test(arguments: published) func aPoolBecomesAsLargeAsPublished(size: PoolSize) throws {
        let pods = (0..<size.pods).map { TracedPod(number: $0, node: 0, begin: .zero + .seconds(5), end: .zero + .seconds(7200)) }
        let scenario = Scenario(
            seed: 1, subnet: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 22), addressing: .ipv4(size.unit),
            targets: size.targets, limits: size.limits,
            churn: Scenario.Churn(arrivalInterval: nil, burstInterval: nil, garbageInterval: nil), duration: .seconds(900), auditInterval: 0
        )
        let use = try Simulation<IncumbentPolicy>.follow(pods, in: scenario)
        #expect(use.report.served == size.pods)
        #expect(use.takenAtEnd == size.enis + size.units * (size.unit == .prefix ? 16 : 1))
    }

    // MARK: - One node by hand

    private let eni = AttachedENI(
        id: ENIID(unchecked: "eni-1"), mac: MACAddress(bits: 0x0a00_0000_0001), deviceIndex: 0, subnet: SubnetID(unchecked: "subnet-1"),
        subnetBlock: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 24), primaryAddress: IPv4Address(10, 0, 0, 4),
        secondaryAddresses: [IPv4Address(10, 0, 0, 5)], prefixes: [])

    /// A daemon that knows its primary ENI with one address, and does nothing before its first round.
    private func started(slotsPerENI: Int = 2) -> IncumbentPolicy {
        let configuration = EngineConfiguration(
            addressing: .secondary, targets: WarmTargets(), limits: NodeLimits(enis: 2, slotsPerENI: slotsPerENI, maxPods: 10),
            source: PoolSource(subnet: eni.subnet), seed: 1)
        var policy = IncumbentPolicy(configuration, replaying: [], at: .zero)
        let effects = policy.effects(of: .started, at: .zero)
        guard case .describeENIs(let id)? = effects.first else { return policy }
        _ = policy.effects(of: .enisDescribed(id, [eni]), at: .zero)
        return policy
    }

    private func request(_ number: Int) -> PodRequest {
        PodRequest(
            attachment: PodAttachment(network: "berth", containerID: "\(number)", interface: "eth0"), pod: nil,
            deadline: .zero + .seconds(60), hostLink: "")
    }

    @Test func anADDThatFindsNoAddressFailsAtOnce() throws {
        var policy = started()
        #expect(policy.effects(of: .podAdded(request(1)), at: .zero).contains { if case .wire = $0 { true } else { false } })
        let effects = policy.effects(of: .podAdded(request(2)), at: .zero)
        guard case .refuse(request(2).attachment, _)? = effects.first, effects.count == 1 else {
            Issue.record("\(effects)")
            return
        }
    }

    @Test func anAddressIsHandedOutAgainAfterItsCooldownAndNotBefore() throws {
        var policy = started()
        _ = policy.effects(of: .podAdded(request(1)), at: .zero)
        _ = policy.effects(of: .podUnwired(request(1).attachment), at: .zero + .seconds(1))
        #expect(policy.count.held == 0 && policy.count.attached == 1, "and so nothing seems to be missing")
        _ = policy.effects(of: .podAdded(request(2)), at: .zero + .seconds(31))
        #expect(policy.allocation(of: request(2).attachment) == nil)
        _ = policy.effects(of: .podAdded(request(3)), at: .zero + .seconds(32))
        #expect(policy.allocation(of: request(3).attachment)?.address == .v4(IPv4Address(10, 0, 0, 5)))
    }

    @Test func anExhaustedSubnetIsNotAskedForTwoMinutes() throws {
        var policy = started()
        let failure = CallFailure(code: "InsufficientFreeAddressesInSubnet", message: "")
        let first = try #require(policy.nextDeadline)
        let asked = try #require(policy.effects(of: .deadlineReached, at: first).first?.call)
        #expect(policy.effects(of: .callFailed(asked, failure), at: first) == [])
        var rounds = 0
        var next = try #require(policy.nextDeadline)
        while policy.effects(of: .deadlineReached, at: next).isEmpty {
            rounds += 1
            next = try #require(policy.nextDeadline)
        }
        #expect(rounds == 23 && next - first == .seconds(120), "a round every five seconds")
    }

    @Test func anENIIsMadeByFiveCallsAndACheckAndSeenAtALookIntoTheMetadata() throws {
        var second = eni
        (second.id, second.deviceIndex, second.secondaryAddresses) = (ENIID(unchecked: "eni-2"), 1, [IPv4Address(10, 0, 0, 7)])
        let answers: [(call: String, answer: (CallID) -> IPAMEngine.Event)] = [
            ("describeSubnets", { .subnetsDescribed($0, []) }), ("createENI", { .eniCreated($0, second) }),
            ("describeENIs", { .enisDescribed($0, []) }), ("attachENI", { .eniAttached($0) }), ("setUpENI", { .eniReady($0) }),
            ("describeSubnets", { .subnetsDescribed($0, []) }),
        ]
        var policy = started(slotsPerENI: 1)
        _ = policy.effects(of: .podAdded(request(1)), at: .zero)
        var now = try #require(policy.nextDeadline)
        var asked = policy.effects(of: .deadlineReached, at: now).first
        for (call, answer) in answers {
            let effect = try #require(asked)
            #expect("\(effect)".hasPrefix(call))
            now = now + (call == "attachENI" ? .seconds(5) : .milliseconds(100))
            asked = policy.effects(of: answer(try #require(effect.call)), at: now).first
            guard call == "attachENI" else { continue }
            let look = try #require(policy.nextDeadline)
            #expect(look - now == .milliseconds(1_300), "the looks after 3.1 s and 6.3 s lie around the five of the attachment")
            now = look
            asked = policy.effects(of: .deadlineReached, at: now).first
        }
        #expect(asked == nil && policy.count.attached == 2)
        #expect(policy.nextDeadline == now + .seconds(5))
    }

    @Test func aDaemonThatBeginsAgainKnowsWhoHoldsWhatAndNoCooldown() throws {
        var policy = started()
        _ = policy.effects(of: .podAdded(request(1)), at: .zero)
        _ = policy.effects(of: .podWired(request(1).attachment), at: .zero)
        #expect(policy.journal.count == 2)
        var again = IncumbentPolicy(policy.configuration, replaying: policy.journal, at: .zero)
        let call = try #require(again.effects(of: .started, at: .zero).first?.call)
        _ = again.effects(of: .enisDescribed(call, [eni]), at: .zero)
        #expect(again.wiredAllocations == policy.wiredAllocations && again.wiredAllocations.count == 1)
        _ = again.effects(of: .podAdded(request(2)), at: .zero)
        #expect(again.allocation(of: request(2).attachment) == nil, "its address is held")
    }
}

extension NodePolicy {
    fileprivate mutating func effects(of event: IPAMEngine.Event, at now: Instant) -> [IPAMEngine.Effect] {
        var effects: [IPAMEngine.Effect] = []
        handle(event, at: now, into: &effects)
        return effects
    }
}
