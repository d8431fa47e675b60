import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import Testing

/// The kernel or the journal refuses in the middle.
@Suite(.timeLimit(.minutes(1))) struct FailureTests {
    @Test(arguments: KernelFaults.Answer.allCases)
    func anADDThatTheKernelRefusesAnywhereLeavesNothingAndItsAddressCools(answer: KernelFaults.Answer) throws {
        let whole = TestNode()
        try #require(whole.call("ADD", TestPod("web", on: whole)).answered?.exitStatus == 0)
        #expect(whole.faults.changes >= 7)

        for number in 1...whole.faults.changes {
            let node = TestNode()
            let pod = TestPod("web", on: node)
            let before = try (node.hostObjects(), node.objects(of: pod.namespace))
            node.faults.fail(number, answer)
            let refused = try #require(node.call("ADD", pod).answered)
            #expect(refused.code == 112 && refused.message.contains("ENOBUFS"), "change \(number): \(refused.text)")
            #expect(try (node.hostObjects(), node.objects(of: pod.namespace)) == before, "change \(number)")
            #expect(node.held == [:] && node.status.addresses.cooling == 1, "change \(number)")
            #expect(node.kernel.openDescriptorCount == 0)
            // The runtime tries again, after a DEL or without.
            #expect(try node.call("ADD", pod).answered?.address == SmallEC2.address(1))
        }
    }

    @Test(arguments: KernelFaults.Answer.allCases)
    func aDELThatTheKernelRefusesAnywhereFailsAndTheNextOneSucceeds(answer: KernelFaults.Answer) throws {
        for number in 1...3 {
            let node = TestNode()
            let pod = TestPod("web", on: node)
            let before = try node.hostObjects()
            try #require(node.call("ADD", pod).answered?.exitStatus == 0)
            node.faults.fail(number, answer)
            let refused = try #require(node.call("DEL", pod).answered)
            #expect(refused.code == 112, "change \(number): \(refused.text)")
            #expect(node.held[pod.containerID] == SmallEC2.address(0), "an address whose DEL failed is still held")
            #expect(try node.call("DEL", pod).answered == .silent)
            node.stop()
            #expect(try node.hostObjects() == before)
            #expect(node.held == [:])
        }
    }

    @Test func anADDThatTheJournalDoesNotTakeIsRefusedAndLosesNothing() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let before = try (node.hostObjects(), node.objects(of: pod.namespace))
        node.journal.isFull = true
        let refused = try #require(node.call("ADD", pod).answered)
        #expect(refused.code == 111 && refused.message.contains("ENOSPC"), "\(refused.text)")
        #expect(try (node.hostObjects(), node.objects(of: pod.namespace)) == before)
        #expect(node.held == [:] && node.kernel.openDescriptorCount == 0)

        node.journal.isFull = false
        let added = try #require(node.call("ADD", pod).answered)
        #expect(added.exitStatus == 0, "\(added.text)")
        let next = TestNode(after: node)
        #expect(next.held == [pod.containerID: added.address])
    }

    /// What the journal refuses must not swallow what else an event brought about.
    @Test func aJournalThatIsFullForAMomentLeavesNoADDWithoutAnAnswerAndNoCallUnmade() async throws {
        let node = TestNode(addresses: 1, addressesMax: 3)
        try #require(node.call("ADD", TestPod("web", on: node)).answered?.exitStatus == 0)
        let late = TestPod("late", on: node)
        let call = try node.call("ADD", late)
        try #require(call.answered == nil)
        // EC2's answer comes while nothing can be written down: the address cannot be given to the ADD that waits.
        node.journal.isFull = true
        let control = Task { await node.node.run() }
        let refused = await call.awaitAnswer()
        #expect(refused?.code == 111, "\(refused?.text ?? "")")
        node.journal.isFull = false

        let again = await (try node.call("ADD", late)).awaitAnswer()
        #expect(again?.exitStatus == 0, "\(again?.text ?? "")")
        node.stop()
        await control.value
    }

    @Test func aDELThatTheJournalDoesNotTakeIsMadeUpForByTheNextStart() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        try #require(node.call("ADD", pod).answered?.exitStatus == 0)
        node.journal.isFull = true
        _ = try node.call("DEL", pod)
        node.stop()
        node.journal.isFull = false
        let next = TestNode(after: node)
        next.node.recover()
        #expect(try next.call("DEL", pod).answered == .silent)
        #expect(next.held == [:])
    }
}
