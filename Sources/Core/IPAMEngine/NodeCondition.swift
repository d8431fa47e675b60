/// What the cluster wants of the node.
public enum NodeCondition: String, Hashable, Sendable, CaseIterable {
    /// Pods may be scheduled on it.
    case schedulable
    /// No more pods are scheduled on it, and those it has may stay.
    case cordoned
    /// The instance is about to end, and with it its ENIs.
    case terminating
}
