import Addressing
import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import PodNetwork
import Testing

/// STATUS: whether the runtime may call the node's network ready.
@Suite(.timeLimit(.minutes(1))) struct StatusTests {
    private func status(_ node: TestNode) throws -> PluginAnswer {
        try #require(node.call("STATUS", input: TestPod.configuration).answered)
    }

    @Test func aNodeThatCanGiveNoAddressSaysWhy() throws {
        let node = TestNode(addresses: 0)
        let answer = try status(node)
        #expect(answer.code == 50 && answer.details.contains("eni-slots-used-up"), "\(answer.text)")
    }

    /// It knows nothing of its ENIs: there is no journal, and EC2 has not answered yet.
    @Test func aNodeThatStartsAnswersEachCommandByWhatItCanDo() throws {
        let node = TestNode(journal: KeptJournal([]))
        let (pod, other) = (TestPod("web", on: node), TestPod("other", on: node))
        let add = try node.call("ADD", pod)
        let starting = try status(node)
        #expect(starting.code == 50 && starting.details.contains("starting"), "\(starting.text)")
        #expect(add.answered == nil && node.status.waiting == 1)
        let check = try #require(node.call("CHECK", other, input: TestPod.configuration(previous: #"{"cniVersion":"1.1.0"}"#)).answered)
        #expect(check.code == 113, "\(check.text)")
        #expect(try node.call("DEL", other).answered == .silent)
        let list = #"{"cniVersion":"1.1.0","name":"berth","cni.dev/valid-attachments":[]}"#
        #expect(try node.call("GC", input: list).answered == .silent)
        node.clock.advance(by: .seconds(61))
        #expect(try node.call("DEL", other).answered == .silent)
        #expect(add.answered?.code == 11 && add.answered?.details.contains("starting") == true, "\(add.answered?.text ?? "")")
    }

    @Test func aNodeIsReadyWhenItsPodsHoldAllThatItHas() throws {
        let node = TestNode(addresses: 1)
        #expect(try status(node) == .silent)
        let pod = TestPod("web", on: node)
        try #require(node.call("ADD", pod).answered?.exitStatus == 0)
        for _ in 0..<4 {
            #expect(try status(node) == .silent)
            node.clock.advance(by: .seconds(10))
        }
        #expect(node.status.reason?.code == "eni-slots-used-up")
        // Nor is it a fault that the address cools.
        try #require(node.call("DEL", pod).answered == .silent)
        #expect(try status(node) == .silent)
    }

    @Test func podsThatAreCutOffAreToldWhenTheDamageLastsAndNoLongerWhenItIsGone() async throws {
        let node = TestNode()
        try #require(node.call("ADD", TestPod("web", on: node)).answered?.exitStatus == 0)
        #expect(try status(node) == .silent)
        let host = try node.kernel.kernel(for: node.kernel.host).openHost()
        let route = Route(to: .v4(IPv4CIDR(host: SmallEC2.address(0))), device: .loopback, scope: .link, origin: .administrator)
        let changes: [KernelChange] = [.setLink(.loopback, LinkSettings(isUp: true)), .replace(.route(route))]
        #expect(try host.perform(changes, sandboxNetns: nil) == [nil, nil])
        _ = try await node.node.driftReport(mending: true)
        #expect(try status(node) == .silent)
        node.clock.advance(by: .seconds(14))
        #expect(try status(node) == .silent)
        node.clock.advance(by: .seconds(1))
        // The damage has lasted; that the node is not ready has to last as well.
        #expect(try status(node) == .silent)
        node.clock.advance(by: .seconds(15))
        let answer = try status(node)
        #expect(answer.code == 51 && answer.details.contains("drift-found"), "\(answer.text)")
        #expect(answer.message.contains("10.0.32.11"), "\(answer.text)")
        #expect(try host.perform([.delete(.route(route))], sandboxNetns: nil) == [nil])
        _ = try await node.node.driftReport(mending: true)
        #expect(try status(node) == .silent)
    }

    // MARK: - The conflist

    @Test func theConflistIsForNodesWithPodsOrAddresses() throws {
        let empty = TestNode(addresses: 0)
        guard case .withdraw(let reason) = empty.node.listOffer() else { return #expect(empty.node.listOffer() == .withdraw("")) }
        #expect(reason.contains("ENIs"), "\(reason)")

        let node = TestNode(addresses: 1)
        #expect(node.node.listOffer() == .place)
        try #require(node.call("ADD", TestPod("web", on: node)).answered?.exitStatus == 0)
        node.clock.advance(by: .seconds(60))
        #expect(node.node.listOffer() == .place)
    }

    @Test func theConflistOfANodeThatStartsIsLeftForItsPods() throws {
        let node = TestNode()
        try #require(node.call("ADD", TestPod("web", on: node)).answered?.exitStatus == 0)
        let empty = TestNode(journal: KeptJournal([]))
        guard case .withdraw(let reason) = empty.node.listOffer() else { return #expect(empty.node.listOffer() == .withdraw("")) }
        #expect(reason.contains("does not know the node's ENIs yet"), "\(reason)")
        // Its journal is lost, and its pods are known by their links.
        let next = TestNode(after: node, journal: KeptJournal([]))
        next.node.recover()
        let answer = try status(next)
        #expect(answer.exitStatus == 1 && next.node.listOffer() == .leave, "\(answer.text)")
    }

    @Test func podsWhoseAddressesEC2HasTakenAreTold() async throws {
        let node = TestNode()
        for name in ["web", "api"] { try #require(node.call("ADD", TestPod(name, on: node)).answered?.exitStatus == 0) }
        node.ec2.takeBack(2)
        let next = TestNode(after: node)
        next.node.recover()
        try await next.whileRunning {
            await next.until { $0.node.podsReport().pods.contains { $0.state == "quarantined" } }
        }
        let answer = try status(next)
        #expect(answer.code == 51 && answer.message.contains("1 of 2 pods"), "\(answer.text)")
        // They can be deleted by the conflist alone.
        #expect(next.node.listOffer() == .leave)
    }
}
