import CapacityPlanner
import IPAMEngine
import InstanceTypes
import NodeConfiguration
import Yams

// Node groups, what runs on them, and what may happen to them.
extension PlanReader {
    static let groupFields = [
        "name", "instanceTypes", "nodes", "zones", "surge", "maxPods", "reservedENIs", "efaOnlyENIs", "furtherCardENIs", "lifetimeSeconds",
    ]
    static let workloadFields = [
        "name", "pods", "daemonSet", "network", "nodeGroups", "zones", "rollout", "gracePeriodSeconds", "arrivalsPerSecond",
        "lifetimeSeconds", "lifetimes", "burst", "hpa",
    ]
    static let eventFields = [
        "rollingUpdate", "nodeUpgrade", "blueGreen", "scaleOut", "consolidation", "zoneLoss", "massRestart", "autoscalersAtMost",
        "clusterUpgrade", "ec2OutageSeconds",
    ]
    static let nodesMax = 100_000
    static let podsMax = 10_000_000
    /// More than any kubelet takes.
    static let podsPerNodeMax = 5000

    // MARK: - Node groups

    mutating func readGroups(_ node: Node?) {
        let entries = list(node, "nodeGroups", most: Self.entriesMax)
        give("name", of: entries, "node group")
        groups = entries.compactMap { readGroup($0) }
        yaml.requireDistinct("name", of: entries, "node group") { $0["name"]?.string }
        let nodes = groups.reduce(0) { $0 + $1.most }
        if nodes > Self.nodesMax { yaml.fault(node, "the groups may have \(nodes) nodes", "Plan for at most \(Self.nodesMax) together") }
    }

    private mutating func readGroup(_ node: Node) -> PlanScenario.NodeGroup? {
        let fields = yaml.fields(of: node, known: Self.groupFields, required: ["name", "instanceTypes", "nodes"])
        let name = fields["name"].flatMap { label($0, "name") }
        let types = fields["instanceTypes"].map { readTypes($0) } ?? []
        let nodes = fields["nodes"].flatMap { readNodes($0) }
        let zones = fields["zones"].map { yaml.list($0, "zones").compactMap { zone($0, "zones") } } ?? zonesForNodes
        let surge = fields["surge"].flatMap { share($0, "surge", countMax: Self.nodesMax) } ?? .count(1)
        let podsMax = fields["maxPods"].flatMap { yaml.integer($0, "maxPods", in: 2...Self.podsPerNodeMax) }
        let reserved = fields["reservedENIs"].flatMap { yaml.integer($0, "reservedENIs", in: 0...64) } ?? 0
        let efaOnly = fields["efaOnlyENIs"].flatMap { yaml.integer($0, "efaOnlyENIs", in: 0...64) } ?? 0
        let further = fields["furtherCardENIs"].flatMap { yaml.integer($0, "furtherCardENIs", in: 0...1024) } ?? 0
        let lifetime = fields["lifetimeSeconds"].flatMap { seconds($0, "lifetimeSeconds", in: 1...1e9) }
        guard let name, let nodes, !types.isEmpty, !zones.isEmpty else { return nil }
        let withheld = fields["reservedENIs"] ?? fields["efaOnlyENIs"] ?? fields["instanceTypes"]
        checkENIs(types.map(\.type), reserved: reserved + efaOnly, withheld)
        checkCards(types.map(\.type), further: further, fields["furtherCardENIs"])
        return PlanScenario.NodeGroup(
            name: name, types: types, least: nodes.min, desired: nodes.desired, most: nodes.max, zones: zones, surge: surge,
            podsMax: podsMax, reservedENIs: reserved, lifetime: lifetime, efaOnlyENIs: efaOnly,
            furtherCardENIs: further)
    }

    /// A list of types, or types with their weights.
    private mutating func readTypes(_ node: Node) -> [PlanScenario.NodeGroup.Weighted] {
        if node.mapping != nil {
            return yaml.entries(node, "instanceTypes").compactMap { name, weight in
                let weight = yaml.integer(weight, "instanceTypes", in: 1...1000)
                guard let type = readType(name, node), let weight else { return nil }
                return PlanScenario.NodeGroup.Weighted(type, weight: weight)
            }
        }
        var seen: Set<String> = []
        return list(node, "instanceTypes", most: 100).compactMap { entry in
            let name = entry.string ?? ""
            if !seen.insert(name).inserted {
                yaml.fault(entry, "\(name) is given twice", "Write {\(name): 2} for its weight")
            }
            return readType(name, entry).map { PlanScenario.NodeGroup.Weighted($0) }
        }
    }

    private mutating func readType(_ name: String, _ node: Node) -> InstanceType? {
        if let type = InstanceType.named(name) {
            guard networking.addressing.hasIPv6, !type.supportsPrefixDelegation || type.supportsIPv6 == false else { return type }
            yaml.fault(
                node, "\(name) cannot have IPv6 prefixes, and mode is \(networking.addressing)", "Choose a type that can, or another mode")
            return nil
        }
        let nearest = nearestNames(to: name, among: InstanceType.all.map(\.name), count: 3).joined(separator: ", ")
        yaml.fault(
            node, "\"\(name)\" is no instance type that is known",
            nearest.isEmpty ? "Give one such as m5.large" : "Did you mean \(nearest)?")
        return nil
    }

    /// Whether an ENI is left for pods.
    private mutating func checkENIs(_ types: [InstanceType], reserved: Int, _ node: Node?) {
        for type in types {
            let trunk = networking.hasTrunk && type.supportsTrunk == true ? 1 : 0
            let left = min(type.enis, networking.enisMax ?? .max) - reserved - trunk
            guard left < (networking.isCustom ? 2 : 1) else { continue }
            yaml.fault(
                node, "\(type.name) has \(type.enis) ENIs, of which none is left for pods",
                "Choose a type with more, or take back reservedENIs, efaOnlyENIs, MAX_ENI, podENI or customNetworking")
        }
    }

    /// Whether the other network cards have so many slots.
    private mutating func checkCards(_ types: [InstanceType], further: Int, _ node: Node?) {
        for type in types where further > type.cards.reduce(0, +) - type.enis {
            let slots = type.cards.reduce(0, +) - type.enis
            yaml.fault(
                node,
                "\(type.name) has \(type.cards.count) network card\(type.cards.count == 1 ? "" : "s"), the further ones with \(slots) "
                    + "ENIs, and \(further) are wanted", "Give at most \(slots)")
        }
    }

    private mutating func readNodes(_ node: Node) -> (min: Int, desired: Int, max: Int)? {
        guard node.mapping != nil else {
            return yaml.integer(node, "nodes", in: 0...Self.nodesMax).map { ($0, $0, $0) }
        }
        let fields = yaml.fields(of: node, known: ["min", "desired", "max"], required: ["desired"])
        func count(_ field: String, _ reader: inout YAMLReader) -> Int? {
            fields[field].flatMap { reader.integer($0, field, in: 0...Self.nodesMax) }
        }
        guard let desired = count("desired", &yaml) else { return nil }
        let (least, most) = (count("min", &yaml) ?? min(1, desired), count("max", &yaml) ?? desired)
        guard least <= desired, desired <= most else {
            yaml.fault(node, "nodes are \(least) at least, \(desired) desired and \(most) at most", "Let min, desired and max rise")
            return nil
        }
        return (least, desired, most)
    }

    // MARK: - Workloads

    mutating func readWorkloads(_ node: Node) {
        let entries = list(node, "workloads", most: Self.entriesMax)
        give("name", of: entries, "workload")
        workloads = entries.compactMap { readWorkload($0) }
        yaml.requireDistinct("name", of: entries, "workload") { $0["name"]?.string }
    }

    private mutating func readWorkload(_ node: Node) -> PlanScenario.Workload? {
        let fields = yaml.fields(of: node, known: Self.workloadFields, required: ["name"])
        let name = fields["name"].flatMap { label($0, "name") }
        let network: PlanScenario.Workload.Network = fields["network"].flatMap { yaml.choice($0, "network") } ?? .pod
        if network == .branchENI, !networking.hasTrunk {
            yaml.fault(fields["network"], "\"network\" is branch-eni, and nodes have no trunk", "Set networking.podENI to true")
        }
        let named = fields["nodeGroups"].map { node in
            yaml.list(node, "nodeGroups").compactMap { known($0, "nodeGroups", among: groups, "node group", by: \.name)?.name }
        }
        let zones = fields["zones"].map { node in yaml.list(node, "zones").compactMap { zone($0, "zones") } }
        let arrivals = fields["arrivalsPerSecond"].flatMap { yaml.number($0, "arrivalsPerSecond", in: 0...100_000) } ?? 0
        let lifetime = fields["lifetimeSeconds"].flatMap { yaml.number($0, "lifetimeSeconds", in: 0.1...1e9) }
        let burst = fields["burst"].flatMap { readBurst($0) }
        let isSized = ["pods", "daemonSet", "lifetimeSeconds"].contains { fields[$0] != nil }
        let scale = fields["hpa"].flatMap { readScale($0, fields["pods"]?.string.flatMap { Int($0) }) }
        // An autoscaler without load has its least pods.
        let least = isSized ? nil : scale.map { PlanScenario.Workload.Size.pods($0.lowerBound) }
        let size = least ?? readSize(fields, node, arrivals: arrivals, burst: burst, lifetime: lifetime)
        let lifetimes = fields["lifetimes"].flatMap { readLifetimes($0) } ?? .exponential
        if let node = fields["hpa"], fields["daemonSet"] != nil {
            yaml.fault(node, "a DaemonSet has a pod on each node, and \"hpa\" is given", "Keep one of the two")
        }
        if let node = fields["lifetimes"], lifetime == nil {
            yaml.fault(node, "\"lifetimes\" is given, and no mean", "Give lifetimeSeconds")
        }
        let grace = fields["gracePeriodSeconds"].flatMap { seconds($0, "gracePeriodSeconds", in: 0...86_400) } ?? .seconds(30)
        let rollout = fields["rollout"].map { readRollout($0) } ?? PlanScenario.Rollout()
        guard let name, let size else { return nil }
        return PlanScenario.Workload(
            name: name, size: size, network: network, nodeGroups: Set(named ?? []), zones: Set(zones ?? []), rollout: rollout, grace: grace,
            arrivalsPerSecond: arrivals, lifetime: lifetime.map { .milliseconds(Int64(($0 * 1000).rounded())) }, lifetimes: lifetimes,
            burst: burst, scale: scale)
    }

    /// A number of pods, one a node, or as many as come in a lifetime (Little's law, formula 28) and of the bursts in it.
    private mutating func readSize(
        _ fields: [String: Node], _ node: Node, arrivals: Double, burst: PlanScenario.Workload.Burst?, lifetime: Double?
    ) -> PlanScenario.Workload.Size? {
        let isDaemon = fields["daemonSet"].flatMap { yaml.flag($0, "daemonSet") } ?? false
        switch (fields["pods"], isDaemon) {
        case (let pods?, false): return yaml.integer(pods, "pods", in: 0...Self.podsMax).map { .pods($0) }
        case (nil, true): return .everyNode
        case (let pods?, true):
            yaml.fault(pods, "a DaemonSet has a pod on each node, and \"pods\" is given", "Keep one of the two")
            return nil
        case (nil, false):
            let inBursts = burst?.live(for: .milliseconds(Int64((lifetime ?? 0) * 1000)), times: Self.podsMax) ?? 0
            if let lifetime, arrivals > 0 || burst != nil, arrivals * lifetime + Double(inBursts) <= Double(Self.podsMax) {
                return .pods(Int((arrivals * lifetime).rounded(.up)) + inBursts)
            }
            yaml.fault(
                node, "nothing says how many pods there are",
                "Give pods, or daemonSet: true, or hpa, or arrivalsPerSecond or burst with lifetimeSeconds")
            return nil
        }
    }

    private mutating func readRollout(_ node: Node) -> PlanScenario.Rollout {
        let fields = yaml.fields(of: node, known: ["maxSurge", "maxUnavailable", "readySeconds"], required: [])
        var rollout = PlanScenario.Rollout()
        if let surge = fields["maxSurge"].flatMap({ share($0, "maxSurge", countMax: Self.podsMax) }) { rollout.surge = surge }
        if let share = fields["maxUnavailable"].flatMap({ share($0, "maxUnavailable", countMax: Self.podsMax) }) {
            rollout.unavailable = share
        }
        if let ready = fields["readySeconds"].flatMap({ seconds($0, "readySeconds", in: 0...86_400) }) { rollout.ready = ready }
        return rollout
    }

    // MARK: - Events

    mutating func readEvents(_ node: Node) -> [PlanScenario.Event] {
        list(node, "events", most: 100).compactMap { readEvent($0) }
    }

    private mutating func readEvent(_ node: Node) -> PlanScenario.Event? {
        let fields = yaml.fields(of: node, known: Self.eventFields, required: [])
        guard fields.count == 1, let event = fields.first else {
            let names = Self.eventFields.joined(separator: ", ")
            yaml.fault(node, "an entry has \(fields.count) events", "Write one behind each dash: \(names)")
            return nil
        }
        let (name, value) = (event.key, event.value)
        switch name {
        case "rollingUpdate":
            return known(value, name, among: workloads, "workload", by: \.name).map { .rollingUpdate(workload: $0.name) }
        case "nodeUpgrade": return group(value, name).map { .nodeUpgrade(group: $0) }
        case "blueGreen": return group(value, name).map { .blueGreen(group: $0) }
        case "zoneLoss": return zone(value, name).map { .zoneLoss(zone: $0) }
        case "clusterUpgrade": return yaml.flag(value, name) == true ? .clusterUpgrade : nil
        case "massRestart": return yaml.flag(value, name) == true ? .massRestart : nil
        case "autoscalersAtMost": return readAutoscalers(value)
        case "consolidation": return readConsolidation(value)
        case "scaleOut": return readScaleOut(value)
        default: return seconds(value, name, in: 1...86_400).map { .outage($0) }
        }
    }

    mutating func group(_ node: Node, _ field: String) -> String? {
        known(node, field, among: groups, "node group", by: \.name)?.name
    }

    private mutating func readScaleOut(_ node: Node) -> PlanScenario.Event? {
        let fields = yaml.fields(of: node, known: ["nodeGroup", "nodes"], required: ["nodeGroup", "nodes"])
        let name = fields["nodeGroup"].flatMap { group($0, "nodeGroup") }
        let nodes = fields["nodes"].flatMap { yaml.integer($0, "nodes", in: 1...Self.nodesMax) }
        guard let name, let nodes else { return nil }
        return .scaleOut(group: name, nodes: nodes)
    }
}
