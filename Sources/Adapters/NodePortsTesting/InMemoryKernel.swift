public import Addressing
public import NodePorts
public import PodNetwork
import Synchronization

/// A kernel in memory: several network namespaces with their links, addresses, routes, rules and neighbours.
///
/// It means what Linux means, down to the error numbers, as far as ``KernelContract`` asks; a test compares it with the
/// real one on random changes. It leaves out what the node never does: multipath, broadcast and multicast routes, bridges,
/// renamed links, and the link-local addresses that IPv6 makes by itself. Packets can be sent through it with
/// ``ping(from:to:source:)``.
public final class InMemoryKernel: Sendable {
    /// A namespace, by a number that is never used again; its name is for people.
    public struct NamespaceID: Hashable, Sendable, CustomStringConvertible {
        let number: Int
        public let name: String

        public var description: String { name }
    }

    /// An end of a cable: a link to be made in a namespace.
    public struct Port: Hashable, Sendable {
        public let namespace: NamespaceID
        public let name: LinkName
        public let mac: MACAddress

        public init(_ namespace: NamespaceID, _ name: LinkName, mac: MACAddress) {
            self.namespace = namespace
            self.name = name
            self.mac = mac
        }
    }

    /// The namespace that is there from the start, the node's own.
    public let host: NamespaceID
    let network: Mutex<Network>
    private let monitors = Mutex<[InMemoryMonitor]>([])
    let firewallChanges = FirewallChanges()

    public init(hostName: String = "host") {
        var network = Network()
        host = network.createNamespace(named: hostName)
        self.network = Mutex(network)
    }

    /// Every namespace, in the order in which they were made.
    public var namespaces: [NamespaceID] {
        network.withLock { $0.namespaces.values.map(\.id).sorted { $0.number < $1.number } }
    }

    /// How many descriptors were handed out and are not closed; a program that loses none comes back to 0.
    public var openDescriptorCount: Int {
        network.withLock(\.descriptors.count)
    }

    public func createNamespace(named name: String) -> NamespaceID {
        network.withLock { $0.createNamespace(named: name) }
    }

    /// Removes a namespace with its links, their peers and everything on them, as when its last process ends.
    ///
    /// Requests of those who still hold it fail with EBADF.
    public func destroyNamespace(_ namespace: NamespaceID) {
        change { $0.destroyNamespace(namespace) }
    }

    /// Changes the network and tells those who listen.
    func change<Value>(_ body: (inout Network) -> sending Value) -> Value {
        let monitors = monitors.withLock { $0 }
        return network.withLock { network in
            let value = body(&network)
            let notices = network.takeNotices()
            for monitor in monitors { notices[monitor.namespace].map(monitor.tell) }
            return value
        }
    }

    func monitor(_ namespace: Int, _ receive: @escaping @Sendable ([KernelNotice]) -> Void) -> InMemoryMonitor {
        let monitor = InMemoryMonitor(namespace: namespace, receive: receive)
        monitors.withLock { $0.append(monitor) }
        network.withLock { _ = $0.listened.insert(namespace) }
        return monitor
    }

    /// The kernel as a program sees it that runs in the namespace.
    public func kernel(for namespace: NamespaceID) -> any Kernel {
        InMemoryNode(kernel: self, home: namespace)
    }

    /// Hands out two descriptors of a namespace, made-up numbers, as a plugin passes them to the daemon.
    ///
    /// ``Kernel/openSandbox(_:)`` takes them over; ``close(_:)`` closes those that were not.
    ///
    /// - Throws: ``KernelError`` with ENOENT when the namespace was destroyed.
    public func openDescriptors(of namespace: NamespaceID) throws(KernelError) -> SandboxDescriptors {
        let descriptors = network.withLock { network -> SandboxDescriptors? in
            guard network.namespaces[namespace.number] != nil else { return nil }
            return SandboxDescriptors(netns: network.openDescriptor(of: namespace), netlink: network.openDescriptor(of: namespace))
        }
        guard let descriptors else { throw KernelError("open network namespace \(namespace)", .noSuchEntry) }
        return descriptors
    }

    public func close(_ descriptors: SandboxDescriptors) {
        network.withLock { network in
            for number in [descriptors.netns, descriptors.netlink] { network.descriptors[number] = nil }
        }
    }

    /// Makes two links that are down, of the kind of hardware, and joins them by a cable: an ENI and its port in the VPC.
    ///
    /// - Throws: ``KernelError`` with EEXIST when a name is in use, ENOENT when a namespace was destroyed.
    public func plug(_ a: Port, _ b: Port, mtuBytes: Int = 9001) throws(KernelError) {
        let errno = network.withLock { network in
            outcome { () throws(KernelErrno) in try network.plug(a, b, mtuBytes: mtuBytes) }
        }
        if let errno { throw KernelError("plug \(a.name) of \(a.namespace) into \(b.name) of \(b.namespace)", errno) }
    }

    /// Takes a link away, whatever its kind, with the one at the other end.
    public func unplug(_ name: LinkName, from namespace: NamespaceID) {
        change { $0.unplug(LinkEnd(namespace: namespace.number, name: name)) }
    }

    /// Sends an ICMP echo request and follows it and its reply.
    ///
    /// - Parameter source: The address it is sent from, or nil for the one the kernel picks.
    /// - Returns: Every step of the way and how it ended; the same on every call as long as nothing changes.
    /// - Precondition: the namespace was not destroyed.
    public func ping(from namespace: NamespaceID, to address: IPAddress, source: IPAddress? = nil) -> Trace {
        network.withLock { network in
            var walk = PacketWalk(network: network)
            return walk.ping(from: namespace.number, to: address, source: source)
        }
    }
}

extension KernelErrno {
    /// ENXIO.
    static let noSuchDeviceOrAddress = KernelErrno(rawValue: 6)
}

/// Runs the body and returns the error number it throws, or nil.
func outcome(_ body: () throws(KernelErrno) -> Void) -> KernelErrno? {
    do throws(KernelErrno) {
        try body()
        return nil
    } catch {
        return error
    }
}

/// The in-memory kernel as seen by a program of one namespace.
struct InMemoryNode: Kernel {
    let kernel: InMemoryKernel
    let home: InMemoryKernel.NamespaceID

    func openHost() throws(KernelError) -> any KernelNamespace {
        InMemoryNamespace(kernel: kernel, namespace: home.number, descriptors: nil)
    }

    func openSandbox(_ descriptors: SandboxDescriptors) throws(KernelError) -> any KernelNamespace {
        let namespaces = kernel.network.withLock { network in
            [descriptors.netlink, descriptors.netns].map { network.descriptors[$0] }
        }
        guard let namespace = namespaces[0], namespaces[1] != nil else {
            kernel.close(descriptors)
            throw KernelError("take over the routing-netlink socket \(descriptors.netlink)", .badDescriptor)
        }
        return InMemoryNamespace(kernel: kernel, namespace: namespace, descriptors: descriptors)
    }

    func monitorHost(_ receive: @escaping @Sendable ([KernelNotice]) -> Void) throws(KernelError) -> any KernelMonitor {
        kernel.monitor(home.number, receive)
    }

    func isHostNamespace(_ descriptors: SandboxDescriptors) -> Bool {
        kernel.network.withLock { $0.descriptors[descriptors.netns] == home.number }
    }
}
