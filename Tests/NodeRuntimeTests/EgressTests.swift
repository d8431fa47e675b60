import Addressing
import NodePorts
import NodePortsTesting
import NodeRuntime
import PodNetwork
import Testing

/// Pods that reach hosts of the family they have no address of.
@Suite struct EgressTests {
    private func node(after before: TestNode? = nil) -> TestNode {
        TestNode(adjust: { $0.egress = .v6 }, after: before)
    }

    @Test func aPodGetsAnEgressAddressThatItsResultDoesNotNameAndADELTakesBack() throws {
        let node = node()
        let pod = TestPod("web", on: node)
        let before = try (node.hostObjects(), node.objects(of: pod.namespace))
        let added = try #require(node.call("ADD", pod).answered)
        #expect(added.exitStatus == 0 && !added.text.contains("fd00::"), "\(added.text)")
        #expect(
            try node.objects(of: pod.namespace).isSuperset(of: ["address fd00::ac:2/128 dev eth0", "route default via fe80::1 dev eth0"]))
        #expect(try node.hostObjects().contains { $0.hasPrefix("route fd00::ac:2/128 dev eni") })
        #expect(try !node.hostObjects().contains { $0.hasPrefix("rule") && $0.contains("fd00::ac") })
        #expect(try node.call("CHECK", pod, input: TestPod.configuration(previous: added.text)).answered == .silent)
        #expect(try node.call("DEL", pod).answered == .silent)
        node.stop()
        #expect(try node.hostObjects() == before.0)
        #expect(try node.objects(of: pod.namespace) == before.1)
    }

    @Test func aRestartKnowsWhoseEachEgressAddressIs() throws {
        let first = node()
        let pods = ["web", "api"].map { TestPod($0, on: first) }
        let added = try pods.map { try #require(first.call("ADD", $0).answered) }
        let next = node(after: first)
        next.node.recover()
        #expect(next.held == first.held)
        for (pod, added) in zip(pods, added) {
            #expect(try next.call("CHECK", pod, input: TestPod.configuration(previous: added.text)).answered == .silent)
        }
        let late = TestPod("late", on: next)
        try #require(next.call("ADD", late).answered?.exitStatus == 0)
        #expect(try next.objects(of: late.namespace).contains("address fd00::ac:4/128 dev eth0"))
        for pod in pods + [late] { #expect(try next.call("DEL", pod).answered == .silent) }
        next.stop()
        #expect(try !next.hostObjects().contains { $0.contains("fd00::ac") })
    }

    @Test func checkNamesALostEgressRoute() throws {
        let node = node()
        let pod = TestPod("web", on: node)
        let added = try #require(node.call("ADD", pod).answered)
        let host = try node.kernel.kernel(for: node.kernel.host).openHost()
        let route = try #require(try host.routes().first { EgressRange.ipv6.contains($0.destination.network) })
        #expect(try host.perform([.delete(.route(route))], sandboxNetns: nil) == [nil])
        let check = try #require(node.call("CHECK", pod, input: TestPod.configuration(previous: added.text)).answered)
        #expect(check.code == 113 && check.message.contains("\(route) is missing on the node"), "\(check.text)")
    }

    @Test func aSandboxWhoseRuntimeDisabledIPv6GetsItEnabled() throws {
        let node = node()
        let pod = TestPod("web", on: node)
        let sandbox = try node.kernel.kernel(for: pod.namespace).openHost()
        #expect(try sandbox.perform([.setSysctl("ipv6/conf/default/disable_ipv6", "1")], sandboxNetns: nil) == [nil])
        let added = try #require(node.call("ADD", pod).answered)
        #expect(added.exitStatus == 0, "\(added.text)")
        #expect(try sandbox.sysctl("ipv6/conf/eth0/disable_ipv6") == "0")
        #expect(try node.objects(of: pod.namespace).contains("address fd00::ac:2/128 dev eth0"))
    }

    @Test func anMTUThatIPv6CannotUseIsRefusedWithItsRemedyAndLeavesNothing() throws {
        let node = node()
        let pod = TestPod("web", on: node)
        let before = try node.hostObjects()
        let configuration = #"{"cniVersion":"1.1.0","name":"berth","type":"berth-cni","mtu":"1200"}"#
        let added = try #require(node.call("ADD", pod, input: configuration).answered)
        #expect(added.exitStatus == 1 && added.message.contains("1200") && added.message.contains("POD_MTU"), "\(added.text)")
        node.stop()
        #expect(try node.hostObjects() == before && node.held == [:])
    }

    @Test func aPodsLinkCarriesNoMoreThanItsENI() throws {
        let node = TestNode(adjust: { $0.eniMTUBytes = 1500 })
        let pod = TestPod("web", on: node)
        try #require(node.call("ADD", pod).answered?.exitStatus == 0)
        let link = try node.kernel.kernel(for: pod.namespace).openHost().link(named: LinkName(literal: "eth0"))
        #expect(link?.mtuBytes == 1500)
    }
}
