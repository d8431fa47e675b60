public import NodePorts
import PodNetwork
import Synchronization

/// The firewall of one namespace of the kernel in memory; ``InMemoryKernel/ping(from:to:source:)`` sends packets through it.
struct InMemoryFirewall: Firewall {
    let kernel: InMemoryKernel
    let namespace: InMemoryKernel.NamespaceID

    func apply(_ plan: FirewallPlan) throws(FirewallFailure) -> FirewallTakeOver {
        try change("apply table \(FirewallPlan.table)") { $0.firewall = plan }
        return FirewallTakeOver()
    }

    func isInPlace(_ plan: FirewallPlan) throws(FirewallFailure) -> Bool {
        kernel.network.withLock { $0.namespaces[namespace.number]?.firewall == plan }
    }

    func changes() throws(FirewallFailure) -> AsyncStream<Void> { kernel.firewallChanges.stream(of: namespace) }

    func remove() throws(FirewallFailure) {
        try change("remove table \(FirewallPlan.table)") { $0.firewall = nil }
    }

    private func change(_ action: String, _ body: (inout NamespaceState) -> Void) throws(FirewallFailure) {
        let isThere = kernel.network.withLock { network in
            guard var state = network.namespaces[namespace.number] else { return false }
            body(&state)
            network.namespaces[namespace.number] = state
            return true
        }
        guard isThere else { throw FirewallFailure(action, "network namespace \(namespace) was destroyed") }
        kernel.firewallChanges.tell(of: namespace)
    }
}

extension InMemoryKernel {
    /// The firewall as a program sees it that runs in the namespace.
    public func firewall(for namespace: NamespaceID) -> any Firewall {
        InMemoryFirewall(kernel: self, namespace: namespace)
    }

    /// Takes the namespace's table away as an agent does that flushes every rule.
    public func flushFirewall(in namespace: NamespaceID) {
        network.withLock { $0.namespaces[namespace.number]?.firewall = nil }
        firewallChanges.tell(of: namespace)
    }
}

/// Whom changes of firewalls are told.
final class FirewallChanges: Sendable {
    private let listeners = Mutex<[(namespace: InMemoryKernel.NamespaceID, AsyncStream<Void>.Continuation)]>([])

    func stream(of namespace: InMemoryKernel.NamespaceID) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            listeners.withLock { $0.append((namespace, continuation)) }
        }
    }

    func tell(of namespace: InMemoryKernel.NamespaceID) {
        for (changed, listener) in listeners.withLock({ $0 }) where changed == namespace { listener.yield() }
    }
}
