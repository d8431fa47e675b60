import Addressing
import CapacityPlanner
import IPAMEngine
import NodeConfiguration
import VPCModel

// How pods get their addresses, and what EC2 allows.
extension PlanReader {
    static let networkingFields = ["mode", "customNetworking", "podENI", "settings", "preset", "cilium", "azure", "allocation"]
    /// Settings of the daemon that say how much a node draws.
    static let settings = ["IP_COOLDOWN_PERIOD", "MAX_ENI", "MINIMUM_IP_TARGET", "WARM_ENI_TARGET", "WARM_IP_TARGET", "WARM_PREFIX_TARGET"]

    enum Mode: String, CaseIterable {
        case secondary, prefix, ipv6, dual
        case dualPrefix = "dual-prefix"

        var addressing: EngineConfiguration.Addressing {
            switch self {
            case .secondary: .secondary
            case .prefix: .prefix
            case .ipv6: .ipv6
            case .dual: .dual(.secondary)
            case .dualPrefix: .dual(.prefix)
            }
        }
    }

    mutating func readNetworking(_ node: Node) -> PlanScenario.Networking {
        let fields = yaml.fields(of: node, known: Self.networkingFields, required: [])
        let mode: Mode = fields["mode"].flatMap { yaml.choice($0, "mode") } ?? .secondary
        let isCustom = fields["customNetworking"].flatMap { yaml.flag($0, "customNetworking") } ?? false
        let hasTrunk = fields["podENI"].flatMap { yaml.flag($0, "podENI") } ?? false
        let variables = readSettings(fields["settings"])
        if isCustom, mode == .ipv6 {
            yaml.fault(
                fields["customNetworking"], "customNetworking is about IPv4, and mode is ipv6", "Set it to false, or choose another mode")
        }
        let preset = readPreset(fields)
        let allocation: PlanScenario.Allocation? = fields["allocation"].flatMap { yaml.choice($0, "allocation") }
        let networking = PlanScenario.Networking(
            addressing: mode.addressing, isCustom: isCustom, targets: variables.pool.targets, enisMax: variables.placement.enisMax,
            cooldown: variables.pool.cooldown, hasTrunk: hasTrunk, preset: preset, allocation: allocation ?? .packed)
        return preset == .autoMode ? autoMode(networking, fields) : networking
    }

    private mutating func readSettings(_ node: Node?) -> NodeVariables {
        let written = yaml.settings(node)
        for (name, value) in written where !Self.settings.contains(name) {
            yaml.faults.append(
                ConfigurationFault(
                    place: value.place, problem: "\(name) is no setting that a plan goes by",
                    remedy: suggestion(for: name, among: Self.settings)))
        }
        return NodeVariables(written.filter { Self.settings.contains($0.key) }, faults: &yaml.faults)
    }

    mutating func readControlPlane(_ node: Node) -> PlanScenario.ControlPlane {
        let fields = yaml.fields(of: node, known: ["subnets", "enis"], required: ["subnets"])
        let named = list(fields["subnets"], "subnets", most: 100).compactMap { entry in
            known(entry, "subnets", among: subnets, "subnet", by: \.id.rawValue)
        }
        let enis = fields["enis"].flatMap { yaml.integer($0, "enis", in: 0...100) } ?? 4
        return PlanScenario.ControlPlane(subnets: named.map(\.id), enis: enis)
    }

    // MARK: - EC2

    mutating func readCloud(_ node: Node) -> PlanScenario.Cloud {
        let fields = yaml.fields(of: node, known: ["assignSeconds", "newENISeconds", "buckets", "quotas", "others"], required: [])
        var cloud = PlanScenario.Cloud()
        if let time = fields["assignSeconds"].flatMap({ seconds($0, "assignSeconds", in: 0...3600) }) { cloud.assignTime = time }
        if let time = fields["newENISeconds"].flatMap({ seconds($0, "newENISeconds", in: 0...3600) }) { cloud.newENITime = time }
        for (name, bucket) in yaml.entries(fields["buckets"], "buckets") { readBucket(name, bucket, into: &cloud) }
        let quotas = readCounts(fields["quotas"], atLeast: 1)
        let others = readCounts(fields["others"], atLeast: 0)
        cloud.enisMax = quotas.enis ?? cloud.enisMax
        cloud.unitsMax = quotas.units ?? cloud.unitsMax
        cloud.otherENIs = others.enis ?? 0
        cloud.otherUnits = others.units ?? 0
        return cloud
    }

    private mutating func readCounts(_ node: Node?, atLeast least: Int) -> (enis: Int?, units: Int?) {
        guard let node else { return (nil, nil) }
        let fields = yaml.fields(of: node, known: ["networkInterfaces", "networkAddressUnits"], required: [])
        return (
            fields["networkInterfaces"].flatMap { yaml.integer($0, "networkInterfaces", in: least...10_000_000) },
            fields["networkAddressUnits"].flatMap { yaml.integer($0, "networkAddressUnits", in: least...10_000_000) }
        )
    }

    private mutating func readBucket(_ name: String, _ node: Node, into cloud: inout PlanScenario.Cloud) {
        let fields = yaml.fields(of: node, known: ["burst", "perSecond", "othersPerSecond"], required: [])
        guard let operation = EC2Operation(rawValue: name) else {
            let names = EC2Operation.allCases.map(\.rawValue)
            return yaml.fault(node, "\"\(name)\" is no call that is known", suggestion(for: name, among: names))
        }
        var bucket = cloud.bucket(of: operation)
        if let burst = fields["burst"].flatMap({ yaml.integer($0, "burst", in: 1...1_000_000) }) { bucket.burst = burst }
        if let perSecond = fields["perSecond"].flatMap({ yaml.integer($0, "perSecond", in: 1...1_000_000) }) {
            bucket.perSecond = perSecond
        }
        if let others = fields["othersPerSecond"].flatMap({ yaml.number($0, "othersPerSecond", in: 0...1_000_000) }) {
            bucket.othersPerSecond = others
        }
        cloud.buckets[operation] = bucket
    }

    mutating func readGoals(_ node: Node) -> PlanScenario.Goals {
        let known = ["headroom", "horizonDays", "missProbability", "waitP99Seconds", "addressCost"]
        let fields = yaml.fields(of: node, known: known, required: [])
        let headroom = fields["headroom"].flatMap {
            yaml.text($0, "headroom", expected: "a share from 0% to 90%") { text in
                text.hasSuffix("%") ? Int(text.dropLast()).flatMap { (0...90).contains($0) ? Double($0) / 100 : nil } : nil
            }
        }
        let horizon = fields["horizonDays"].flatMap { yaml.integer($0, "horizonDays", in: 1...36_500) }
        let miss = fields["missProbability"].flatMap { percent($0, "missProbability", in: 0.0001...50) }
        let wait = fields["waitP99Seconds"].flatMap { seconds($0, "waitP99Seconds", in: 0...3600) }
        let cost = fields["addressCost"].flatMap { readCost($0) }
        return PlanScenario.Goals(
            headroom: headroom ?? 0, horizonDays: horizon, missProbability: miss.map { $0 / 100 }, waitP99: wait, addressCost: cost)
    }

    private mutating func readCost(_ node: Node) -> PlanScenario.AddressCost? {
        let fields = yaml.fields(of: node, known: ["perMonth", "currency"], required: ["perMonth", "currency"])
        let amount = fields["perMonth"].flatMap { yaml.number($0, "perMonth", in: 0...1_000_000) }
        let currency = fields["currency"].flatMap {
            yaml.text($0, "currency", expected: "three capital letters such as EUR") { text in
                text.utf8.count == 3 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) } ? text : nil
            }
        }
        guard let amount, let currency else { return nil }
        return PlanScenario.AddressCost(perMonth: amount, currency: currency)
    }
}
