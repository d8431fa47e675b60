import Addressing
import NodePorts
import NodePortsTesting
import NodeRuntime
import PodNetwork
import Testing

/// Our plugin with others before and behind it in a conflist.
@Suite struct ChainTests {
    private static let eth0 = LinkName(literal: "eth0")
    private static let loopback =
        #"{"cniVersion":"1.0.0","interfaces":[{"name":"lo","sandbox":"/n"}],"ips":[{"interface":0,"address":"127.0.0.1/8"}],"#
        + #""routes":[{"dst":"192.0.2.0/24"}],"dns":{"nameservers":["192.0.2.1"]}}"#

    @Test func whatThePluginsBeforeMadeIsPassedOnInFrontOfWhatIsAdded() throws {
        let node = TestNode()
        let configuration = TestPod.configuration(previous: Self.loopback).replacing("1.1.0", with: "1.0.0")
        let added = try #require(node.call("ADD", TestPod("web", on: node), input: configuration).answered)
        let (near, far) = (MACAddress.derived(from: "host berth/sandbox-web/eth0"), MACAddress.derived(from: "pod berth/sandbox-web/eth0"))
        let link = try #require(LinkName.hostVeth(prefix: "eni", namespace: "default", name: "web"))
        #expect(
            added.text == #"{"cniVersion":"1.0.0","interfaces":[{"name":"lo","sandbox":"/n"},"#
                + #"{"name":"\#(link)","mac":"\#(near)"},{"name":"eth0","mac":"\#(far)","sandbox":"/run/netns/sandbox-web"}],"#
                + #""ips":[{"interface":0,"address":"127.0.0.1/8"},{"interface":2,"address":"10.0.32.11/32","gateway":"169.254.1.1"}],"#
                + #""routes":[{"dst":"192.0.2.0/24"},{"dst":"0.0.0.0/0","gw":"169.254.1.1"}],"dns":{"nameservers":["192.0.2.1"]}}"#)
    }

    @Test func checkLeavesAloneWhatPluginsBehindUsChangeOnPurpose() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let added = try #require(node.call("ADD", pod).answered)
        let sandbox = try node.kernel.kernel(for: pod.namespace).openHost()
        // As tuning makes the MTU smaller, and sbr moves the routes to a table of the address's own.
        let routes = try sandbox.routes()
        let moves = routes.flatMap { route -> [KernelChange] in
            var moved = route
            (moved.table, moved.origin) = (RouteTable(number: 100), .boot)
            return [.create(.route(moved)), .delete(.route(route))]
        }
        let change = KernelChange.setLink(Self.eth0, LinkSettings(mtuBytes: 1400))
        #expect(try sandbox.perform([change] + moves, sandboxNetns: nil).allSatisfy { $0 == nil })
        let check = try #require(node.call("CHECK", pod, input: TestPod.configuration(previous: added.text)).answered)
        #expect(check == .silent, "\(check.text)")
    }
}
