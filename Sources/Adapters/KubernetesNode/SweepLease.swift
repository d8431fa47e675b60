package import KubernetesAdapter

/// Whose turn it is to look for orphaned ENIs: one node of the cluster at a time, and no two turns in close order.
///
/// The lease is asked for when the node's own turn has come by its own clock, a few times a day; nobody watches it.
package struct SweepLease: Sendable {
    package let namespace: String
    package let holder: String
    package static let name = "berth-eni-sweep"
    /// A turn lasts minutes at most (twenty deletions, a second look), and one in this time is enough for a cluster of any size.
    package static let duration: Duration = .seconds(600)

    package init(namespace: String, holder: String) {
        self.namespace = namespace
        self.holder = holder
    }

    package enum Answer: Hashable, Sendable {
        case taken
        /// Another node has it, or had it just now.
        case heldByAnother(String)
    }

    /// Takes the lease if it is free.
    package func take(_ client: KubernetesClient, at moment: Timestamp) async throws(KubernetesFailure) -> Answer {
        var lease: LeaseResource
        do throws(KubernetesFailure) {
            lease = try await client.get(LeaseResource.self, Self.name, namespace: namespace)
        } catch {
            guard error.kind == .notFound else { throw error }
            return try await write(moment) { lease throws(KubernetesFailure) in try await client.create(lease) }
        }
        if let other = lease.holderIdentity, !other.isEmpty, let renewed = lease.renewTime,
            renewed + (lease.leaseDuration ?? Self.duration) > moment
        {
            return .heldByAnother(other)
        }
        let found = lease
        return try await write(moment, found) { lease throws(KubernetesFailure) in try await client.update(lease) }
    }

    /// - Returns: That another has it, when another was quicker.
    private func write(
        _ moment: Timestamp, _ found: LeaseResource? = nil,
        _ send: (LeaseResource) async throws(KubernetesFailure) -> LeaseResource
    ) async throws(KubernetesFailure) -> Answer {
        var lease = found ?? LeaseResource(name: Self.name, namespace: namespace)
        if found != nil, found?.holderIdentity != holder { lease.leaseTransitions += 1 }
        lease.holderIdentity = holder
        lease.leaseDuration = Self.duration
        lease.acquireTime = moment
        lease.renewTime = moment
        do throws(KubernetesFailure) {
            _ = try await send(lease)
            return .taken
        } catch {
            guard error.kind == .conflict || error.kind == .alreadyExists else { throw error }
            return .heldByAnother("another node")
        }
    }
}
