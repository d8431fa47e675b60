import Addressing
import NodePorts
import PodNetwork
import Synchronization

/// One namespace of the kernel in memory, opened.
final class InMemoryNamespace: KernelNamespace {
    private let kernel: InMemoryKernel
    private let namespace: Int
    /// Closed with this object; nil for the node's own namespace.
    private let descriptors: SandboxDescriptors?

    init(kernel: InMemoryKernel, namespace: Int, descriptors: SandboxDescriptors?) {
        self.kernel = kernel
        self.namespace = namespace
        self.descriptors = descriptors
    }

    deinit {
        if let descriptors { kernel.close(descriptors) }
    }

    func perform(_ changes: [KernelChange], sandboxNetns: Int32?) throws(KernelError) -> [KernelErrno?] {
        let namespace = namespace
        let outcomes = kernel.change { network -> [KernelErrno?]? in
            guard network.namespaces[namespace] != nil else { return nil }
            return changes.map { change in
                outcome { () throws(KernelErrno) in
                    try network.perform(change, in: namespace, sandbox: sandboxNetns.flatMap { network.descriptors[$0] })
                }
            }
        }
        guard let outcomes else { throw destroyed(while: "exchange \(changes.count) requests with the kernel") }
        return outcomes
    }

    func link(named name: LinkName) throws(KernelError) -> LinkState? {
        try read("read link \(name)") { $0.links[name]?.state }
    }

    func links() throws(KernelError) -> [LinkState] {
        try read("list links") { $0.links.values.map(\.state).sorted { $0.index < $1.index } }
    }

    func addresses() throws(KernelError) -> [InterfaceAddress] {
        try read("list addresses") { $0.addresses.map(\.value) }
    }

    func routes() throws(KernelError) -> [Route] {
        try read("list routes") { $0.routes.map(\.value).filter { $0.table != .local } }
    }

    func rules() throws(KernelError) -> [Rule] {
        try read("list rules") { state in state.rules.filter { $0.family == .v4 } + state.rules.filter { $0.family == .v6 } }
    }

    func neighbours() throws(KernelError) -> [Neighbour] {
        try read("list neighbours") { $0.neighbours }
    }

    func sysctl(_ path: String) throws(KernelError) -> String? {
        try read("read sysctl net/\(path)") { $0.sysctls.text(at: path) }
    }

    private func read<Value: Sendable>(
        _ action: @autoclosure () -> String, _ body: (borrowing NamespaceState) -> Value
    ) throws(KernelError) -> Value {
        let value = kernel.network.withLock { network in
            network.namespaces[namespace].map { body($0) }
        }
        guard let value else { throw destroyed(while: action()) }
        return value
    }

    private func destroyed(while action: String) -> KernelError {
        KernelError("\(action): network namespace \(namespace) was destroyed", .badDescriptor)
    }
}
