import Addressing

/// Pods that are bound to the node and have not asked for an address yet: their ADDs are on the way, and what they will need is asked of
/// EC2 ahead of them.
struct ExpectedPods: Sendable {
    private var pools: [PodName: PoolName?] = [:]
    private var countByPool: [PoolName?: Int] = [:]

    var isEmpty: Bool { pools.isEmpty }

    func count(for pool: PoolName?) -> Int { countByPool[pool] ?? 0 }

    /// - Parameter pods: All of them, each with the pool that will serve it; nil for the node's own.
    /// - Returns: Whether a pool has to expect more or fewer than before.
    mutating func replace(with pods: [PodName: PoolName?]) -> Bool {
        let before = countByPool
        pools = pods
        countByPool = [:]
        for pool in pods.values { countByPool[pool, default: 0] += 1 }
        return countByPool != before
    }

    /// Notes that a pod has asked.
    mutating func remove(_ pod: PodName) {
        guard let pool = pools.removeValue(forKey: pod) else { return }
        countByPool[pool, default: 0] -= 1
    }
}
