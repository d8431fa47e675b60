import Addressing
import CapacityPlanner
import IPAMEngine
import InstanceTypes
import VPCModel

/// Writes a scenario as a plan's file reads it: what has its default is left out.
struct PlanWriter {
    private(set) var lines: [String] = []
    private let remarks: [PlanScenario.Remark.Place: [String]]

    init(_ scenario: PlanScenario, vpc: [IPv4CIDR], title: [String], remarks: [PlanScenario.Remark]) {
        self.remarks = Dictionary(grouping: remarks, by: \.place).mapValues { $0.map(\.text) }
        for line in title { comment(line) }
        tell(.scenario)
        if !vpc.isEmpty { part("vpc:", about: nil, ["  cidrs: [\(vpc.map(\.description).joined(separator: ", "))]"]) }
        part("subnets:", about: .subnets)
        for subnet in scenario.subnets { write(subnet) }
        part("networking:", about: .networking, networking(scenario.networking))
        if scenario.controlPlane != PlanScenario.ControlPlane() {
            let subnets = scenario.controlPlane.subnets.map(\.rawValue).joined(separator: ", ")
            part("controlPlane:", about: .controlPlane, ["  subnets: [\(subnets)]", "  enis: \(scenario.controlPlane.enis)"])
        } else {
            space(.controlPlane)
        }
        part("nodeGroups:", about: .nodeGroups)
        for group in scenario.nodeGroups { write(group) }
        if !scenario.workloads.isEmpty { part("workloads:", about: .workloads) } else { space(.workloads) }
        for workload in scenario.workloads { write(workload) }
        if !scenario.events.isEmpty {
            part("events:", about: .events, scenario.events.map { "  - \(Self.text($0))" })
        } else {
            space(.events)
        }
        write(scenario.cloud)
        write(scenario.goals)
    }

    var text: String { lines.map { "\($0)\n" }.joined() }

    // MARK: - Parts

    mutating func part(_ name: String, about place: PlanScenario.Remark.Place? = nil, _ content: [String] = []) {
        lines.append("")
        if let place { tell(place) }
        lines.append(name)
        lines += content
    }

    /// Remarks on a part that is not there.
    mutating func space(_ place: PlanScenario.Remark.Place) {
        guard remarks[place] != nil else { return }
        lines.append("")
        tell(place)
    }

    private mutating func tell(_ place: PlanScenario.Remark.Place, indent: Int = 0) {
        for text in remarks[place] ?? [] { comment(text, indent: indent) }
    }

    /// ASCII on lines of their own: the reader takes an ampersand elsewhere for an anchor.
    private mutating func comment(_ text: String, indent: Int = 0) {
        let plain = String(decoding: text.utf8.map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        var line = ""
        for word in plain.split(separator: " ") {
            if line.utf8.count + word.utf8.count + 1 > Self.columns - indent, !line.isEmpty {
                lines.append(String(repeating: " ", count: indent) + "#\(line)")
                line = ""
            }
            line += " \(word)"
        }
        if !line.isEmpty { lines.append(String(repeating: " ", count: indent) + "#\(line)") }
    }

    private static let columns = 120

    private mutating func write(_ subnet: PlanScenario.Subnet) {
        tell(.subnet(subnet.id), indent: 2)
        lines.append("  - id: \(subnet.id)")
        lines.append("    zone: \(Self.quoted(subnet.zone))")
        lines.append("    cidr: \(subnet.block)")
        if subnet.purpose != .nodes { lines.append("    purpose: \(subnet.purpose.rawValue)") }
        if subnet.hasIPv6 { lines.append("    ipv6: true") }
        switch subnet.used {
        case .count(0), .these([]): break
        case .count(let count): lines.append("    used: \(count)")
        case .these(let blocks):
            lines.append("    usedAddresses:")
            lines += blocks.map { "      - \($0.prefixLength == 32 ? "\($0.network)" : "\($0)")" }
        }
        if !subnet.tenants.isEmpty { lines.append("    tenants:") }
        lines += subnet.tenants.map {
            "      - {name: \(Self.quoted($0.name)), addresses: \($0.addresses), growthPerDay: \($0.growthPerDay)}"
        }
        if !subnet.reservations.isEmpty { lines.append("    reservations:") }
        lines += subnet.reservations.map { "      - {cidr: \($0.block), type: \($0.kind.rawValue)}" }
    }

    private func networking(_ networking: PlanScenario.Networking) -> [String] {
        let mode = PlanReader.Mode.allCases.first { $0.addressing == networking.addressing } ?? .secondary
        let defaults = PlanScenario.Networking()
        var settings: [String] = []
        func add(_ name: String, _ value: Int?, unset: Int?) {
            if let value, value != unset { settings.append("\(name): \(value)") }
        }
        add("IP_COOLDOWN_PERIOD", Int(networking.cooldown.components.seconds), unset: Int(defaults.cooldown.components.seconds))
        add("MAX_ENI", networking.enisMax, unset: nil)
        add("MINIMUM_IP_TARGET", networking.targets.minimumAddresses, unset: nil)
        add("WARM_ENI_TARGET", networking.targets.enis, unset: defaults.targets.enis)
        add("WARM_IP_TARGET", networking.targets.addresses, unset: nil)
        add("WARM_PREFIX_TARGET", networking.targets.prefixes, unset: defaults.targets.prefixes)
        return ["  mode: \(mode.rawValue)", "  customNetworking: \(networking.isCustom)", "  podENI: \(networking.hasTrunk)"]
            + (settings.isEmpty ? [] : ["  settings: {\(settings.joined(separator: ", "))}"]) + Self.preset(of: networking)
    }

    // MARK: - Groups and workloads

    private mutating func write(_ group: PlanScenario.NodeGroup) {
        tell(.nodeGroup(group.name), indent: 2)
        lines.append("  - name: \(Self.quoted(group.name))")
        let types = group.types.map { "\($0.type.name): \($0.weight)" }.joined(separator: ", ")
        let isPlain = group.types.allSatisfy { $0.weight == 1 }
        lines.append("    instanceTypes: " + (isPlain ? "[\(group.types.map(\.type.name).joined(separator: ", "))]" : "{\(types)}"))
        lines.append("    nodes: {min: \(group.least), desired: \(group.desired), max: \(group.most)}")
        lines.append("    zones: [\(group.zones.map(Self.quoted).joined(separator: ", "))]")
        if group.surge != .count(1) { lines.append("    surge: \(Self.text(group.surge))") }
        if let podsMax = group.podsMax { lines.append("    maxPods: \(podsMax)") }
        if group.reservedENIs > 0 { lines.append("    reservedENIs: \(group.reservedENIs)") }
        if group.efaOnlyENIs > 0 { lines.append("    efaOnlyENIs: \(group.efaOnlyENIs)") }
        if group.furtherCardENIs > 0 { lines.append("    furtherCardENIs: \(group.furtherCardENIs)") }
        if let lifetime = group.lifetime { lines.append("    lifetimeSeconds: \(Self.text(lifetime))") }
    }

    private mutating func write(_ workload: PlanScenario.Workload) {
        tell(.workload(workload.name), indent: 2)
        lines.append("  - name: \(Self.quoted(workload.name))")
        switch workload.size {
        case .pods(let count): lines.append("    pods: \(count)")
        case .everyNode: lines.append("    daemonSet: true")
        }
        if workload.network != .pod { lines.append("    network: \(workload.network.rawValue)") }
        func list(_ name: String, _ names: Set<String>) {
            guard !names.isEmpty else { return }
            lines.append("    \(name): [\(names.sorted().map(Self.quoted).joined(separator: ", "))]")
        }
        list("nodeGroups", workload.nodeGroups)
        list("zones", workload.zones)
        let rollout = workload.rollout
        if rollout != PlanScenario.Rollout() {
            lines.append(
                "    rollout: {maxSurge: \(Self.text(rollout.surge)), maxUnavailable: \(Self.text(rollout.unavailable)), "
                    + "readySeconds: \(Self.text(rollout.ready))}")
        }
        if workload.grace != .seconds(30) { lines.append("    gracePeriodSeconds: \(Self.text(workload.grace))") }
        lines += Self.load(of: workload).map { "    \($0)" }
    }
}
