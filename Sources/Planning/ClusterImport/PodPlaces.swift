import CapacityPlanner

/// On which groups and in which zones pods may run, by what they ask of nodes.
struct PodPlaces {
    private let nodes: [ImportedNodes.Node]
    private let groups: Set<String>
    private let zonesOfGroup: [String: Set<String>]
    /// What was answered before: workloads of a cluster ask for few different things.
    private var known: [ClusterSnapshot.Constraint: Answer] = [:]

    private enum Answer {
        case nowhere
        case some(groups: Set<String>, zones: Set<String>)
    }

    init(_ groups: ImportedGroups) {
        let planned = Dictionary(groups.value.map { ($0.name, Set($0.zones)) }, uniquingKeysWith: { first, _ in first })
        nodes = groups.nodes.filter { node in planned[node.group]?.contains(node.zone) ?? false }
        self.groups = Set(planned.keys)
        zonesOfGroup = planned
    }

    /// Sets the workload's groups and zones where they are not all.
    mutating func place(
        _ workload: inout PlanScenario.Workload, _ constraint: ClusterSnapshot.Constraint, _ words: inout [String]
    ) {
        let answer = known[constraint] ?? self.answer(constraint)
        known[constraint] = answer
        switch answer {
        case .nowhere: words.append("Assumed: every group, as no node of now has what it asks for")
        case .some(let groups, let zones): (workload.nodeGroups, workload.zones) = (groups, zones)
        }
    }

    private func answer(_ constraint: ClusterSnapshot.Constraint) -> Answer {
        // A group of which only EC2 told says nothing of its labels.
        let able = nodes.filter { node in node.node.map { constraint.allows($0) } ?? true }
        guard !able.isEmpty else { return nodes.isEmpty ? .some(groups: [], zones: []) : .nowhere }
        let groups = Set(able.map(\.group))
        let zones = Set(able.map(\.zone))
        let zonesOfGroups = groups.reduce(into: Set<String>()) { $0.formUnion(zonesOfGroup[$1] ?? []) }
        return .some(groups: groups == self.groups ? [] : groups, zones: zones == zonesOfGroups ? [] : zones)
    }
}

/// Which pods known controllers account for, and the rest by what made them.
struct CoveredPods {
    /// Pods of one origin that are alike.
    struct Loose: Hashable {
        var namespace: String
        /// Such as `job-pods` or the name of their owner.
        var words: String
        var isHostNetwork: Bool
        var hasBranchENI: Bool
        var constraint: ClusterSnapshot.Constraint

        /// For an order that does not change.
        var text: String { "\(namespace)/\(words)/\(isHostNetwork)/\(hasBranchENI)/\(constraint.labels.sorted { $0.key < $1.key })" }
    }

    /// Controllers of which a pod asks for a branch ENI.
    private(set) var withBranchENI: Set<ClusterSnapshot.Name> = []
    private(set) var loose: [Loose: [ClusterSnapshot.Pod]] = [:]

    /// - Parameter hasTrunk: Whether pods may have branch ENIs; without, those who ask for one count as others.
    init(_ kubernetes: ClusterSnapshot, hasTrunk: Bool) {
        let known = Set(kubernetes.controllers.map { Key(kind: $0.kind.rawValue, name: $0.name) })
        for pod in kubernetes.pods {
            let hasBranchENI = hasTrunk && pod.hasBranchENI
            if let owner = Self.owner(of: pod, known) {
                if hasBranchENI { withBranchENI.insert(owner) }
            } else {
                let loose = Loose(
                    namespace: pod.name.namespace, words: Self.words(of: pod), isHostNetwork: pod.isHostNetwork,
                    hasBranchENI: hasBranchENI && !pod.isHostNetwork, constraint: pod.constraint)
                self.loose[loose, default: []].append(pod)
            }
        }
    }

    private struct Key: Hashable {
        var kind: String
        var name: ClusterSnapshot.Name
    }

    private static func owner(of pod: ClusterSnapshot.Pod, _ known: Set<Key>) -> ClusterSnapshot.Name? {
        guard let owner = pod.owner else { return nil }
        let name = ClusterSnapshot.Name(pod.name.namespace, owner.name)
        if known.contains(Key(kind: owner.kind, name: name)) { return name }
        // A Deployment's ReplicaSet has its name, a dash and a hash.
        let deployment = ClusterSnapshot.Name(pod.name.namespace, withoutHash(owner.name))
        return owner.kind == "ReplicaSet" && known.contains(Key(kind: "Deployment", name: deployment)) ? deployment : nil
    }

    private static func withoutHash(_ name: String) -> String {
        name.lastIndex(of: "-").map { String(name[..<$0]) } ?? name
    }

    private static func words(of pod: ClusterSnapshot.Pod) -> String {
        guard let owner = pod.owner else { return "bare-pods-of-\(pod.name.namespace)" }
        switch owner.kind {
        case "Job": return "job-pods-of-\(pod.name.namespace)"
        case "Node": return "static-pods-of-\(pod.name.namespace)"
        case "ReplicaSet": return withoutHash(owner.name)
        default: return owner.name
        }
    }
}
