import Addressing
import CapacityPlanner
import IPAMEngine
import InstanceTypes

/// The node groups, each with the nodes that are in it at this moment.
struct ImportedGroups {
    private(set) var value: [PlanScenario.NodeGroup] = []
    /// Nodes of groups that are planned, for what decides where pods go.
    private(set) var nodes: [ImportedNodes.Node] = []

    private static let typesMax = 100

    /// - Throws: ``ClusterImport/Failure`` where no group is left.
    init(
        _ found: ImportedNodes, _ subnets: [PlanScenario.Subnet], _ networking: PlanScenario.Networking, _ notes: inout ImportNotes
    ) throws(ClusterImport.Failure) {
        let zones = Set(subnets.filter { $0.purpose == .nodes }.map(\.zone))
        let groups = Dictionary(grouping: found.all, by: \.group).sorted { $0.key < $1.key }
        for (name, members) in groups.prefix(ImportedSubnets.entriesMax) {
            guard let group = Self.group(name, members, zones: zones, networking, &notes) else { continue }
            value.append(group)
            nodes += members
        }
        if groups.count > ImportedSubnets.entriesMax {
            notes.say(.nodeGroups, "Left out: \(groups.count - ImportedSubnets.entriesMax) node groups more than a plan's file takes")
        }
        guard !value.isEmpty else {
            throw ClusterImport.Failure(
                problem: "none of \(found.all.count) nodes is of an instance type that can be planned with: "
                    + someOf(Set(found.all.map(\.type)).sorted()),
                remedy: "Look at what berth max-pods says of the type, and write the scenario by hand from berth plan init")
        }
        notes.say(
            .nodeGroups, "Assumed: groups neither grow nor shrink, since their bounds are not in what was read. Write {min, desired, max}")
    }

    private static func group(
        _ name: String, _ members: [ImportedNodes.Node], zones: Set<String>, _ networking: PlanScenario.Networking,
        _ notes: inout ImportNotes
    ) -> PlanScenario.NodeGroup? {
        let place = PlanScenario.Remark.Place.nodeGroup(name)
        let counts = Dictionary(grouping: members, by: \.type).mapValues(\.count).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var types: [(type: InstanceType, nodes: Int)] = []
        for (typeName, count) in counts.prefix(typesMax) {
            if let reason = obstacle(typeName, networking) {
                notes.say(.nodeGroups, "Left out of \(name): \(typeName) with \(count) nodes, as it \(reason)")
            } else if let type = InstanceType.named(typeName) {
                types.append((type, count))
            }
        }
        guard !types.isEmpty else { return nil }
        let planned = Set(types.map(\.type.name))
        let nodes = members.filter { planned.contains($0.type) }
        let ofNodes = Set(nodes.map(\.zone)).intersection(zones).sorted()
        if ofNodes.isEmpty { notes.say(place, "Assumed: every zone, as no subnet of the zones of its nodes is known") }
        return PlanScenario.NodeGroup(
            name: name, types: weighted(types), least: nodes.count, desired: nodes.count, most: nodes.count,
            zones: ofNodes.isEmpty ? zones.sorted() : ofNodes, podsMax: podsMax(nodes, place, &notes))
    }

    /// Why a type is not planned with.
    private static func obstacle(_ name: String, _ networking: PlanScenario.Networking) -> String? {
        guard let type = InstanceType.named(name) else { return "is no instance type that this release knows" }
        if networking.addressing.hasIPv6, !type.supportsPrefixDelegation || type.supportsIPv6 == false {
            return "cannot have IPv6 prefixes"
        }
        let trunk = networking.hasTrunk && type.supportsTrunk == true ? 1 : 0
        let left = min(type.enis, networking.enisMax ?? .max) - trunk
        return left < (networking.isCustom ? 2 : 1) ? "has \(type.enis) ENIs, of which none is left for pods" : nil
    }

    /// In the smallest weights that have the same shares, of 1000 at most.
    private static func weighted(_ types: [(type: InstanceType, nodes: Int)]) -> [PlanScenario.NodeGroup.Weighted] {
        guard types.count > 1 else { return types.map { .init($0.type) } }
        func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
        let shared = types.reduce(0) { divisor($0, $1.nodes) }
        let most = (types.map(\.nodes).max() ?? 1) / max(1, shared)
        return types.map { entry in
            let weight = entry.nodes / max(1, shared)
            return .init(entry.type, weight: most <= 1000 ? weight : max(1, weight * 1000 / most))
        }
    }

    private static let podsRange = 2...5000

    private static func podsMax(
        _ nodes: [ImportedNodes.Node], _ place: PlanScenario.Remark.Place, _ notes: inout ImportNotes
    ) -> Int? {
        let told = nodes.compactMap(\.podsMax).filter { podsRange.contains($0) }
        guard let least = told.min(), let most = told.max() else {
            notes.say(place, "Assumed: as many pods on a node as are recommended, since no kubelet's figure was told")
            return nil
        }
        if least < most { notes.say(place, "Its kubelets take \(least) to \(most) pods: the least is planned with") }
        return least
    }
}
