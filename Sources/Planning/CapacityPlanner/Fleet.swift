import Addressing

/// Nodes with the pods on them. Nodes of one kind in one zone with as many pods are counted together.
struct Fleet: Hashable, Sendable {
    private(set) var bins: [Bin] = []
    /// Pods that found no node, by the name of their workload.
    private(set) var unplaced: [String: Int] = [:]

    struct Bin: Hashable, Sendable {
        let kind: NodeKind
        let zone: String
        var nodes: Int
        /// Pods of each node by what they have for a network.
        var pods = 0
        var branches = 0
        var hosts = NodeKind.systemPods
        var cooling = 0

        var taken: Int { pods + branches + hosts }

        /// How many more pods each node takes.
        func room(for network: PlanScenario.Workload.Network) -> Int {
            let room = kind.podsMax - taken
            return switch network {
            case .host: max(0, room)
            case .pod: max(0, min(room, kind.addressesMax - pods))
            case .branchENI: max(0, min(room, kind.branchesMax - branches))
            }
        }

        mutating func add(_ count: Int, _ network: PlanScenario.Workload.Network) {
            switch network {
            case .host: hosts += count
            case .pod: pods += count
            case .branchENI: branches += count
            }
        }

        var draw: NodeDraw { kind.draw(pods: pods, cooling: cooling, branches: branches) }
    }

    /// - Parameter nodes: How many of each group.
    init(_ scenario: PlanScenario, nodes: [String: Int], zones: (PlanScenario.NodeGroup) -> [String]) {
        for group in scenario.nodeGroups {
            let zones = zones(group)
            let kinds = group.types.map { (NodeKind($0.type, in: group, scenario.networking), $0.weight) }
            for (zone, inZone) in zip(zones, Self.even(nodes[group.name] ?? 0, over: zones.count)) {
                for ((kind, _), count) in zip(kinds, Self.shares(of: inZone, by: kinds.map(\.1))) where count > 0 {
                    bins.append(Bin(kind: kind, zone: zone, nodes: count))
                }
            }
        }
    }

    var nodes: Int { bins.reduce(0) { $0 + $1.nodes } }

    /// So many parts that differ by one at most, the larger first.
    static func even(_ count: Int, over parts: Int) -> [Int] {
        (0..<parts).map { count / parts + ($0 < count % parts ? 1 : 0) }
    }

    /// Whole numbers in proportion to the weights, by the largest remainder.
    static func shares(of count: Int, by weights: [Int]) -> [Int] {
        let sum = weights.reduce(0, +)
        var shares = weights.map { count * $0 / sum }
        let order = weights.indices.sorted { (count * weights[$0] % sum, $1) > (count * weights[$1] % sum, $0) }
        for index in order.prefix(count - shares.reduce(0, +)) { shares[index] += 1 }
        return shares
    }

    // MARK: - Pods onto nodes

    /// Places a workload: the nodes with the fewest pods come first, so that loads are as even as they can be.
    mutating func place(_ workload: PlanScenario.Workload, pods: Int) {
        guard workload.size != .everyNode else { return placeOnEveryNode(workload) }
        let left = level(pods, workload, room: { $0.room(for: workload.network) }, height: \.taken) { $0.add($1, workload.network) }
        if left > 0 { unplaced[workload.name, default: 0] += left }
    }

    /// Lets addresses cool where the workload's pods are; cooling needs no room in the kubelet's limit.
    mutating func cool(_ addresses: Int, of workload: PlanScenario.Workload) {
        _ = level(addresses, workload, room: { _ in .max / 4 }, height: \.cooling) { $0.cooling += $1 }
    }

    private mutating func placeOnEveryNode(_ workload: PlanScenario.Workload) {
        for index in bins.indices where Self.suits(bins[index], workload) {
            if bins[index].room(for: workload.network) > 0 {
                bins[index].add(1, workload.network)
            } else {
                unplaced[workload.name, default: 0] += bins[index].nodes
            }
        }
    }

    private static func suits(_ bin: Bin, _ workload: PlanScenario.Workload) -> Bool {
        (workload.nodeGroups.isEmpty || workload.nodeGroups.contains(bin.kind.group))
            && (workload.zones.isEmpty || workload.zones.contains(bin.zone))
    }

    /// Pours `count` things over the nodes that suit: all are filled to one height, as far as each has room, and what is left of
    /// the last layer goes to the first nodes.
    ///
    /// - Returns: What found no room.
    private mutating func level(
        _ count: Int, _ workload: PlanScenario.Workload, room: (Bin) -> Int, height: (Bin) -> Int, add: (inout Bin, Int) -> Void
    ) -> Int {
        // A bin is large and the search looks at each many times.
        let suited = bins.indices.filter { Self.suits(bins[$0], workload) }
            .map { (index: $0, nodes: bins[$0].nodes, height: height(bins[$0]), room: min(count, room(bins[$0]))) }
        func poured(to level: Int) -> Int { suited.reduce(0) { $0 + $1.nodes * min($1.room, max(0, level - $1.height)) } }
        let top = suited.map { $0.height + $0.room }.max() ?? 0
        var (low, high) = (0, top + 1)
        while low + 1 < high {
            let middle = (low + high) / 2
            if poured(to: middle) <= count { low = middle } else { high = middle }
        }
        var left = count - poured(to: low)
        var rests: [Bin] = []
        for bin in suited {
            let own = min(bin.room, max(0, low - bin.height))
            if own > 0 { add(&bins[bin.index], own) }
            guard left > 0, bin.height + own <= low, own < bin.room else { continue }
            let more = min(left, bin.nodes)
            left -= more
            if more < bin.nodes {
                var rest = bins[bin.index]
                rest.nodes -= more
                rests.append(rest)
                bins[bin.index].nodes = more
            }
            add(&bins[bin.index], 1)
        }
        bins += rests
        return left
    }

    // MARK: - More nodes

    /// Adds nodes of a group with as many pods as the fullest of their kind has; those of a kind that has none come empty.
    mutating func add(_ count: Int, of group: PlanScenario.NodeGroup, _ networking: PlanScenario.Networking) {
        let zones = group.zones
        for (zone, inZone) in zip(zones, Self.even(count, over: zones.count)) {
            let counts = Self.shares(of: inZone, by: group.types.map(\.weight))
            for (weighted, nodes) in zip(group.types, counts) where nodes > 0 {
                let alike = bins.filter { $0.kind.group == group.name && $0.kind.type == weighted.type }
                let empty = Bin(kind: NodeKind(weighted.type, in: group, networking), zone: zone, nodes: nodes)
                let fullest = alike.max { ($0.zone == zone ? 1 : 0, $0.taken) < ($1.zone == zone ? 1 : 0, $1.taken) }
                bins.append(fullest?.repeated(nodes, in: zone) ?? empty)
            }
        }
    }
}

extension Fleet.Bin {
    /// So many nodes with the same pods, in that zone.
    fileprivate func repeated(_ count: Int, in zone: String) -> Self {
        Self(kind: kind, zone: zone, nodes: count, pods: pods, branches: branches, hosts: hosts, cooling: cooling)
    }
}
