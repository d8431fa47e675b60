import CNetlinkShims
import Glibc
public import NodePorts
import PodNetwork

/// The kernel this process runs on, reached through routing netlink.
///
/// It needs CAP_NET_ADMIN, and CAP_SYS_ADMIN besides for the sysctls of a sandbox.
public struct NetlinkKernel: Kernel {
    /// The namespace that is the node's, kept open for comparison; the file of a namespace outlives its path.
    private let home: Descriptor
    /// Whether the node is a namespace other than the one this process lives in, as in a simulation.
    private let isForeign: Bool

    /// - Throws: ``KernelError`` when the process's own namespace cannot be opened.
    public init() throws(KernelError) {
        home = Descriptor(try openNamespaceFile("/proc/self/ns/net"))
        isForeign = false
    }

    /// The kernel of a node that is another namespace than this process's own.
    ///
    /// - Throws: ``KernelError`` when the namespace cannot be opened.
    public init(_ namespace: NetworkNamespace) throws(KernelError) {
        home = Descriptor(try openNamespaceFile(namespace.path))
        isForeign = true
    }

    public func openHost() throws(KernelError) -> any KernelNamespace {
        guard isForeign else { return try NetlinkNamespace(netlink: openNetlinkSocket(inside: home.number), namespace: nil) }
        let netns = Descriptor(try duplicate(home.number))
        return try NetlinkNamespace(netlink: openNetlinkSocket(inside: home.number), namespace: netns)
    }

    public func openSandbox(_ descriptors: SandboxDescriptors) throws(KernelError) -> any KernelNamespace {
        try NetlinkNamespace(netlink: descriptors.netlink, netns: descriptors.netns)
    }

    public func monitorHost(_ receive: @escaping @Sendable ([KernelNotice]) -> Void) throws(KernelError) -> any KernelMonitor {
        try NetlinkMonitor(
            adopting: openNetlinkSocket(inside: home.number),
            names: { () throws(KernelError) in
                // Read behind the socket's first notice, so that no link falls between.
                Dictionary(try openHost().links().map { ($0.index, $0.name) }) { first, _ in first }
            }, receive: receive)
    }

    public func isHostNamespace(_ descriptors: SandboxDescriptors) -> Bool {
        berth_is_same_file(home.number, descriptors.netns) == 1
    }
}

/// Opens a routing-netlink socket inside a namespace and returns its descriptor, close-on-exec.
///
/// A thread made for it enters the namespace and ends there, so that no thread of the program ever changes its own.
///
/// - Parameter netns: A descriptor of the namespace; it stays open.
/// - Throws: ``KernelError``: EPERM without CAP_SYS_ADMIN, EINVAL when the descriptor is no network namespace.
public func openNetlinkSocket(inside netns: Int32) throws(KernelError) -> Int32 {
    do throws(KernelErrno) {
        return try KernelErrno.result(berth_netlink_open(netns))
    } catch {
        throw KernelError("open a routing-netlink socket in the namespace of descriptor \(netns)", error)
    }
}

private func duplicate(_ descriptor: Int32) throws(KernelError) -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw KernelError("duplicate descriptor \(descriptor)", KernelErrno(rawValue: errno)) }
    return copy
}

func openNamespaceFile(_ path: String) throws(KernelError) -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw KernelError("open network namespace \(path)", KernelErrno(rawValue: errno)) }
    return descriptor
}
