import IPAMEngine
import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import PodNetwork
import Testing

/// A node starts where another one ended.
@Suite(.timeLimit(.minutes(1))) struct RecoveryTests {
    @Test func aRestartKeepsWhatIsThere() throws {
        let node = TestNode()
        let pods = ["web", "api"].map { TestPod($0, on: node) }
        for pod in pods { try #require(node.call("ADD", pod).answered?.exitStatus == 0) }
        let (report, objects) = (node.node.podsReport(), try node.hostObjects())
        let next = TestNode(after: node)
        next.node.recover()
        #expect(next.node.podsReport() == report)
        #expect(try next.hostObjects() == objects)
    }

    @Test func podsThatTheJournalHasLostAreTakenInFromTheKernel() throws {
        let node = TestNode()
        let pods = ["web", "api"].map { TestPod($0, on: node) }
        for pod in pods { try #require(node.call("ADD", pod).answered?.exitStatus == 0) }
        let (held, objects) = (node.held, try node.hostObjects())
        let next = TestNode(after: node, journal: KeptJournal([.eniAttached(node.ec2.attached)]))
        next.node.recover()
        #expect(next.held == held)
        #expect(next.node.podsReport() == node.node.podsReport())
        #expect(try next.hostObjects() == objects)
        #expect(try next.call("ADD", TestPod("late", on: next)).answered?.address == SmallEC2.address(2))
        // And they are in the journal from here on.
        let third = TestNode(after: next)
        third.node.recover()
        #expect(Set(third.held.keys).isSuperset(of: held.keys))
    }

    /// Names of which the link's alias cannot hold all 255 bytes, down to an attachment that it cannot hold.
    @Test(arguments: [100, 180, 253], [12, 64, 230])
    func aRestartKeepsPodsWhoseNamesAreLong(nameLength: Int, containerIDLength: Int) throws {
        let node = TestNode()
        let pod = TestPod(
            String(repeating: "n", count: nameLength), on: node, containerID: String(repeating: "c", count: containerIDLength))
        let added = try #require(node.call("ADD", pod).answered)
        try #require(added.exitStatus == 0, "\(added.text)")
        let objects = try node.hostObjects()
        let next = TestNode(after: node)
        next.node.recover()
        #expect(next.held == [pod.containerID: added.address])
        #expect(try next.hostObjects() == objects)
    }

    @Test func aPodThatWentWithoutADELIsLetGo() async throws {
        let node = TestNode()
        let (gone, stays) = (TestPod("gone", on: node), TestPod("stays", on: node))
        for pod in [gone, stays] { try #require(node.call("ADD", pod).answered?.exitStatus == 0) }
        node.kernel.destroyNamespace(gone.namespace)
        let next = TestNode(after: node)
        next.node.recover()
        next.stop()
        #expect(Set(next.held.keys) == [stays.containerID])
        #expect(try !next.hostObjects().contains { $0.contains("10.0.32.11") })
        #expect(next.status.addresses.cooling == 1)
    }

    @Test func linksThatBelongToNoAllocationAreRemovedAndThoseOfOthersStay() throws {
        let node = TestNode()
        let stays = TestPod("stays", on: node)
        try #require(node.call("ADD", stays).answered?.exitStatus == 0)
        let before = try node.hostObjects()
        try makeVeth("eniaaaaaaaaaaa", alias: "berth:dead/eth0/berth/default/dead", on: node)
        try makeVeth("calibbbbbbbbbb", alias: "", on: node)
        let next = TestNode(after: node)
        next.node.recover()
        #expect(try next.hostObjects().subtracting(before) == ["link calibbbbbbbbbb"])
        #expect(Set(next.held.keys) == [stays.containerID])
    }

    private func makeVeth(_ name: String, alias: String, on node: TestNode) throws {
        let host = try node.kernel.kernel(for: node.kernel.host).openHost()
        let other = node.kernel.createNamespace(named: name)
        let descriptors = try node.kernel.openDescriptors(of: other)
        defer { node.kernel.close(descriptors) }
        let veth = VethPair(
            name: try #require(LinkName(name)), mac: .derived(from: name), peerName: LinkName(literal: "eth0"),
            peerMAC: .derived(from: alias),
            mtuBytes: 9001, alias: alias)
        #expect(try host.perform([.create(.veth(veth))], sandboxNetns: descriptors.netns) == [nil])
    }

    /// The first node ends after the allocation was kept and before the pod was wired.
    @Test func anADDThatWasCutOffIsTakenBack() async throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        try #require(node.call("ADD", pod).answered?.exitStatus == 0)
        let cutOff = node.journal.entries.filter { if case .wired = $0 { false } else { true } }
        let next = TestNode(after: node, journal: KeptJournal(cutOff))
        next.node.recover()
        let control = Task { await next.node.run() }
        await next.until(\.held.isEmpty)
        next.stop()
        await control.value
        #expect(try !next.hostObjects().contains { $0.contains("10.0.32.11") || $0.hasPrefix("link eni") })
        #expect(try next.call("DEL", pod).answered == .silent)
    }

    @Test func aKernelThatCannotBeReadProvesNothing() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        try #require(node.call("ADD", pod).answered?.exitStatus == 0)
        let next = TestNode(after: node)
        next.faults.fail(1, .brokenSocket)
        next.node.recover()
        #expect(Set(next.held.keys) == [pod.containerID])
    }
}
