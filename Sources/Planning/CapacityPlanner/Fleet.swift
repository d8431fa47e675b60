import Addressing

/// Nodes with the pods on them. Nodes of one kind in one zone with as many pods are counted together.
struct Fleet: Hashable, Sendable {
    private(set) var bins: [Bin] = []
    /// Pods that found no node, by the name of their workload.
    private(set) var unplaced: [String: Int] = [:]

    struct Bin: Hashable, Sendable {
        let kind: NodeKind
        let zone: String
        /// Which kind in which zone: those of equal numbers are of one kind and in one zone.
        let place: Int
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
                    bins.append(Bin(kind: kind, zone: zone, place: bins.count, nodes: count))
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

    static func suits(_ bin: Bin, _ workload: PlanScenario.Workload) -> Bool {
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
        var rests: [(index: Int, bin: Bin)] = []
        for bin in suited {
            let own = min(bin.room, max(0, low - bin.height))
            if own > 0 { add(&bins[bin.index], own) }
            guard left > 0, bin.height + own <= low, own < bin.room else { continue }
            let more = min(left, bin.nodes)
            left -= more
            if more < bin.nodes {
                var rest = bins[bin.index]
                rest.nodes -= more
                rests.append((bin.index + 1, rest))
                bins[bin.index].nodes = more
            }
            add(&bins[bin.index], 1)
        }
        // Beside the others of their kind, so that the first nodes stay the first.
        for rest in rests.reversed() { bins.insert(rest.bin, at: rest.index) }
        if !rests.isEmpty { joinAlike() }
        return left
    }

    /// Counts neighbours that have become alike together: without it each workload would leave one bin more.
    private mutating func joinAlike() {
        var joined: [Bin] = []
        for bin in bins {
            if let last = joined.last, last.isLoaded(as: bin) {
                joined[joined.count - 1].nodes += bin.nodes
            } else {
                joined.append(bin)
            }
        }
        bins = joined
    }

    // MARK: - Pools that stay

    /// These nodes with pools that are as large as that of the fullest of their kind in the other fleet: addresses that no pod has
    /// any more count as if they cooled.
    func keepingPools(of peak: Fleet) -> Fleet {
        let fullest = Dictionary(peak.bins.map { ($0.kind, $0.pods + $0.cooling) }, uniquingKeysWith: max)
        var kept = self
        for index in kept.bins.indices {
            let bin = kept.bins[index]
            kept.bins[index].cooling = max(bin.cooling, (fullest[bin.kind] ?? 0) - bin.pods)
        }
        return kept
    }

    // MARK: - More nodes

    /// Adds nodes of a group with as many pods as the fullest of their kind has; those of a kind that has none come empty.
    mutating func add(_ count: Int, of group: PlanScenario.NodeGroup, _ networking: PlanScenario.Networking) {
        let zones = group.zones
        for (zone, inZone) in zip(zones, Self.even(count, over: zones.count)) {
            let counts = Self.shares(of: inZone, by: group.types.map(\.weight))
            for (weighted, nodes) in zip(group.types, counts) where nodes > 0 {
                let alike = bins.filter { $0.kind.group == group.name && $0.kind.type == weighted.type }
                let place = (bins.map(\.place).max() ?? -1) + 1
                let empty = Bin(kind: NodeKind(weighted.type, in: group, networking), zone: zone, place: place, nodes: nodes)
                let fullest = alike.max { ($0.zone == zone ? 1 : 0, $0.taken) < ($1.zone == zone ? 1 : 0, $1.taken) }
                bins.append(fullest?.repeated(nodes, in: zone, place) ?? empty)
            }
        }
    }
}

extension Fleet.Bin {
    /// Whether nodes of both are of one place and have as many pods of each kind.
    fileprivate func isLoaded(as other: Self) -> Bool {
        place == other.place && pods == other.pods && branches == other.branches && hosts == other.hosts && cooling == other.cooling
    }

    /// So many nodes with the same pods, in that zone.
    fileprivate func repeated(_ count: Int, in zone: String, _ place: Int) -> Self {
        Self(kind: kind, zone: zone, place: place, nodes: count, pods: pods, branches: branches, hosts: hosts, cooling: cooling)
    }
}
