import Addressing
import IPAMEngine
import Testing
import Timeline

/// What the node says of its pods and pools.
@Suite struct ExplanationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var refusal: Refusal
        /// What a reader must find in the text.
        var words: [String]
        var testDescription: String { refusal.code }
    }

    private static let now = Instant.zero + .seconds(100)
    private static let later = Instant.zero + .milliseconds(112_300)
    private static let earlier = Instant.zero + .milliseconds(96_500)

    private static let cases: [Case] = [
        .init(refusal: .starting, words: ["does not know the node's ENIs"]),
        .init(refusal: .subnetFull(.podsA, retry: later), words: ["subnet-a", "no free address", "12.3 s"]),
        .init(refusal: .noFreeBlock(.podsA, freeAddresses: 217, retry: later), words: ["subnet-a", "217 free addresses", "/28", "12.3 s"]),
        .init(refusal: .eniSlotsUsedUp(enis: 3, addressesPerENI: 9), words: ["3 ENIs", "9 addresses", "max pods"]),
        .init(refusal: .throttled(retry: later), words: ["throttles", "12.3 s"]),
        .init(refusal: .permissionDenied(code: "AccessDenied", message: "ec2:X"), words: ["AccessDenied", "ec2:X", "IAM"]),
        .init(refusal: .quotaReached(code: "ResourceLimitExceeded", message: "5000"), words: ["ResourceLimitExceeded", "5000"]),
        .init(refusal: .callFailed(code: "InternalError", message: "oh", retry: later), words: ["InternalError", "oh", "12.3 s"]),
        .init(refusal: .cooling(count: 17, next: later), words: ["17", "12.3 s", "IP_COOLDOWN_PERIOD"]),
        .init(refusal: .waitingForEC2(addresses: 32, since: earlier), words: ["32 addresses", "3.5 s"]),
        .init(
            refusal: .eniNotReady(ENIID(unchecked: "eni-7"), problem: "LinkMissing: none", since: earlier),
            words: ["eni-7", "3.5 s", "LinkMissing: none"]),
        .init(refusal: .nodeCordoned, words: ["cordoned", "AWS_MANAGE_ENIS_NON_SCHEDULABLE"]),
        .init(refusal: .nodeTerminating, words: ["about to end"]),
        .init(refusal: .callsStopped(since: earlier), words: ["operator", "stop-calls, 3.5 s ago", "berth degrade normal"]),
        .init(
            refusal: .ec2Failing(code: "Unavailable", message: "full", since: earlier, retry: later),
            words: ["by itself", "3.5 s", "Unavailable: full", "12.3 s", "berth degrade normal"]),
        .init(
            refusal: .reservedAddressNotAvailable(IPv4Address(10, 0, 7, 7), problem: "berth/x/eth0 holds it"),
            words: ["10.0.7.7", "berth/x/eth0 holds it"]),
        .init(refusal: .tooManyWaiting(512), words: ["512 ADDs"]),
        .init(refusal: .deleted, words: ["being deleted"]),
        .init(refusal: .superseded, words: ["later ADD"]),
        .init(refusal: .stopping, words: ["shutting down"]),
    ]

    @Test(arguments: cases) func theTextOfARefusalHasItsNumbers(of example: Case) {
        let text = example.refusal.explanation(at: Self.now)
        for word in example.words { #expect(text.contains(word), "\(text)") }
    }

    @Test func theTextOfAnUnknownPoolNamesIt() throws {
        let refusal = Refusal.unknownPool(try #require(PoolName("red")))
        #expect(refusal.explanation(at: Self.now).contains("pool red"))
        #expect(refusal.code == "unknown-pool")
    }

    @Test func noTwoRefusalsShareACode() {
        let codes = Self.cases.map(\.refusal.code) + ["unknown-pool"]
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { code in code.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" } })
    }

    @Test(arguments: cases) func aRefusalThatTimeMendsSaysWhen(of example: Case) {
        let text = example.refusal.explanation(at: Self.now)
        #expect((example.refusal.retry == Self.later) == text.contains("12.3 s"))
        if let retry = example.refusal.retry { #expect(retry == Self.later) }
    }

    @Test func aRetryThatIsOverIsNotCountedBackward() {
        #expect(Refusal.throttled(retry: Self.earlier).explanation(at: Self.now).contains(" 0.0 s"))
    }

    // MARK: - Pods

    private static let name = PodName.test("web-0")

    @Test func aPodThatRunsIsExplainedByItsAllocation() {
        var node = SimulatedNode.atRest(.small())
        node.add(.pod(0), named: Self.name)
        node.settle()
        let held = node.engine.allocations.filter { $0.allocation.pod == Self.name }
        #expect(node.engine.explanation(of: Self.name, at: node.now) == held.map { .holding($0) })
        #expect(held.map(\.wiring) == [.wired])
    }

    @Test func aPodThatWaitsIsExplainedByItsPlaceInTheLineAndTheReason() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0), enis: 1), pods: 3)
        node.add(pods: 3..<5)
        node.add(.pod(5), named: Self.name)
        let request = node.engine.waitingRequests[2]
        let refusal = Refusal.eniSlotsUsedUp(enis: 1, addressesPerENI: 3)
        #expect(node.engine.explanation(of: Self.name, at: node.now) == [.waiting(request, position: 2, refusal)])
        node.delete(.pod(3))
        #expect(node.engine.explanation(of: Self.name, at: node.now).contains { if case .waiting(_, 1, _) = $0 { true } else { false } })
    }

    @Test func aPodThatWasRefusedIsExplainedByItsRefusals() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0), enis: 1), pods: 3)
        for number in 3..<5 {
            node.add(.pod(number), named: Self.name, within: .seconds(5))
            node.run(for: .seconds(5))
        }
        let refused = Self.pastRefusals(in: node)
        #expect(refused.map(\.attachment) == [.pod(4), .pod(3)])
        #expect(refused.map(\.moment) == [node.now, node.now - .seconds(5)])
        #expect(refused.allSatisfy { $0.refusal == .eniSlotsUsedUp(enis: 1, addressesPerENI: 3) })
        #expect(node.engine.explanation(of: .test("unknown"), at: node.now) == [])
    }

    private static func pastRefusals(in node: SimulatedNode) -> [PastRefusal] {
        node.engine.explanation(of: name, at: node.now).compactMap { if case .refused(let past) = $0 { past } else { nil } }
    }

    @Test func onlyTheLastRefusalsAreKept() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0), enis: 1, waitingMax: 1), pods: 3)
        for number in 3..<1003 { node.add(.pod(number), named: Self.name, within: .seconds(600)) }
        let refused = Self.pastRefusals(in: node)
        #expect(refused.count == 256)
        #expect(refused.first?.attachment == .pod(1002))
    }

    // MARK: - Pools

    @Test(arguments: UInt64(1)...20) func thePoolsAddUpToTheNode(seed: UInt64) throws {
        let red = try #require(PoolName("red"))
        let addressing = EngineConfiguration.Addressing.ofIPv4[Int(seed % 2)]
        let configuration = EngineConfiguration.small(addressing, .addresses(3), cooldown: .seconds(10), seed: seed).with {
            $0.limits = NodeLimits(enisByCard: [3, 2], slotsPerENI: 3, maxPods: 110)
            $0.namedPools = [red: PoolSource(subnet: .podsA)]
        }
        var node = SimulatedNode(configuration, seed: seed)
        node.ec2[.podsA] = .number(1)
        node.failuresPercent = 10
        var random = SeededGenerator(seed: seed)
        node.send(.started)
        for pod in 0..<60 {
            node.add(.pod(pod), in: random.chance(30) ? red : nil, within: .seconds(20))
            node.delete(.pod(Int.random(in: 0...pod, using: &random)))
            node.run(for: .milliseconds(Int.random(in: 0...3000, using: &random)))
            let pools = node.engine.poolExplanations(at: node.now)
            let count = node.engine.count
            #expect(pools.map(\.name) == [nil, nil, red, red] && pools.map(\.card) == [0, 1, 0, 1])
            #expect(pools.reduce(0) { $0 + $1.count.held } == count.held)
            #expect(pools.reduce(0) { $0 + $1.count.cooling } == count.cooling)
            #expect(pools.reduce(0) { $0 + $1.count.attached } == count.attached)
            #expect(pools.reduce(0) { $0 + $1.count.waiting } == count.waiting)
            #expect(pools.reduce(0) { $0 + $1.enis } == node.engine.enis.count)
            #expect(pools.allSatisfy { $0.coming <= $0.count.attached && $0.short >= 0 && $0.over >= 0 && min($0.short, $0.over) == 0 })
        }
        #expect(node.violations == [], "seed \(seed)")
    }

    @Test func aPoolWithAFreeAddressHasNoRefusal() {
        let node = SimulatedNode.atRest(.small(.secondary, .addresses(1)))
        #expect(node.ownPool?.refusal == nil)
        #expect(node.engine.obstacle(at: node.now) == nil)
        let full = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0), enis: 1), pods: 3)
        #expect(full.ownPool?.refusal == .eniSlotsUsedUp(enis: 1, addressesPerENI: 3))
        #expect(full.engine.obstacle(at: full.now) == full.ownPool?.refusal)
    }

    @Test(arguments: [
        (EngineConfiguration.Addressing.secondary, WarmTargets(enis: 2), "2 spare ENIs of 3 addresses (WARM_ENI_TARGET)"),
        (.prefix, WarmTargets(prefixes: 3), "3 free prefixes (WARM_PREFIX_TARGET)"),
        (.prefix, .addresses(5), "5 free (WARM_IP_TARGET)"),
        (.secondary, .addresses(5, minimum: 12), "5 free (WARM_IP_TARGET), at least 12 attached (MINIMUM_IP_TARGET)"),
        (.ipv6, WarmTargets(), "one /80"),
    ]) func theReasonNamesTheTargetThatCounts(addressing: EngineConfiguration.Addressing, targets: WarmTargets, reason: String) {
        let node = SimulatedNode.atRest(.small(addressing, targets))
        #expect(node.ownPool?.reason.contains(reason) == true, "\(node.ownPool?.reason ?? "")")
    }
}
