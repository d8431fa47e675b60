public import PodNetwork

/// What keeps the plugin's socket or the spool from working.
public struct PluginSocketError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The kernel refused a call.
        case system
        /// The path does not fit into the address of a unix socket.
        case pathTooLong
        /// As many jobs wait as may wait.
        case jobsFull
        /// The server takes no more jobs.
        case stopped
    }

    public let code: Code
    /// What failed, with its numbers.
    public let problem: String
    /// What to do about it; empty when the error number says it.
    public let remedy: String
    /// The kernel's answer, for ``Code/system``.
    public let errno: KernelErrno?

    init(_ code: Code, _ problem: String, remedy: String = "", errno: KernelErrno? = nil) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
        self.errno = errno
    }

    init(_ code: Code, _ action: String, _ errno: Int32) {
        self.init(code, action, errno: KernelErrno(rawValue: errno))
    }

    public var description: String {
        let cause = errno.map { "\(problem): \($0)" } ?? problem
        return remedy.isEmpty ? cause : "\(cause); \(remedy)"
    }
}
