import Addressing
import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import PodNetwork
import Testing

@Suite struct CommandTests {
    @Test func anADDIsAnsweredWithItsAddressAndADELTakesEverythingBack() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let before = try (node.hostObjects(), node.objects(of: pod.namespace))
        let added = try #require(node.call("ADD", pod).answered)
        #expect(added.exitStatus == 0 && added.address == SmallEC2.address(0), "\(added.text)")
        #expect(try node.objects(of: pod.namespace).contains("address 10.0.32.11/32 dev eth0"))
        #expect(node.status.pods == 1 && node.held == [pod.containerID: SmallEC2.address(0)])

        let check = try node.call("CHECK", pod, input: TestPod.configuration(previous: added.text)).answered
        #expect(check == .silent, "\(check?.text ?? "")")
        #expect(try node.call("DEL", pod).answered == .silent)
        #expect(try node.call("DEL", pod).answered == .silent)
        node.stop()
        #expect(try node.hostObjects() == before.0)
        #expect(try node.objects(of: pod.namespace) == before.1)
        #expect(node.status.addresses.held == 0 && node.status.addresses.cooling == 1)
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test func aRepeatedADDIsRefusedAndChangesNothing() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        try #require(node.call("ADD", pod).answered?.exitStatus == 0)
        let before = try (node.hostObjects(), node.objects(of: pod.namespace), node.held)
        let again = try #require(node.call("ADD", pod).answered)
        #expect(again.exitStatus == 1 && again.message.contains("already has an interface"))
        #expect(try (node.hostObjects(), node.objects(of: pod.namespace), node.held) == before)
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test func anADDRightAfterTheDELOfTheSameSandboxIsServed() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        for number in 0..<3 {
            #expect(try node.call("ADD", pod).answered?.address == SmallEC2.address(number))
            #expect(try node.call("DEL", pod).answered == .silent)
        }
    }

    @Test func aDELOfAnEarlierSandboxLeavesTheLinkOfThePodsLaterOne() throws {
        let node = TestNode()
        let (first, second) = (TestPod("db-0", on: node, containerID: "first"), TestPod("db-0", on: node, containerID: "second"))
        try #require(node.call("ADD", first).answered?.exitStatus == 0)
        let added = try #require(node.call("ADD", second).answered)
        #expect(try node.call("DEL", first).answered == .silent)
        node.stop()
        #expect(try node.call("CHECK", second, input: TestPod.configuration(previous: added.text)).answered == .silent)
    }

    @Test func checkSaysWhatDiffersFromTheADD() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let added = try #require(node.call("ADD", pod).answered)
        let other = added.text.replacing("10.0.32.11/32", with: "10.0.32.99/32")
        let check = try #require(node.call("CHECK", pod, input: TestPod.configuration(previous: other)).answered)
        #expect(check.code == 113 && check.message.contains("10.0.32.11"), "\(check.text)")
        let unknown = try #require(
            node.call("CHECK", TestPod("ghost", on: node), input: TestPod.configuration(previous: added.text)).answered)
        #expect(unknown.code == 113 && unknown.message.contains("no address is held"), "\(unknown.text)")
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test func garbageCollectionFreesWhatIsNotListedAndOldEnough() throws {
        let node = TestNode(garbageAgeMin: .seconds(10))
        let pods = ["web", "api"].map { TestPod($0, on: node) }
        for pod in pods { try #require(node.call("ADD", pod).answered?.exitStatus == 0) }
        let list = #"{"cniVersion":"1.1.0","name":"berth","cni.dev/valid-attachments":[{"containerID":"sandbox-web","ifname":"eth0"}]}"#
        #expect(try node.call("GC", input: list).answered == .silent)
        #expect(node.held.count == 2)
        node.clock.advance(by: .seconds(11))
        #expect(try node.call("GC", input: list).answered == .silent)
        #expect(Set(node.held.keys) == ["sandbox-web"])
        let otherNetwork = list.replacing("\"berth\"", with: "\"other\"").replacing("sandbox-web", with: "none")
        #expect(try node.call("GC", input: otherNetwork).answered == .silent)
        #expect(Set(node.held.keys) == ["sandbox-web"])
    }

    @Test func theNodesOwnNamespaceIsNoSandbox() throws {
        let node = TestNode()
        let before = try node.hostObjects()
        let descriptors = try node.kernel.openDescriptors(of: node.kernel.host)
        let call = Call()
        var variables = TestPod("web", on: node).variables
        variables["CNI_COMMAND"] = "ADD"
        node.node.handle(
            PluginCall(
                environment: variables, input: Array(TestPod.configuration.utf8), sandbox: .open(isOwn: false) { descriptors },
                answer: call.answer), on: Node.Worker(host: try node.kernel.kernel(for: node.kernel.host).openHost()))
        #expect(call.answered?.code == 8, "\(call.answered?.text ?? "")")
        #expect(try node.hostObjects() == before)
        #expect(node.kernel.openDescriptorCount == 0 && node.held == [:])
    }
}
