import CPluginSocket
public import PodNetwork

/// Why the plugin could not open a pod's network namespace.
public struct SandboxFailure: Error, Hashable, Sendable {
    /// How far it came.
    public enum Step: Hashable, Sendable {
        /// The path in `CNI_NETNS` could not be opened; `ENOENT` says that the pod's namespace is gone.
        case open
        /// The path is not a network namespace.
        case notANamespace
        /// The namespace could not be entered.
        case enter
        /// The routing-netlink socket could not be opened inside.
        case socket
    }

    public let step: Step
    public let errno: KernelErrno

    public init(step: Step, errno: KernelErrno) {
        self.step = step
        self.errno = errno
    }

    /// Nil for a header that reports no failure. A step this version does not know counts as the last one.
    init?(_ header: berth_request_header) {
        switch Int(header.sandbox_step) {
        case BERTH_SANDBOX_OPENED: return nil
        case BERTH_SANDBOX_OPEN: step = .open
        case BERTH_SANDBOX_NOT_A_NAMESPACE: step = .notANamespace
        case BERTH_SANDBOX_ENTER: step = .enter
        default: step = .socket
        }
        errno = KernelErrno(rawValue: header.sandbox_errno)
    }
}

extension SandboxFailure: CustomStringConvertible {
    /// What was being done, and the kernel's answer, such as `open the network namespace: no such entry (ENOENT)`.
    public var description: String {
        switch step {
        case .open: "open the network namespace: \(errno)"
        case .notANamespace: "enter the network namespace: the path is none"
        case .enter: "enter the network namespace: \(errno)"
        case .socket: "open a routing-netlink socket in the network namespace: \(errno)"
        }
    }
}
