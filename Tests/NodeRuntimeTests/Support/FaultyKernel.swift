import NodePorts
import PodNetwork
import Synchronization

/// When the kernel refuses: the change with this number fails once.
final class KernelFaults: Sendable {
    private let state = Mutex<(changes: Int, failing: Int?, answer: Answer)>((0, nil, .refusal))

    private let reading = Mutex(false)

    /// How a change fails.
    enum Answer: CaseIterable, Sendable {
        /// The kernel answers with an error number and does the other changes.
        case refusal
        /// The socket fails before the change, so that nobody knows what was done.
        case brokenSocket
    }

    /// How many changes were asked for.
    var changes: Int { state.withLock(\.changes) }

    /// Lets the `number`th change from here on fail; the first is 1.
    func fail(_ number: Int, _ answer: Answer) {
        state.withLock { $0 = ($0.changes, $0.changes + number, answer) }
    }

    /// Whether every list of objects is refused.
    var failReading: Bool {
        get { reading.withLock { $0 } }
        set { reading.withLock { $0 = newValue } }
    }

    func next() -> Answer? {
        state.withLock { state in
            state.changes += 1
            return state.changes == state.failing ? state.answer : nil
        }
    }
}

/// A kernel that refuses some change.
struct FaultyKernel: Kernel {
    let base: any Kernel
    let faults: KernelFaults

    func openHost() throws(KernelError) -> any KernelNamespace {
        FaultyNamespace(try base.openHost(), faults)
    }

    func openSandbox(_ descriptors: SandboxDescriptors) throws(KernelError) -> any KernelNamespace {
        FaultyNamespace(try base.openSandbox(descriptors), faults)
    }

    func monitorHost(_ receive: @escaping @Sendable ([KernelNotice]) -> Void) throws(KernelError) -> any KernelMonitor {
        try base.monitorHost(receive)
    }

    func isHostNamespace(_ descriptors: SandboxDescriptors) -> Bool { base.isHostNamespace(descriptors) }
}

private final class FaultyNamespace: KernelNamespace {
    private let base: any KernelNamespace
    private let faults: KernelFaults

    init(_ base: any KernelNamespace, _ faults: KernelFaults) {
        self.base = base
        self.faults = faults
    }

    func perform(_ changes: [KernelChange], sandboxNetns: Int32?) throws(KernelError) -> [KernelErrno?] {
        var outcomes: [KernelErrno?] = []
        for change in changes {
            switch faults.next() {
            case nil: outcomes += try base.perform([change], sandboxNetns: sandboxNetns)
            case .refusal: outcomes.append(.noBufferSpace)
            case .brokenSocket: throw KernelError("exchange \(changes.count) requests with the kernel", .noBufferSpace)
            }
        }
        return outcomes
    }

    func contents() throws(KernelError) -> NamespaceContents {
        if faults.failReading { throw KernelError("list links", .noBufferSpace) }
        return try base.contents()
    }

    func link(named name: LinkName) throws(KernelError) -> LinkState? { try base.link(named: name) }
    func links() throws(KernelError) -> [LinkState] { try base.links() }
    func addresses() throws(KernelError) -> [InterfaceAddress] { try base.addresses() }
    func routes() throws(KernelError) -> [Route] { try base.routes() }
    func rules() throws(KernelError) -> [Rule] { try base.rules() }
    func neighbours() throws(KernelError) -> [Neighbour] { try base.neighbours() }
    func sysctl(_ path: String) throws(KernelError) -> String? { try base.sysctl(path) }
}
