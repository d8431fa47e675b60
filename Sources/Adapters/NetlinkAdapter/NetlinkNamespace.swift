import Addressing
import CNetlink
public import NodePorts
public import PodNetwork

/// A network namespace reached through libnl. One thread at a time uses it; it closes its descriptors at its end.
///
/// After a thrown error the socket may hold late answers: drop the namespace and open it anew.
public final class NetlinkNamespace: KernelNamespace {
    /// Indices are chosen here, far above those that the kernel counts up from 1, and of 2³⁰ so that two seldom meet.
    public static let chosenIndices: ClosedRange<Int32> = 0x4000_0000...0x7fff_ffff

    private var socket: NetlinkSocket
    /// A descriptor of the namespace, or nil for the thread's own.
    private let netns: Descriptor?
    private let sysctls: SysctlFolder
    private let chooseIndex: () -> Int32

    /// Takes over the descriptors and closes them even when this fails.
    ///
    /// - Parameters:
    ///   - netlink: A routing-netlink socket that was opened inside the namespace.
    ///   - netns: The namespace itself, or nil when it is the process's own.
    ///   - chooseIndex: Gives the index for a veth about to be made; one that is taken is passed over.
    public convenience init(
        netlink: Int32, netns: Int32?,
        chooseIndex: @escaping () -> Int32 = { Int32.random(in: NetlinkNamespace.chosenIndices) }
    ) throws(KernelError) {
        try self.init(netlink: netlink, namespace: netns.map(Descriptor.init), chooseIndex: chooseIndex)
    }

    init(
        netlink: Int32, namespace: Descriptor?, sysctls: SysctlFolder = SysctlFolder(path: NetlinkKernel.sysctlFolder),
        chooseIndex: @escaping () -> Int32 = { Int32.random(in: NetlinkNamespace.chosenIndices) }
    ) throws(KernelError) {
        netns = namespace
        self.sysctls = sysctls
        self.chooseIndex = chooseIndex
        do throws(KernelErrno) {
            socket = try NetlinkSocket(adopting: netlink)
        } catch {
            throw KernelError("take over the routing-netlink socket \(netlink)", error)
        }
    }

    public func perform(_ changes: [KernelChange], sandboxNetns: Int32?) throws(KernelError) -> [KernelErrno?] {
        var sequence = ChangeSequence(
            count: changes.count, firstSequence: socket.nextSequence, netns: netns?.number ?? -1, sandboxNetns: sandboxNetns,
            sysctls: sysctls, chooseIndex: chooseIndex)
        for (position, change) in changes.enumerated() {
            sequence.append(change, position: position, to: &socket)
        }
        sequence.flush(&socket)
        if let failure = sequence.failure { throw failure }
        return sequence.outcomes
    }

    public func link(named name: LinkName) throws(KernelError) -> LinkState? {
        try reading("read link \(name)") { () throws(KernelErrno) in
            var found: OpaquePointer?
            let code = rtnl_link_get_kernel(socket.handle.pointer, 0, name.rawValue, &found)
            if [-NLE_NODEV, -NLE_OBJ_NOTFOUND].contains(code) { return nil }
            try KernelErrno.check(code)
            let link = try LibnlHandle(found, release: { rtnl_link_put($0) })
            return LinkState(link: link.pointer)
        }
    }

    public func links() throws(KernelError) -> [LinkState] {
        try reading("list links") { () throws(KernelErrno) in
            try dump(.links) { LinkState(link: $0) }.sorted { $0.index < $1.index }
        }
    }

    public func contents() throws(KernelError) -> NamespaceContents {
        let links = try links()
        let names = Self.names(of: links)
        return NamespaceContents(
            links: links, addresses: try addresses(names), routes: try routes(names), rules: try rules(), neighbours: try neighbours(names))
    }

    public func addresses() throws(KernelError) -> [InterfaceAddress] { try addresses(linkNames()) }

    public func routes() throws(KernelError) -> [Route] { try routes(linkNames()) }

    public func neighbours() throws(KernelError) -> [Neighbour] { try neighbours(linkNames()) }

    private func addresses(_ names: [Int32: LinkName]) throws(KernelError) -> [InterfaceAddress] {
        try reading("list addresses") { () throws(KernelErrno) in
            try dump(.addresses) { InterfaceAddress(libnl: $0, linkNames: names) }
        }
    }

    private func routes(_ names: [Int32: LinkName]) throws(KernelError) -> [Route] {
        try reading("list routes") { () throws(KernelErrno) in
            try dump(.routes) { Route(libnl: $0, linkNames: names) }
        }
    }

    public func rules() throws(KernelError) -> [Rule] {
        try reading("list rules") { () throws(KernelErrno) in
            // The kernel lists IPv6 behind IPv4 or before it; within a family it lists by priority.
            let rules = try dump(.rules) { Rule(libnl: $0) }
            return AddressFamily.allCases.flatMap { family in rules.filter { $0.family == family } }
        }
    }

    private func neighbours(_ names: [Int32: LinkName]) throws(KernelError) -> [Neighbour] {
        try reading("list neighbours") { () throws(KernelErrno) in
            try dump(.neighbours) { Neighbour(libnl: $0, linkNames: names) }
        }
    }

    public func sysctl(_ path: String) throws(KernelError) -> String? {
        try reading("read sysctl net/\(path)") { () throws(KernelErrno) in
            try sysctls.read(path, netns: netns?.number ?? -1)
        }
    }

    private func linkNames() throws(KernelError) -> [Int32: LinkName] { Self.names(of: try links()) }

    private static func names(of links: [LinkState]) -> [Int32: LinkName] {
        Dictionary(links.map { ($0.index, $0.name) }, uniquingKeysWith: { first, _ in first })
    }

    private func dump<Object>(_ table: KernelTable, read: @escaping (OpaquePointer) -> Object?) throws(KernelErrno) -> [Object] {
        try table.dump(through: socket.handle.pointer, read: read)
    }

    private func reading<Value: ~Copyable>(
        _ action: @autoclosure () -> String, _ body: () throws(KernelErrno) -> Value
    ) throws(KernelError) -> Value {
        do throws(KernelErrno) {
            return try body()
        } catch {
            throw KernelError(action(), error)
        }
    }
}
