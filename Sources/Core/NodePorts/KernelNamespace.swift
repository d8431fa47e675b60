public import PodNetwork

/// One network namespace, reached through a routing-netlink socket that belongs to it.
///
/// A conformer performs exactly what it is asked and means by it what Linux means: the same request gives the same
/// error number on the real kernel and on the one in memory. What is *desired*, and may be asked for twice, is built on
/// top of it in ``ensure(_:sandboxNetns:)`` and ``remove(_:)``, once for both.
///
/// An instance is used by one thread at a time.
public protocol KernelNamespace: AnyObject {
    /// Performs the changes in order and goes on after one that fails.
    ///
    /// - Parameters:
    ///   - changes: Sent in as few writes as their sizes allow.
    ///   - sandboxNetns: An open descriptor of the namespace in which the peers of created veths are placed; required
    ///     when a change creates a veth.
    /// - Returns: For each change, in order, nil or the error number the kernel answered.
    /// - Throws: ``KernelError`` when the socket itself fails, so that it is not known what was done.
    func perform(_ changes: [KernelChange], sandboxNetns: Int32?) throws(KernelError) -> [KernelErrno?]

    /// Returns the link of that name, or nil; asks the kernel for this one alone.
    func link(named name: LinkName) throws(KernelError) -> LinkState?
    /// Returns every link, ordered by index.
    func links() throws(KernelError) -> [LinkState]
    /// Returns every address, in no set order.
    func addresses() throws(KernelError) -> [InterfaceAddress]
    /// Returns the unicast routes of all tables but `local`, in no set order.
    func routes() throws(KernelError) -> [Route]
    /// Returns the rules that look up a table, ordered by family and priority.
    func rules() throws(KernelError) -> [Rule]
    /// Returns the permanent neighbours, in no set order.
    func neighbours() throws(KernelError) -> [Neighbour]
    /// Returns all of these, with no more requests than one list of each kind takes.
    func contents() throws(KernelError) -> NamespaceContents
    /// Reads a file below `/proc/sys/net` without its final new line; nil when there is none.
    func sysctl(_ path: String) throws(KernelError) -> String?
}

/// The kernel of a node.
public protocol Kernel: Sendable {
    /// Opens the node's own namespace. Each thread opens its own.
    func openHost() throws(KernelError) -> any KernelNamespace
    /// Takes over the descriptors that arrived with a request and closes them with the returned object.
    func openSandbox(_ descriptors: SandboxDescriptors) throws(KernelError) -> any KernelNamespace
    /// Has everything told that happens in the node's own namespace, what this process does itself included.
    ///
    /// - Parameter receive: Called with notices in their order, by one thread at a time.
    func monitorHost(_ receive: @escaping @Sendable ([KernelNotice]) -> Void) throws(KernelError) -> any KernelMonitor
    /// Tells whether the descriptor refers to the node's own namespace.
    func isHostNamespace(_ descriptors: SandboxDescriptors) -> Bool
}

/// The two descriptors by which a plugin hands a pod's namespace to the daemon.
public struct SandboxDescriptors: Hashable, Sendable {
    /// The namespace itself, `/proc/PID/ns/net` or a bind mount of it.
    public let netns: Int32
    /// A routing-netlink socket opened inside it.
    public let netlink: Int32

    public init(netns: Int32, netlink: Int32) {
        self.netns = netns
        self.netlink = netlink
    }
}

/// A refusal of the kernel, with what was asked of it.
public struct KernelError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done, such as `add route 10.0.32.17/32 dev eni4f2a9c`.
    public let action: String
    public let errno: KernelErrno

    public init(_ action: String, _ errno: KernelErrno) {
        self.action = action
        self.errno = errno
    }

    public var description: String { "\(action): \(errno)" }
}
