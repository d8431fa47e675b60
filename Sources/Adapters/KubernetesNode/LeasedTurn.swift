import KubernetesAdapter
import Logging
public import NodeRuntime

extension ClusterMember {
    /// The node's turns to look for orphans, as `turn` has them, as long as no other node of the cluster looks at about that time.
    ///
    /// Where the lease cannot be had (its rights are left out, or the API server is away) the turn is the node's: deletions are safe
    /// without it, by their second look (Docs/Decisions/0014).
    public func leased(_ turn: SweepTurn) -> SweepTurn {
        let lease = SweepLease(namespace: namespace, holder: name)
        return SweepTurn { sleep in
            while true {
                try await turn.next(sleep)
                do throws(KubernetesFailure) {
                    switch try await lease.take(self.client, at: .now) {
                    case .taken: return
                    case .heldByAnother(let holder):
                        self.logger.debug("orphans are another node's to look for", metadata: ["holder": "\(holder)"])
                    }
                } catch {
                    self.logger.debug("lease of the sweep not had", metadata: ["failure": "\(error)"])
                    return
                }
            }
        }
    }
}
