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

    /// - Throws: ``KernelError`` when the process's own namespace cannot be opened.
    public init() throws(KernelError) {
        home = Descriptor(try openNamespaceFile("/proc/self/ns/net"))
    }

    public func openHost() throws(KernelError) -> any KernelNamespace {
        let socket = try openNetlinkSocket(inside: home.number)
        return try NetlinkNamespace(netlink: socket, netns: nil)
    }

    public func openSandbox(_ descriptors: SandboxDescriptors) throws(KernelError) -> any KernelNamespace {
        try NetlinkNamespace(netlink: descriptors.netlink, netns: descriptors.netns)
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

func openNamespaceFile(_ path: String) throws(KernelError) -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw KernelError("open network namespace \(path)", KernelErrno(rawValue: errno)) }
    return descriptor
}
