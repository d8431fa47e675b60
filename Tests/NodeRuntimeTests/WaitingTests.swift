import IPAMEngine
import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import Testing

/// ADDs that find no address.
@Suite(.timeLimit(.minutes(1))) struct WaitingTests {
    /// A node whose one address is held, and an ADD that waits for another.
    private func waiting(addressesMax: Int, cooldown: Duration = .zero) throws -> (
        node: TestNode, holder: TestPod, late: TestPod, call: Call
    ) {
        let node = TestNode(addresses: 1, addressesMax: addressesMax, cooldown: cooldown)
        let (holder, late) = (TestPod("holder", on: node), TestPod("late", on: node))
        try #require(node.call("ADD", holder).answered?.exitStatus == 0)
        let call = try node.call("ADD", late)
        try #require(call.answered == nil && node.status.waiting == 1)
        return (node, holder, late, call)
    }

    @Test func anADDThatWaitsIsAnsweredWhenEC2GivesAnAddress() async throws {
        let (node, _, late, call) = try waiting(addressesMax: 2)
        let control = Task { await node.node.run() }
        let answer = await call.awaitAnswer()
        #expect(answer?.address == SmallEC2.address(1), "\(answer?.text ?? "")")
        #expect(node.held[late.containerID] == SmallEC2.address(1))
        node.stop()
        await control.value
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test func anADDThatWaitsIsAnsweredWhenADELGivesAnAddressBack() async throws {
        let (node, holder, _, call) = try waiting(addressesMax: 1)
        #expect(try node.call("DEL", holder).answered == .silent)
        let answer = await call.awaitAnswer()
        #expect(answer?.address == SmallEC2.address(0), "\(answer?.text ?? "")")
    }

    @Test func aDELDuringTheWaitEndsItAndNothingIsHeld() async throws {
        let (node, holder, late, call) = try waiting(addressesMax: 1)
        #expect(try node.call("DEL", late).answered == .silent)
        #expect(call.answered?.code == 11 && call.answered?.details.contains("deleted") == true)
        #expect(node.status.waiting == 0 && Set(node.held.keys) == [holder.containerID])
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test func anADDThatWaitsHearsTheReasonAtTheEndOfItsBudget() async throws {
        let (node, _, _, call) = try waiting(addressesMax: 1)
        node.clock.advance(by: .seconds(61))
        node.node.send(.deadlineReached)
        #expect(call.answered?.code == 102, "\(call.answered?.text ?? "")")
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test func aLaterADDOfTheSameSandboxTakesThePlaceOfTheOneThatWaits() async throws {
        let (node, holder, late, first) = try waiting(addressesMax: 1)
        let second = try node.call("ADD", late)
        #expect(first.answered?.details.contains("superseded") == true, "\(first.answered?.text ?? "")")
        #expect(second.answered == nil)
        try #require(node.call("DEL", holder).answered == .silent)
        let answer = await second.awaitAnswer()
        #expect(answer?.exitStatus == 0, "\(answer?.text ?? "")")
        #expect(Set(node.held.keys) == [late.containerID])
    }

    @Test func anEndingNodeLeavesNobodyWithoutAnAnswer() async throws {
        let (node, _, _, call) = try waiting(addressesMax: 1)
        node.stop()
        #expect(call.answered?.code == 11 && call.answered?.details.contains("stopping") == true, "\(call.answered?.text ?? "")")
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test func whatEC2RefusesIsToldToTheADDThatWaited() async throws {
        let (node, _, _, call) = try waiting(addressesMax: 2)
        node.ec2.fail(with: EC2Failure(code: "UnauthorizedOperation", message: "not for you"))
        let control = Task { await node.node.run() }
        await node.until { $0.status.reason?.code == "permission-denied" }
        node.clock.advance(by: .seconds(61))
        node.node.send(.deadlineReached)
        #expect(call.answered?.code == 105 && call.answered?.message.contains("not for you") == true, "\(call.answered?.text ?? "")")
        node.stop()
        await control.value
    }
}
