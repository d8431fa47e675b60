import Addressing
import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import PodNetwork
import Testing

/// ADDs in which another plugin names us in its `ipam` section: addresses alone, and the pod's interface is that plugin's.
@Suite struct BareAddressTests {
    private static func configuration(_ version: String = "1.1.0", type: String = "ptp", more: String = "") -> String {
        #"{"cniVersion":"\#(version)","name":"berth","type":"\#(type)","ipam":{"type":"berth-cni"}\#(more)}"#
    }

    private static func configuration(previous: String) -> String { configuration(more: #","prevResult":\#(previous)"#) }

    @Test(arguments: [
        (
            "1.1.0",
            #"{"cniVersion":"1.1.0","ips":[{"address":"10.0.32.11/24","gateway":"10.0.32.1"}],"routes":[{"dst":"0.0.0.0/0","gw":"10.0.32.1"}]}"#
        ),
        (
            "0.4.0",
            #"{"cniVersion":"0.4.0","ips":[{"version":"4","address":"10.0.32.11/24","gateway":"10.0.32.1"}],"#
                + #""routes":[{"dst":"0.0.0.0/0","gw":"10.0.32.1"}]}"#
        ),
        (
            "0.2.0",
            #"{"cniVersion":"0.2.0","ip4":{"ip":"10.0.32.11/24","gateway":"10.0.32.1","routes":[{"dst":"0.0.0.0/0","gw":"10.0.32.1"}]}}"#
        ),
    ])
    func anAddressIsGivenWithoutAnInterfaceAndTakenBack(version: String, result: String) throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let before = try (node.hostObjects(), node.objects(of: pod.namespace))
        let added = try #require(node.call("ADD", pod, input: Self.configuration(version)).answered)
        #expect(added.text == result)
        #expect(try node.hostObjects().subtracting(before.0) == ["rule priority 512 to 10.0.32.11/32 lookup main"])
        #expect(try node.objects(of: pod.namespace) == before.1)
        #expect(node.held == [pod.containerID: SmallEC2.address(0)])

        #expect(try node.call("DEL", pod, input: Self.configuration(version)).answered == .silent)
        #expect(try node.call("DEL", pod, input: Self.configuration(version)).answered == .silent)
        #expect(node.held == [:] && node.status.addresses.cooling == 1)
        #expect(try node.hostObjects() == before.0)
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test func anADDThatIsRepeatedIsGivenTheSameAddress() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let first = try node.call("ADD", pod, input: Self.configuration()).answered
        #expect(node.held == [pod.containerID: SmallEC2.address(0)])
        #expect(try node.call("ADD", pod, input: Self.configuration()).answered == first)
        #expect(node.status.pods == 1)
    }

    @Test func anADDThatNobodyWaitsForTakesBackNothingThatAnEarlierOneWasGiven() throws {
        let node = TestNode()
        let (pod, other) = (TestPod("web", on: node), TestPod("api", on: node))
        try #require(node.call("ADD", pod, input: Self.configuration()).answered?.exitStatus == 0)
        for pod in [pod, other] { #expect(try node.call("ADD", pod, input: Self.configuration(), isAbandoned: true).answered == nil) }
        #expect(node.held == [pod.containerID: SmallEC2.address(0)])
    }

    @Test func checkComparesTheReservationWithTheResultOfTheOtherPlugin() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        try #require(node.call("ADD", pod, input: Self.configuration()).answered?.exitStatus == 0)
        func check(_ address: String) throws -> Call {
            let result =
                #"{"cniVersion":"1.1.0","interfaces":[{"name":"veth1"},{"name":"eth0","sandbox":"/n"}],"#
                + #""ips":[{"interface":1,"address":"\#(address)/24"}]}"#
            return try node.call("CHECK", pod, input: Self.configuration(previous: result))
        }
        #expect(try check("10.0.32.11").answered == .silent)
        #expect(try check("10.0.32.12").answered?.message.contains("address 10.0.32.11 is held") == true)

        let host = try node.openHost()
        let rule = try #require(try host.rules().first { $0.priority == PodNetworkPlan.toPodPriority })
        #expect(try host.perform([.delete(.rule(rule))], sandboxNetns: nil) == [nil])
        #expect(try check("10.0.32.11").answered?.message.contains("\(rule) is missing on the node") == true)
        try #require(node.call("DEL", pod).answered == .silent)
        #expect(try check("10.0.32.11").answered?.message.contains("no address is held") == true)
    }

    @Test func aRestartKeepsAnAddressThatHasNoLinkOnTheNode() async throws {
        let before = TestNode()
        let (bare, own) = (TestPod("web", on: before), TestPod("api", on: before))
        try #require(before.call("ADD", bare, input: Self.configuration()).answered?.exitStatus == 0)
        try #require(before.call("ADD", own).answered?.exitStatus == 0)
        let (held, objects) = (before.held, try before.hostObjects())
        before.stop()

        let node = TestNode(after: before)
        node.node.recover()
        try await node.whileRunning {
            #expect(node.held == held)
            let report = try await node.node.driftReport(mending: true)
            #expect(report.drift.isEmpty, "\(report.drift)")
            #expect(node.held == held)
            #expect(try node.hostObjects() == objects)
            #expect(try node.call("DEL", bare).answered == .silent)
            #expect(node.held == [own.containerID: SmallEC2.address(1)])
        }
    }

    @Test func aLostRuleIsMadeAgain() async throws {
        let node = TestNode()
        try await node.whileRunning {
            try #require(try node.call("ADD", TestPod("web", on: node), input: Self.configuration()).answered?.exitStatus == 0)
            let host = try node.openHost()
            let rule = try #require(try host.rules().first { $0.priority == PodNetworkPlan.toPodPriority })
            #expect(try host.perform([.delete(.rule(rule))], sandboxNetns: nil) == [nil])
            _ = try await node.node.driftReport(mending: true)
            #expect(try host.rules().contains(rule))
        }
    }

    @Test func garbageCollectionFreesWhatTheRuntimeDoesNotName() throws {
        let node = TestNode()
        let (gone, stays) = (TestPod("web", on: node), TestPod("api", on: node))
        for pod in [gone, stays] { try #require(node.call("ADD", pod, input: Self.configuration()).answered?.exitStatus == 0) }
        node.clock.advance(by: .seconds(1))
        let list = #","cni.dev/valid-attachments":[{"containerID":"\#(stays.containerID)","ifname":"eth0"}]"#
        #expect(try node.call("GC", input: Self.configuration(more: list)).answered == .silent)
        #expect(node.held == [stays.containerID: SmallEC2.address(1)])
    }

    @Test func anAttachmentIsNotGivenAnAddressInBothWays() throws {
        let node = TestNode()
        let (bare, own) = (TestPod("web", on: node), TestPod("api", on: node))
        try #require(node.call("ADD", bare, input: Self.configuration()).answered?.exitStatus == 0)
        try #require(node.call("ADD", own).answered?.exitStatus == 0)
        let before = try (node.held, node.hostObjects())
        let refused = try (node.call("ADD", bare).answered, node.call("ADD", own, input: Self.configuration()).answered)
        #expect(refused.0?.code == 7 && refused.0?.message.contains("for another plugin's interface. Send DEL first") == true)
        #expect(refused.1?.code == 7 && refused.1?.message.contains("for an interface of berth-cni. Send DEL first") == true)
        #expect(try (node.held, node.hostObjects()) == before)
    }
}
