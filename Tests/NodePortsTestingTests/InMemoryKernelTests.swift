import Addressing
import NodePorts
import NodePortsTesting
import PodNetwork
import Testing

@Suite struct InMemoryKernelTests {
    private let kernel = InMemoryKernel()
    private let veth = VethPair(
        name: LinkName(literal: "eni1"), mac: MACAddress(bits: 0x0200_0000_0001), peerName: LinkName(literal: "eth0"),
        peerMAC: MACAddress(bits: 0x0200_0000_0002), mtuBytes: 9001)

    @Test func destroyingANamespaceTakesTheOtherEndsOfItsLinks() throws {
        let sandbox = kernel.createNamespace(named: "sandbox")
        let host = try kernel.kernel(for: kernel.host).openHost()
        let route = Route(to: .v4(IPv4CIDR(host: IPv4Address(10, 0, 0, 1))), device: veth.name, scope: .link)
        let netns = try kernel.openDescriptors(of: sandbox).netns
        try host.ensure([.veth(veth), .route(route)], sandboxNetns: netns)
        kernel.destroyNamespace(sandbox)
        #expect(try host.links().map(\.name) == [.loopback])
        #expect(try host.routes() == [])
        #expect(kernel.namespaces == [kernel.host])
    }

    @Test func aNamespaceThatWasDestroyedRefusesEverything() throws {
        let sandbox = kernel.createNamespace(named: "sandbox")
        let opened = try kernel.kernel(for: kernel.host).openSandbox(try kernel.openDescriptors(of: sandbox))
        kernel.destroyNamespace(sandbox)
        #expect(throws: KernelError.self) { try opened.links() }
        #expect(throws: KernelError.self) { try opened.perform([], sandboxNetns: nil) }
        #expect(throws: KernelError("open network namespace sandbox", .noSuchEntry)) { try kernel.openDescriptors(of: sandbox) }
    }

    @Test func aVethCannotBeMadeIntoANamespaceThatWasDestroyed() throws {
        let sandbox = kernel.createNamespace(named: "sandbox")
        let netns = try kernel.openDescriptors(of: sandbox).netns
        kernel.destroyNamespace(sandbox)
        let host = try kernel.kernel(for: kernel.host).openHost()
        #expect(try host.perform([.create(.veth(veth))], sandboxNetns: netns) == [.badDescriptor])
        #expect(try host.links().map(\.name) == [.loopback])
    }

    @Test func descriptorsAreClosedWithTheNamespaceThatTookThemOver() throws {
        let descriptors = try kernel.openDescriptors(of: kernel.createNamespace(named: "sandbox"))
        #expect(kernel.openDescriptorCount == 2)
        let node = kernel.kernel(for: kernel.host)
        #expect(try node.openSandbox(descriptors).links().map(\.name) == [.loopback])
        #expect(kernel.openDescriptorCount == 0)
        #expect(throws: KernelError.self) { try node.openSandbox(descriptors) }
    }

    @Test func theHostsNamespaceIsToldFromAPods() throws {
        let node = kernel.kernel(for: kernel.host)
        #expect(node.isHostNamespace(try kernel.openDescriptors(of: kernel.host)))
        #expect(!node.isHostNamespace(try kernel.openDescriptors(of: kernel.createNamespace(named: "sandbox"))))
    }

    @Test func aCableIsNotPluggedIntoANameInUse() throws {
        let other = kernel.createNamespace(named: "other")
        let eth0 = LinkName(literal: "eth0")
        let ports = [kernel.host, other].map { InMemoryKernel.Port($0, eth0, mac: MACAddress(bits: 0x02_0001)) }
        try kernel.plug(ports[0], ports[1])
        #expect(throws: KernelError("plug eth0 of host into eth0 of other", .exists)) { try kernel.plug(ports[0], ports[1]) }
    }

    @Test func manyThreadsMayUseTheKernelEachInItsOwnNamespace() async throws {
        let (kernel, veth) = (kernel, veth)
        try await withThrowingTaskGroup(of: [KernelErrno?].self) { group in
            for number in 0..<16 {
                group.addTask {
                    var veth = veth
                    veth.name = try #require(LinkName("eni\(number)"))
                    let netns = try kernel.openDescriptors(of: kernel.createNamespace(named: "pod \(number)")).netns
                    return try kernel.kernel(for: kernel.host).openHost().perform([.create(.veth(veth))], sandboxNetns: netns)
                }
            }
            for try await outcomes in group { #expect(outcomes == [nil]) }
        }
        #expect(try kernel.kernel(for: kernel.host).openHost().links().count == 17)
    }
}
