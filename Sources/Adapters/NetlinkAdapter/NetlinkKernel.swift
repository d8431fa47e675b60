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
    private let sysctls: SysctlFolder

    /// Where the kernel shows the sysctls of a namespace (proc(5)).
    public static let sysctlFolder = "/proc/sys/net"

    /// The kernel of the namespace that this process lives in, which takes no CAP_SYS_ADMIN to reach.
    ///
    /// - Parameter sysctls: Where the sysctls are; elsewhere than in ``sysctlFolder`` in a container that may not write there.
    /// - Throws: ``KernelError`` when the process's own namespace cannot be opened.
    public init(sysctls: String = NetlinkKernel.sysctlFolder) throws(KernelError) {
        home = Descriptor(try openNamespaceFile("/proc/self/ns/net"))
        isForeign = false
        self.sysctls = SysctlFolder(path: sysctls)
    }

    /// The kernel of a node that is another namespace than this process's own.
    ///
    /// - Throws: ``KernelError`` when the namespace cannot be opened.
    public init(_ namespace: NetworkNamespace) throws(KernelError) {
        home = Descriptor(try openNamespaceFile(namespace.path))
        isForeign = true
        sysctls = SysctlFolder(path: Self.sysctlFolder)
    }

    public func openHost() throws(KernelError) -> any KernelNamespace {
        let netns = isForeign ? Descriptor(try duplicate(home.number)) : nil
        return try NetlinkNamespace(netlink: openHostSocket(), namespace: netns, sysctls: sysctls)
    }

    public func openSandbox(_ descriptors: SandboxDescriptors) throws(KernelError) -> any KernelNamespace {
        try NetlinkNamespace(netlink: descriptors.netlink, namespace: Descriptor(descriptors.netns), sysctls: sysctls)
    }

    public func monitorHost(_ receive: @escaping @Sendable ([KernelNotice]) -> Void) throws(KernelError) -> any KernelMonitor {
        try NetlinkMonitor(
            adopting: openHostSocket(),
            names: { () throws(KernelError) in
                // Read behind the socket's first notice, so that no link falls between.
                Dictionary(try openHost().links().map { ($0.index, $0.name) }) { first, _ in first }
            }, receive: receive)
    }

    public func isHostNamespace(_ descriptors: SandboxDescriptors) -> Bool {
        berth_is_same_file(home.number, descriptors.netns) == 1
    }

    /// Entering even the own namespace takes CAP_SYS_ADMIN, and a socket is opened in it without.
    private func openHostSocket() throws(KernelError) -> Int32 {
        try openNetlinkSocket(inside: isForeign ? home.number : nil)
    }
}

/// Opens a routing-netlink socket inside a namespace and returns its descriptor, close-on-exec.
///
/// For another namespace than the caller's, a thread made for it enters the namespace and ends there, so that no thread of the program ever changes its own.
///
/// - Parameter netns: A descriptor of the namespace, which stays open; nil for the caller's own.
/// - Throws: ``KernelError``: EPERM without CAP_SYS_ADMIN, EINVAL when the descriptor is no network namespace.
public func openNetlinkSocket(inside netns: Int32?) throws(KernelError) -> Int32 {
    do throws(KernelErrno) {
        return try KernelErrno.result(berth_netlink_open(netns ?? -1))
    } catch {
        let place = netns.map { "the namespace of descriptor \($0)" } ?? "the process's own namespace"
        throw KernelError("open a routing-netlink socket in \(place)", error)
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
