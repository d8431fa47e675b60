import CapacityPlanner
import NodeConfiguration
import Yams

/// Reads a plan's scenario from the top down, as what comes later names what came before.
struct PlanReader {
    typealias Node = Yams.Node

    var yaml: YAMLReader
    var subnets: [PlanScenario.Subnet] = []
    var networking = PlanScenario.Networking()
    var groups: [PlanScenario.NodeGroup] = []
    var workloads: [PlanScenario.Workload] = []
    /// Names that are given, by what has them, also to what could not be read: that is no second fault where it is named.
    private var given: [String: Set<String>] = [:]

    init(file: String) {
        yaml = YAMLReader(file: file)
    }

    static let fields = ["vpc", "subnets", "networking", "controlPlane", "nodeGroups", "workloads", "events", "ec2", "goals"]

    mutating func scenario(_ text: String) throws(ConfigurationFaults) -> PlanScenario {
        let root = try yaml.root(of: text)
        let fields = yaml.fields(of: root, known: Self.fields, required: ["subnets", "nodeGroups"])
        readSubnets(fields["subnets"], vpc: fields["vpc"])
        if let node = fields["networking"] { networking = readNetworking(node) }
        let controlPlane = fields["controlPlane"].map { readControlPlane($0) } ?? PlanScenario.ControlPlane()
        readGroups(fields["nodeGroups"])
        if let node = fields["workloads"] { readWorkloads(node) }
        let events = fields["events"].map { readEvents($0) } ?? []
        let cloud = fields["ec2"].map { readCloud($0) } ?? PlanScenario.Cloud()
        let goals = fields["goals"].map { readGoals($0) } ?? PlanScenario.Goals()
        checkSubnets(fields["subnets"], fields["networking"])
        guard yaml.faults.isEmpty else { throw ConfigurationFaults(yaml.faults) }
        return PlanScenario(
            subnets: subnets, networking: networking, nodeGroups: groups, workloads: workloads, events: events, controlPlane: controlPlane,
            cloud: cloud, goals: goals)
    }

    // MARK: - What several parts need

    /// Names of things that were described before, each with what is known of it.
    mutating func known<Thing>(_ node: Node, _ field: String, among things: [Thing], _ what: String, by name: (Thing) -> String) -> Thing? {
        let text = node.string ?? "not a text"
        if let thing = things.first(where: { name($0) == text }) { return thing }
        if given[what]?.contains(text) == true { return nil }
        yaml.fault(node, "\"\(field)\" names no \(what) \"\(text)\"", suggestion(for: text, among: things.map(name)))
        return nil
    }

    static let entriesMax = 1000

    /// The entries of a list, when there are no more than anyone means.
    mutating func list(_ node: Node?, _ field: String, most: Int) -> [Node] {
        let entries = yaml.list(node, field)
        guard entries.count > most else { return entries }
        yaml.fault(node, "there are \(entries.count) entries in \"\(field)\"", "Write at most \(most)")
        return []
    }

    mutating func give(_ field: String, of entries: [Node], _ what: String) {
        given[what, default: []].formUnion(entries.compactMap { $0.mapping?[field]?.string })
    }

    var zonesForNodes: [String] {
        var seen: Set<String> = []
        return subnets.filter { $0.purpose == .nodes }.map(\.zone).filter { seen.insert($0).inserted }
    }

    static let zoneWord = "zone with a subnet for nodes"

    mutating func zone(_ node: Node, _ field: String) -> String? {
        known(node, field, among: zonesForNodes, Self.zoneWord, by: \.self)
    }

    mutating func share(_ node: Node, _ field: String, countMax: Int) -> PlanScenario.Share? {
        yaml.text(node, field, expected: "a whole number from 0 to \(countMax), or a share from 0% to 100%") { text in
            if text.hasSuffix("%") { return Int(text.dropLast()).flatMap { (0...100).contains($0) ? .percent($0) : nil } }
            return Int(text).flatMap { (0...countMax).contains($0) ? .count($0) : nil }
        }
    }

    mutating func seconds(_ node: Node, _ field: String, in range: ClosedRange<Double>) -> Duration? {
        yaml.number(node, field, in: range).map { .milliseconds(Int64(($0 * 1000).rounded())) }
    }

    mutating func label(_ node: Node, _ field: String) -> String? {
        yaml.text(node, field, expected: "1 to 128 characters") { (1...128).contains($0.utf8.count) ? $0 : nil }
    }
}
