import CNetlinkShims
import Glibc
public import NodePorts
import PodNetwork

/// A network namespace that is bound to a path, as `ip netns` does it.
public struct NetworkNamespace: Hashable, Sendable {
    /// Where `ip netns` keeps its namespaces (ip-netns(8)).
    public static let folder = "/run/netns"

    public let path: String

    /// The namespace bound to an existing path, such as `/run/netns/NAME` or `/proc/PID/ns/net`.
    public init(path: String) {
        self.path = path
    }

    /// Makes a namespace that `ip netns` lists under `name`. It exists until ``remove()`` and the last descriptor of it.
    ///
    /// - Throws: ``KernelError``: EEXIST when the name is in use, EINVAL when it is no file name, EPERM without
    ///   CAP_SYS_ADMIN.
    public static func create(named name: String) throws(KernelError) -> NetworkNamespace {
        let action = "create network namespace \(name)"
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")) else {
            throw KernelError(action, .invalidArgument)
        }
        let namespace = NetworkNamespace(path: "\(folder)/\(name)")
        let code = berth_netns_create(folder, namespace.path)
        guard code == 0 else { throw KernelError(action, KernelErrno(rawValue: -code)) }
        return namespace
    }

    /// Unbinds the namespace; its links are deleted when nothing else holds it.
    ///
    /// - Throws: ``KernelError``: ENOENT when it is not there.
    public func remove() throws(KernelError) {
        let code = berth_netns_remove(path)
        guard code == 0 else { throw KernelError("remove network namespace \(path)", KernelErrno(rawValue: -code)) }
    }

    /// Opens the namespace and a routing-netlink socket inside it, as the plugin does for a request.
    ///
    /// The descriptors belong to the caller, who gives them to ``NetlinkKernel/openSandbox(_:)`` or closes both.
    public func open() throws(KernelError) -> SandboxDescriptors {
        let netns = try openNamespaceFile(path)
        do throws(KernelError) {
            return SandboxDescriptors(netns: netns, netlink: try openNetlinkSocket(inside: netns))
        } catch {
            close(netns)
            throw error
        }
    }
}
