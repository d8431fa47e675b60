import IPAMEngine
import NodePorts
import NodeReports
import NodeRuntime
import Testing

/// Keeping away from EC2, as operators, runtimes and metrics see it.
@Suite(.timeLimit(.minutes(1))) struct DegradationTests {
    @Test func theStatusSaysWhatIsOrderedAndSinceWhen() throws {
        let node = TestNode()
        #expect(node.status.degradation == DegradationReport(state: "normal", order: "normal", orderSeconds: nil, trip: nil))
        try node.node.degrade(to: .stopReleases)
        node.clock.advance(by: .seconds(90))
        #expect(
            node.status.degradation == DegradationReport(state: "stop-releases", order: "stop-releases", orderSeconds: 90, trip: nil))
        #expect(node.status.degradation == node.node.degradationReport())
    }

    @Test func anOrderOutlivesTheDaemon() throws {
        let node = TestNode()
        try node.node.degrade(to: .stopCalls)
        let next = TestNode(after: node)
        #expect(next.status.degradation.state == "stop-calls")
        try next.node.degrade(to: .normal)
        #expect(TestNode(after: next).status.degradation.state == "normal")
    }

    @Test func anOrderThatCannotBeWrittenDownIsAFailureAndIsObeyed() {
        let node = TestNode()
        node.journal.isFull = true
        #expect(throws: JournalFailure.self) { try node.node.degrade(to: .stopCalls) }
        #expect(node.status.degradation.state == "stop-calls")
    }

    @Test func anADDBeyondThePoolHearsThatAnOperatorHasStoppedCalls() throws {
        let node = TestNode(addresses: 1, addressesMax: 3)
        try node.node.degrade(to: .stopCalls)
        try #require(node.call("ADD", TestPod("web", on: node)).answered?.exitStatus == 0)
        let late = try node.call("ADD", TestPod("late", on: node))
        #expect(late.answered == nil && node.status.waiting == 1)
        node.clock.advance(by: .seconds(61))
        node.node.send(.deadlineReached)
        #expect(late.answered?.code == 128 && late.answered?.details.contains("calls-stopped") == true, "\(late.answered?.text ?? "")")
        #expect(late.answered?.message.contains("berth degrade normal") == true)
    }

    @Test func aNodeWithoutPodsOrAddressesIsNotReadyAndOneWithPodsIs() throws {
        let empty = TestNode(addresses: 0, addressesMax: 3)
        try empty.node.degrade(to: .stopCalls)
        let status = try #require(empty.call("STATUS", input: TestPod.configuration).answered)
        #expect(status.code == 50 && status.details.contains("calls-stopped"), "\(status.text)")

        let full = TestNode(addresses: 1, addressesMax: 3)
        try #require(full.call("ADD", TestPod("web", on: full)).answered?.exitStatus == 0)
        try full.node.degrade(to: .stopCalls)
        #expect(try full.call("STATUS", input: TestPod.configuration).answered == .silent)
        #expect(full.status.reason?.code == "calls-stopped")
    }

    @Test func theMetricsCountAddressesPodsAndTheState() throws {
        let node = TestNode(addresses: 3, addressesMax: 5)
        for name in ["web", "api"] { try #require(node.call("ADD", TestPod(name, on: node)).answered?.exitStatus == 0) }
        try #require(node.call("DEL", TestPod("api", on: node, containerID: "sandbox-api")).answered == .silent)
        try node.node.degrade(to: .stopCalls)
        let lines = node.node.metrics().text.split(separator: "\n").map(String.init)
        let expected = [
            "awscni_eni_allocated 1", "awscni_eni_max 1", "awscni_total_ip_addresses 3", "awscni_assigned_ip_addresses 1",
            "berth_cooling_ip_addresses 1", "berth_free_ip_addresses 1", "berth_waiting_pods 0", #"berth_degradation{state="normal"} 0"#,
            #"berth_degradation{state="stop-calls"} 1"#, "berth_degradation_tripped 0", "# TYPE berth_degradation gauge",
        ]
        for line in expected { #expect(lines.contains(line), "\(line) is not in \(lines)") }
    }
}
