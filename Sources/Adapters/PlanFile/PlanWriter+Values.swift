import CapacityPlanner
import VPCModel

extension PlanWriter {
    static func text(_ share: PlanScenario.Share) -> String {
        switch share {
        case .count(let count): "\(count)"
        case .percent(let percent): "\(percent)%"
        }
    }

    /// Seconds, to the millisecond.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        guard milliseconds != 0 else { return "\(seconds)" }
        let digits = "\(milliseconds + 1000)".dropFirst()
        return "\(seconds).\(digits)"
    }

    static func text(_ event: PlanScenario.Event) -> String {
        switch event {
        case .rollingUpdate(let workload): "rollingUpdate: \(quoted(workload))"
        case .nodeUpgrade(let group): "nodeUpgrade: \(quoted(group))"
        case .blueGreen(let group): "blueGreen: \(quoted(group))"
        case .scaleOut(let group, let nodes): "scaleOut: {nodeGroup: \(quoted(group)), nodes: \(nodes)}"
        case .zoneLoss(let zone): "zoneLoss: \(quoted(zone))"
        case .clusterUpgrade: "clusterUpgrade: true"
        case .consolidation(let group, let nodes): "consolidation: {nodeGroup: \(quoted(group)), nodes: \(text(nodes))}"
        case .massRestart: "massRestart: true"
        case .autoscalersAtMost: "autoscalersAtMost: true"
        case .outage(let duration): "ec2OutageSeconds: \(text(duration))"
        }
    }

    /// Words that YAML takes for something else than a text.
    private static let reserved: Set<String> = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"]

    /// A text as YAML reads it, in quotes where it needs them.
    static func quoted(_ text: String) -> String {
        func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
        let isPlain = text.utf8.allSatisfy { byte in
            isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_./".utf8.contains(byte)
        }
        if isPlain, text.utf8.first.map(isLetter) ?? false, !reserved.contains(text.lowercased()) { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar == "&" || scalar.value == 0x7f: quoted += escape(scalar)
            case _ where scalar.value >= 0x80: quoted += escape(scalar)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let width = scalar.value <= 0xffff ? 4 : 8
        return (width == 4 ? "\\u" : "\\U") + String(repeating: "0", count: width - digits.count) + digits
    }

    // MARK: - Networking and load

    /// Whose arithmetic nodes follow, where it is not Berth's.
    static func preset(of networking: PlanScenario.Networking) -> [String] {
        var lines = networking.preset == .berth ? [] : ["  preset: \(networking.preset.name)"]
        switch networking.preset {
        case .berth, .vpcCNI, .autoMode: break
        case .cilium(let cilium):
            let counts = "preAllocate: \(cilium.preAllocate), minAllocate: \(cilium.minAllocate)"
            lines.append("  cilium: {\(counts), maxAboveWatermark: \(cilium.maxAboveWatermark)}")
        case .azure(let azure): lines.append("  azure: {batch: \(azure.batch), free: \(azure.freePercent)%}")
        }
        return networking.allocation == .packed ? lines : lines + ["  allocation: \(networking.allocation.rawValue)"]
    }

    /// How pods come and go, and how many there may be.
    static func load(of workload: PlanScenario.Workload) -> [String] {
        var lines: [String] = []
        if workload.arrivalsPerSecond > 0 { lines.append("arrivalsPerSecond: \(workload.arrivalsPerSecond)") }
        if let lifetime = workload.lifetime {
            lines.append("lifetimeSeconds: \(text(lifetime))")
            switch workload.lifetimes {
            case .fixed: lines.append("lifetimes: fixed")
            case .exponential: break
            case .logNormal(let sigma): lines.append("lifetimes: {logNormalSigma: \(sigma)}")
            }
        }
        if let burst = workload.burst { lines.append("burst: {pods: \(burst.pods), everySeconds: \(text(burst.every))}") }
        if let scale = workload.scale { lines.append("hpa: {min: \(scale.lowerBound), max: \(scale.upperBound)}") }
        return lines
    }

    // MARK: - EC2 and goals

    mutating func write(_ cloud: PlanScenario.Cloud) {
        let defaults = PlanScenario.Cloud()
        var content: [String] = []
        if cloud.assignTime != defaults.assignTime { content.append("  assignSeconds: \(Self.text(cloud.assignTime))") }
        if cloud.newENITime != defaults.newENITime { content.append("  newENISeconds: \(Self.text(cloud.newENITime))") }
        if !cloud.buckets.isEmpty { content.append("  buckets:") }
        for (operation, bucket) in cloud.buckets.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            content.append(
                "    \(operation.rawValue): {burst: \(bucket.burst), perSecond: \(bucket.perSecond), "
                    + "othersPerSecond: \(bucket.othersPerSecond)}"
            )
        }
        if cloud.enisMax != defaults.enisMax || cloud.unitsMax != defaults.unitsMax {
            content.append("  quotas: {networkInterfaces: \(cloud.enisMax), networkAddressUnits: \(cloud.unitsMax)}")
        }
        if cloud.otherENIs > 0 || cloud.otherUnits > 0 {
            content.append("  others: {networkInterfaces: \(cloud.otherENIs), networkAddressUnits: \(cloud.otherUnits)}")
        }
        if content.isEmpty { space(.cloud) } else { part("ec2:", about: .cloud, content) }
    }

    mutating func write(_ goals: PlanScenario.Goals) {
        var content: [String] = []
        if goals.headroom > 0 { content.append("  headroom: \(Int((goals.headroom * 100).rounded()))%") }
        if let days = goals.horizonDays { content.append("  horizonDays: \(days)") }
        if let share = goals.missProbability { content.append("  missProbability: \(share * 100)%") }
        if let wait = goals.waitP99 { content.append("  waitP99Seconds: \(Self.text(wait))") }
        if let cost = goals.addressCost {
            content.append("  addressCost: {perMonth: \(cost.perMonth), currency: \(Self.quoted(cost.currency))}")
        }
        if !content.isEmpty { part("goals:", about: nil, content) }
    }
}
