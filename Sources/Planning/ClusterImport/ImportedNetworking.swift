import CapacityPlanner
import IPAMEngine

/// How pods get their addresses, by the variables of the CNI's DaemonSet.
struct ImportedNetworking {
    private(set) var value = PlanScenario.Networking()

    /// Variables with a whole number, and what the daemon takes of each.
    static let ranges: [String: ClosedRange<Int>] = [
        "WARM_ENI_TARGET": 0...100, "WARM_IP_TARGET": 0...4096, "MINIMUM_IP_TARGET": 0...4096, "WARM_PREFIX_TARGET": 0...1024,
        "MAX_ENI": 1...100, "IP_COOLDOWN_PERIOD": 0...86_400,
    ]
    static let flags = [
        "ENABLE_IPv4", "ENABLE_IPv6", "ENABLE_PREFIX_DELEGATION", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENABLE_POD_ENI",
    ]

    init(_ cni: ClusterSnapshot.CNI?, _ notes: inout ImportNotes) {
        guard let cni else {
            notes.say(.networking, "Assumed: the defaults of the VPC CNI, as its DaemonSet (aws-node or berth) was not told")
            return
        }
        notes.say(.networking, "By the variables of the DaemonSet \(cni.name); a variable that it does not set has its default")
        let kept = cni.elsewhere.intersection(ClusterSnapshot.CNI.variables).sorted()
        if !kept.isEmpty {
            notes.say(.networking, "Unknown, and so left at the default: \(someOf(kept)), whose value is kept elsewhere")
        }
        func whole(_ name: String) -> Int? {
            guard let text = cni.environment[name], !text.isEmpty, let range = Self.ranges[name] else { return nil }
            // The incumbent takes a target below zero for none.
            guard let number = Int(text), number >= 0 || name == "MAX_ENI" else { return nil }
            guard range.contains(number) else {
                if name != "MAX_ENI" || number > 0 {
                    notes.say(
                        .networking,
                        "\(name) is \(number), and left at the default: a plan takes \(range.lowerBound) to \(range.upperBound)")
                }
                return nil
            }
            return number
        }
        func flag(_ name: String, unset: Bool = false) -> Bool {
            guard let text = cni.environment[name]?.lowercased(), !text.isEmpty else { return unset }
            return ["1", "t", "true"].contains(text)
        }
        let hasIPv6 = flag("ENABLE_IPv6")
        let unit: EngineConfiguration.Addressing.Unit = flag("ENABLE_PREFIX_DELEGATION") ? .prefix : .secondary
        value.addressing = !hasIPv6 ? .ipv4(unit) : flag("ENABLE_IPv4", unset: true) ? .dual(unit) : .ipv6
        value.isCustom = flag("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG")
        value.hasTrunk = flag("ENABLE_POD_ENI")
        value.enisMax = whole("MAX_ENI")
        value.cooldown = whole("IP_COOLDOWN_PERIOD").map { .seconds($0) } ?? value.cooldown
        value.targets = WarmTargets(
            enis: whole("WARM_ENI_TARGET") ?? 1, addresses: whole("WARM_IP_TARGET").flatMap { $0 > 0 ? $0 : nil },
            minimumAddresses: whole("MINIMUM_IP_TARGET").flatMap { $0 > 0 ? $0 : nil }, prefixes: whole("WARM_PREFIX_TARGET") ?? 1)
        if value.addressing == .ipv6, value.isCustom {
            value.isCustom = false
            notes.say(.networking, "Custom networking is about IPv4 and left out: pods have IPv6 alone")
        }
    }
}

extension ClusterSnapshot.CNI {
    /// Those that decide over addresses.
    public static let variables = Set(ImportedNetworking.ranges.keys).union(ImportedNetworking.flags)
}
