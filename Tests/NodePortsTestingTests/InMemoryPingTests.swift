import Addressing
import NodePorts
import NodePortsTesting
import PodNetwork
import Testing

@Suite struct InMemoryPingTests {
    @Test(arguments: KernelContract.pingCases)
    func aPingEndsAsOnLinux(_ wiring: PingCase) throws {
        let node = try WiredNode(wiring)
        let trace = node.ping(wiring)
        #expect(trace.isAnswered == wiring.isAnswered, "\(wiring)\n\(trace)")
    }

    @Test func aTraceTellsEveryStep() throws {
        let node = try WiredNode(named: "two pods of a node reach each other")
        let trace = node.kernel.ping(from: node.firstPod, to: IPAddress.v4(IPv4Address(10, 0, 32, 18)))
        #expect(
            "\(trace)" == """
                first ttl 64: route default via 169.254.1.1 dev eth0 by rule priority 32766 lookup main
                first ttl 64: sent on eth0 to 169.254.1.1 at 02:00:00:00:0a:01
                host ttl 64: route 10.0.32.18/32 dev eni77aa0011bb2 scope link by rule priority 32766 lookup main
                host ttl 63: sent on eni77aa0011bb2 to 10.0.32.18 at 02:00:00:00:0b:02
                second ttl 63: 10.0.32.18 is local
                second ttl 64: route default via 169.254.1.1 dev eth1 by rule priority 32766 lookup main
                second ttl 64: sent on eth1 to 169.254.1.1 at 02:00:00:00:0b:01
                host ttl 64: route 10.0.32.17/32 dev eni5e1f0c2a9b3 scope link by rule priority 32766 lookup main
                host ttl 63: sent on eni5e1f0c2a9b3 to 10.0.32.17 at 02:00:00:00:0a:02
                first ttl 63: 10.0.32.17 is local
                answered
                """)
    }

    @Test(arguments: [
        ("a node without forwarding passes nothing on", "request lost in host: packets that come in by eni5e1f0c2a9b3 are not forwarded"),
        ("a node without the route to a pod does not reach it", "request lost in host: no route to 10.0.32.18"),
        (
            "a pod without a default route cannot answer another",
            "reply lost in second: no route to 10.0.32.17"
        ),
        (
            "a strict filter does not let in what is answered by another link",
            "request lost in host: rp_filter of eni5e1f0c2a9b3: the way back to 10.0.32.17 leaves by another link"
        ),
        (
            "a pod that takes another MAC address for its gateway's reaches nobody",
            "request lost in host: sent to 02:00:00:00:0e:ee, but the link there has 02:00:00:00:0a:01"
        ),
        ("a gateway that nobody holds answers no ARP", "request lost in first: nobody on eth0 answers for 169.254.1.1"),
        ("a packet that is sent to and fro ends when its hops are used up", "request lost in second: the packet took too many hops"),
    ])
    func aLostPingSaysWhereAndWhy(name: String, outcome: String) throws {
        let node = try WiredNode(named: name)
        #expect("\(node.ping(try WiredNode.wiring(named: name)).outcome)" == outcome)
    }

    @Test func anAddressTheSenderDoesNotHaveIsNoSource() throws {
        let node = try WiredNode(named: "two pods of a node reach each other")
        let foreign = IPAddress.v4(IPv4Address(10, 0, 32, 18))
        let trace = node.kernel.ping(from: node.firstPod, to: foreign, source: foreign)
        #expect(trace.outcome == .requestLost(.sourceNotHeld(foreign), in: "first"))
    }

    @Test func nodesReachEachOtherOverACable() throws {
        let kernel = InMemoryKernel(hostName: "a")
        let other = kernel.createNamespace(named: "b")
        let eth0 = LinkName(literal: "eth0")
        try kernel.plug(
            InMemoryKernel.Port(kernel.host, eth0, mac: MACAddress(bits: 0x02_0001)),
            InMemoryKernel.Port(other, eth0, mac: MACAddress(bits: 0x02_0002)))
        for (namespace, last) in [(kernel.host, UInt8(1)), (other, 2)] {
            let node = try kernel.kernel(for: namespace).openHost()
            let address = InterfaceAddress(device: eth0, address: .v4(IPv4Address(10, 0, 0, last)), prefixLength: 24)
            let outcomes = try node.perform([.setLink(eth0, LinkSettings(isUp: true)), .create(.address(address))], sandboxNetns: nil)
            #expect(outcomes == [nil, nil])
        }
        let target = IPAddress.v4(IPv4Address(10, 0, 0, 2))
        #expect(kernel.ping(from: kernel.host, to: target).isAnswered)
        kernel.unplug(eth0, from: other)
        #expect(kernel.ping(from: kernel.host, to: target).outcome == .requestLost(.noRoute(to: target), in: "a"))
    }
}

/// The kernel in memory with a host and two pods, wired by a case.
private struct WiredNode {
    let kernel = InMemoryKernel()
    let firstPod: InMemoryKernel.NamespaceID

    static func wiring(named name: String) throws -> PingCase {
        try #require(KernelContract.pingCases.first { $0.description == name })
    }

    init(named name: String) throws {
        try self.init(try Self.wiring(named: name))
    }

    init(_ wiring: PingCase) throws {
        firstPod = kernel.createNamespace(named: "first")
        let pods = [firstPod, kernel.createNamespace(named: "second")]
        let node = kernel.kernel(for: kernel.host)
        let places = try pods.map { pod in
            let descriptors = try kernel.openDescriptors(of: pod)
            return PingCase.Place(try node.openSandbox(descriptors), netns: descriptors.netns)
        }
        try wiring.wire(host: PingCase.Place(try node.openHost(), netns: -1), firstPod: places[0], secondPod: places[1])
    }

    func ping(_ wiring: PingCase) -> Trace {
        switch wiring.origin {
        case .host: kernel.ping(from: kernel.host, to: wiring.target)
        case .firstPod: kernel.ping(from: firstPod, to: wiring.target)
        }
    }
}
