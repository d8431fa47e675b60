/// One of the node's pools: ENIs of one card that serve the same pods and are kept to the same targets.
struct PoolID: Hashable, Sendable, Comparable {
    /// Nil for the node's own.
    var name: PoolName?
    var card: Int

    /// The node's own first, then by name; each by card.
    static func < (a: PoolID, b: PoolID) -> Bool {
        (a.name?.rawValue ?? "", a.card) < (b.name?.rawValue ?? "", b.card)
    }
}
