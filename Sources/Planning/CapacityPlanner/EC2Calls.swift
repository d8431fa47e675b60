public import VPCModel

/// Calls to EC2 by which nodes get addresses.
public struct EC2Calls: Hashable, Sendable {
    /// Each is created with all that lies on it, attached, and set to go with its instance.
    public var newENIs: Int
    /// Assignments to ENIs that are there.
    public var assigns: Int
    /// Assignments of a /80 to ENIs that are there; a new ENI is created with its own.
    public var ipv6Assigns: Int

    public init(newENIs: Int = 0, assigns: Int = 0, ipv6Assigns: Int = 0) {
        self.newENIs = newENIs
        self.assigns = assigns
        self.ipv6Assigns = ipv6Assigns
    }

    /// By operation; those that are not made are left out.
    public var byOperation: [EC2Operation: Int] {
        let calls: [EC2Operation: Int] = [
            .createNetworkInterface: newENIs, .attachNetworkInterface: newENIs, .modifyNetworkInterfaceAttribute: newENIs,
            .assignPrivateIPAddresses: assigns, .assignIPv6Addresses: ipv6Assigns,
        ]
        return calls.filter { $0.value > 0 }
    }

    /// The operation whose bucket is the last to let all calls through, and when, with every bucket full at first (formula 35).
    ///
    /// - Returns: Nil seconds where others use up the bucket's refill and the calls never come through.
    public func throttle(in cloud: PlanScenario.Cloud) -> (operation: EC2Operation?, seconds: Double?) {
        var worst: (operation: EC2Operation?, seconds: Double?) = (nil, 0)
        for (operation, calls) in byOperation.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let bucket = cloud.bucket(of: operation)
            let beyond = Double(calls - bucket.burst)
            guard beyond > 0 else { continue }
            let refill = Double(bucket.perSecond) - bucket.othersPerSecond
            guard refill > 0 else { return (operation, nil) }
            if let seconds = worst.seconds, beyond / refill > seconds { worst = (operation, beyond / refill) }
        }
        return worst
    }

    /// Nodes that can come in a second for long, when each needs these calls; nil when there is no bound (formula 35).
    public func sustainedPerSecond(in cloud: PlanScenario.Cloud) -> Double? {
        byOperation.map { operation, calls in
            let bucket = cloud.bucket(of: operation)
            return max(0, Double(bucket.perSecond) - bucket.othersPerSecond) / Double(calls)
        }.min()
    }

    static func + (a: Self, b: Self) -> Self {
        Self(newENIs: a.newENIs + b.newENIs, assigns: a.assigns + b.assigns, ipv6Assigns: a.ipv6Assigns + b.ipv6Assigns)
    }

    static func * (a: Self, count: Int) -> Self {
        Self(newENIs: a.newENIs * count, assigns: a.assigns * count, ipv6Assigns: a.ipv6Assigns * count)
    }
}
