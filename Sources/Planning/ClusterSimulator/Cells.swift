import CapacityPlanner
import IPAMEngine
import Simulator

/// Nodes of one kind in one zone, which are alike but for their pods.
struct Cell: Sendable {
    let kind: NodeKind
    let zone: String
    /// Subnets that nodes are started in, and those that further ENIs and branch ENIs may lie in.
    let nodeSubnets: [Int]
    let podSubnets: [Int]
    /// Nodes by their ordinal; -1 where there is none at the moment.
    private(set) var nodes: [Int32] = []
    private var vacant: [Int] = []
    /// Nodes with room, by network.
    var hosts = NodeIndex()
    var pods = NodeIndex()
    var branches = NodeIndex()
    /// Nodes that are booting or ready.
    var nodesToStay = 0

    init(_ kind: NodeKind, zone: String, nodeSubnets: [Int], podSubnets: [Int]) {
        self.kind = kind
        self.zone = zone
        self.nodeSubnets = nodeSubnets
        self.podSubnets = podSubnets
    }

    mutating func add(node: Int) -> Int {
        guard let ordinal = vacant.popLast() else {
            nodes.append(Int32(node))
            return nodes.count - 1
        }
        nodes[ordinal] = Int32(node)
        return ordinal
    }

    mutating func remove(ordinal: Int) {
        nodes[ordinal] = -1
        vacant.append(ordinal)
    }

    /// The emptiest node with room for a pod, and how many pods it has; the first of equals.
    mutating func emptiest(for network: PlanScenario.Workload.Network) -> (level: Int, node: Int)? {
        let found =
            switch network {
            case .host: hosts.emptiest()
            case .pod: pods.emptiest()
            case .branchENI: branches.emptiest()
            }
        return found.map { ($0.level, Int(nodes[$0.ordinal])) }
    }
}

extension ClusterSimulation {
    /// The cell, which is made where there is none yet.
    mutating func cell(of kind: NodeKind, in zone: String) -> Int {
        if let known = cells.firstIndex(where: { $0.zone == zone && $0.kind == kind }) { return known }
        let inZone = scenario.subnets.indices.filter { scenario.subnets[$0].zone == zone }
        let forNodes = inZone.filter { scenario.subnets[$0].purpose == .nodes }
        let forPods = inZone.filter { scenario.subnets[$0].purpose == .pods }
        cells.append(Cell(kind, zone: zone, nodeSubnets: forNodes, podSubnets: forPods))
        for workload in workloads.indices where workloads[workload].suits(cells[cells.count - 1]) {
            workloads[workload].cells.append(cells.count - 1)
        }
        return cells.count - 1
    }

    /// Puts a node where the index finds it, by what it has room for.
    mutating func reindex(_ number: Int) {
        let node = nodes[number]
        let kind = cells[node.cell].kind
        let isOpen = node.state == .ready && node.taken < kind.podsMax
        let host = isOpen ? node.taken : -1
        let pod = isOpen && node.pods < kind.addressesMax ? node.taken : -1
        let branch = isOpen && node.branches < kind.branchesMax ? node.taken : -1
        func move(_ index: inout NodeIndex, _ from: Int, _ to: Int) {
            guard from != to else { return }
            if from >= 0 { index.remove(node.ordinal, at: from) }
            if to >= 0 { index.insert(node.ordinal, at: to) }
        }
        move(&cells[node.cell].hosts, node.levels.host, host)
        move(&cells[node.cell].pods, node.levels.pod, pod)
        move(&cells[node.cell].branches, node.levels.branch, branch)
        nodes[number].levels = (host, pod, branch)
    }
}
