import Addressing
import IPAMEngine
import Testing
import Timeline

@Suite struct FailureTests {
    struct Cause: Sendable, CustomTestStringConvertible {
        var code: String
        var message = "for a test"
        var refusal: String
        var testDescription: String { code }

        static let all = [
            Cause(code: "InsufficientFreeAddressesInSubnet", refusal: "subnet-full"),
            Cause(code: "RequestLimitExceeded", refusal: "throttled"),
            Cause(code: "UnauthorizedOperation", refusal: "permission-denied"),
            Cause(code: "NetworkInterfaceLimitExceeded", refusal: "quota-reached"),
            Cause(code: "InternalError", refusal: "call-failed"),
        ]
    }

    @Test(arguments: Cause.all) func aRefusedPodHearsWhyEC2GaveNothing(cause: Cause) {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0)), pods: 2)
        let failure = CallFailure(code: cause.code, message: cause.message)
        node.failures["createENI"] = Array(repeating: failure, count: 100)
        node.add(.pod(2), within: .seconds(4))
        node.add(.pod(3), within: .seconds(4))
        node.run(for: .seconds(4))
        let refusal = node.refusals[.pod(3)]?.first
        #expect(refusal?.code == cause.refusal)
        #expect(refusal?.explanation(at: node.now).isEmpty == false)
        #expect(node.violations == [])
    }

    @Test func aPodHearsThatTheDaemonIsStarting() {
        var node = SimulatedNode(.small())
        node.add(.pod(0), within: .seconds(1))
        node.run(for: .seconds(1))
        #expect(node.refusals[.pod(0)] == [.starting])
    }

    @Test func aPodHearsThatEC2HasNotAnswered() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(0, minimum: 1)), pods: 1)
        let asked = node.now
        node.add(.pod(1), within: .milliseconds(10))
        node.run(for: .milliseconds(10))
        #expect(node.refusals[.pod(1)] == [.waitingForEC2(addresses: 1, since: asked)])
    }

    @Test func aPodHearsThatAddressesCool() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0), enis: 1), pods: 3)
        node.delete(.pod(0))
        node.run(for: .seconds(1))
        node.add(.pod(3), within: .seconds(5))
        node.run(for: .seconds(5))
        let next = node.engine.coolings[0].until
        #expect(node.refusals[.pod(3)] == [.cooling(count: 1, next: next)])
    }

    @Test func throttlingBacksOffFurtherEachTimeAndRecovers() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1)), pods: 1)
        node.failures["assignAddresses"] = Array(repeating: .throttled, count: 5)
        let before = node.ec2.calls["assignAddresses", default: 0]
        // The first is served from what is warm, the second waits.
        node.add(.pod(1))
        node.add(.pod(2), within: .seconds(100))
        var waits: [Double] = []
        while case .throttled(let retry) = node.nextRefusal { waits.append((retry - node.now).inSeconds) }
        #expect(waits.count >= 3)
        for (wait, ceiling) in zip(waits, [2, 4, 8, 16, 32]) { #expect((0...Double(ceiling)).contains(wait)) }
        for (wait, next) in zip(waits, waits.dropFirst()) { #expect(next > 1.5 * wait) }
        node.settle()
        #expect(node.running.count == 3 && node.engine.count.attached == 4)
        #expect((before + 1...before + 2).contains(node.ec2.calls["assignAddresses", default: 0]))
    }

    @Test func whatIsKeptWarmWaitsLongerThanPodsWhenCallsAreTooMany() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1)), pods: 1)
        node.failures["assignAddresses"] = [.throttled]
        // It is served from what is warm, and the call that was refused was for the next.
        node.add(.pod(1))
        node.run(for: .seconds(7))
        #expect(node.running.count == 2 && node.engine.count.attached == 2)
        // One that waits is asked for at once.
        node.add(.pod(2))
        node.run(for: .seconds(1))
        #expect(node.running.count == 3 && node.engine.count.attached == 3)
        node.run(for: .seconds(25))
        #expect(node.engine.count.attached == 4)
    }

    @Test func anENIWhoseAttachmentIsRefusedForTheNumberOfCallsIsAttachedLater() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 1)))
        node.failures["attachENI"] = Array(repeating: .throttled, count: 3)
        node.add(.pod(0))
        node.settle()
        #expect(node.slots == [3, 3] && node.violations == [])
        #expect(node.ec2.calls["createENI"] == 1 && node.ec2.calls["deleteENI"] == nil)
    }

    @Test func nodesThatFailTogetherDoNotAskTogether() {
        let retries = (UInt64(1)...50).map { seed in
            var engine = IPAMEngine(.small(seed: seed))
            let effects = engine.handle(.started, at: .zero)
            _ = engine.handle(.callFailed(effects.first(named: "describeENIs"), .throttled), at: .zero)
            return engine.nextDeadline
        }
        #expect(Set(retries).count == 50)
    }

    @Test func callsThatFailTogetherCountAsOneFailure() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 0), enis: 8, slotsPerENI: 1))
        node.failures["createENI"] = Array(repeating: .throttled, count: 6)
        node.add(pods: 0..<7)
        node.run(for: .milliseconds(1500))
        let retry = node.engine.nextDeadline ?? .zero
        #expect(retry < node.now + .seconds(2))
        node.settle()
        #expect(node.running.count == 7)
    }

    @Test func anENIThatCannotBeAttachedIsDeleted() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 1)))
        node.failures["attachENI"] = [CallFailure(code: "AttachmentLimitExceeded", message: "another program was faster")]
        node.add(.pod(0))
        node.settle()
        #expect(node.slots == [3, 3])
        #expect(node.ec2.interfaces.count == 2)
        #expect(node.ec2.calls["deleteENI"] == 1)
        #expect(node.violations == [])
    }

    @Test func anENIThatIsNotDeletedKeepsOthersFromBeingMade() {
        let denied = CallFailure(code: "UnauthorizedOperation", message: "ec2:DeleteNetworkInterface")
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 1)))
        node.failures["attachENI"] = Array(repeating: denied, count: 100)
        node.failures["deleteENI"] = Array(repeating: denied, count: 100)
        node.add(.pod(0))
        node.run(for: .seconds(3000))
        #expect(node.ec2.interfaces.count == 3)
        node.add(pods: 1..<4, within: .seconds(10))
        node.run(for: .seconds(10))
        #expect(node.refusals[.pod(3)] == [.permissionDenied(code: denied.code, message: denied.message)])
    }

    @Test func anENIThatEC2ForgotIsGone() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 2), pods: 4)
        node.failures["deleteENI"] = [CallFailure(code: "InvalidNetworkInterfaceID.NotFound", message: "gone")]
        node.delete(pods: 0..<4)
        node.runUntilCall("detachENI")
        node.settle()
        #expect(node.engine.callsInFlight == [])
        #expect(node.engine.nextDeadline == nil)
    }

    @Test func anEngineThatIsOutOfStepAsksWhatThereIs() {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1)), pods: 1)
        let described = node.ec2.calls["describeENIs", default: 0]
        node.failures["assignAddresses"] = [CallFailure(code: "PrivateIpAddressLimitExceeded", message: "more than you think")]
        node.add(.pod(1))
        node.settle()
        // Its answer may be old, so it is asked for a second one.
        #expect(node.ec2.calls["describeENIs"] == described + 2)
        #expect(node.engine.count.attached == 3)
        #expect(node.violations == [])
    }

    /// EC2 has carried the call out, and the answer was lost.
    @Test(arguments: ["assignAddresses", "unassign", "attachENI", "detachENI", "deleteENI"])
    func aCallWhoseAnswerIsLostIsFoundOut(name: String) {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 2), pods: 2)
        node.callsWithoutAnswer = [name]
        node.add(pods: 2..<5)
        node.settle()
        #expect(node.running.count == 5)
        node.delete(pods: 0..<5)
        node.settle()
        #expect(node.callsWithoutAnswer == [], "\(name) was not called")
        #expect(node.engine.count.attached == 1)
        #expect(node.engine.enis.map(\.eni) == node.ec2.descriptions)
        #expect(node.ec2.interfaces.count == 1)
        #expect(node.violations == [])
    }

    @Test(arguments: ["unassign", "detachENI"]) func whatEC2DoesNotTakeStaysInUse(name: String) {
        var node = SimulatedNode.atRest(.small(.secondary, .addresses(1), enis: 2), pods: 5)
        node.failures[name] = [.throttled]
        node.delete(pods: 0..<5)
        while node.failures[name]?.isEmpty == false { node.run(for: .milliseconds(100)) }
        node.run(for: .seconds(2))
        node.add(pods: 5..<10)
        node.settle()
        #expect(node.running.count == 5)
        #expect(node.violations == [])
    }

    @Test func aLinkThatDoesNotComeUpIsTriedAgain() {
        var node = SimulatedNode.atRest(.small(.secondary, WarmTargets(enis: 1)))
        node.failures["setUpENI"] = Array(repeating: CallFailure(code: "LinkMissing", message: "not yet"), count: 3)
        node.add(pods: 0..<4)
        node.settle()
        #expect(node.running.count == 4)
    }
}

extension SimulatedNode {
    /// Why the engine could not give an address after the next call that failed; lets time pass until there is one.
    fileprivate var nextRefusal: Refusal? {
        mutating get {
            let left = failures.values.reduce(0) { $0 + $1.count }
            guard left > 0 else { return nil }
            while failures.values.reduce(0, { $0 + $1.count }) == left { run(for: .milliseconds(1)) }
            while engine.callsInFlight.contains(where: { $0.retry == nil }) { run(for: .milliseconds(1)) }
            return engine.refusal(at: now)
        }
    }
}
