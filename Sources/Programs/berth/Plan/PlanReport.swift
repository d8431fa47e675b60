import Addressing
import CapacityPlanner
import FoundationEssentials
import InstanceTypes
import VPCModel

/// A plan for programs.
struct PlanReport: Encodable {
    let schema = "berth/plan/1"
    let fits: Bool
    let networking: Networking
    /// Nil where the file tells no cost.
    let warmAddressCost: Cost?
    let findings: [Finding]
    let subnets: [Subnet]
    let zones: [Zone]
    let nodeTypes: [NodeType]
    /// The cluster at rest first, then each event in the file's order.
    let situations: [Situation]
    /// Of subnets with a history.
    let forecasts: [Forecast]
    /// Best first; nil where it was not asked for.
    let advice: [Advice]?
    /// How the cluster ran; nil where it was not asked for.
    let simulation: SimulationSection?

    struct Networking: Encodable {
        let preset: String
        let allocation: String
        /// Whether a simulation of the same file has nodes that do what the formulas say.
        let runsBerthsEngine: Bool
    }

    /// With the cluster at rest.
    struct Cost: Encodable {
        let perMonth: Double
        let currency: String
    }

    struct Forecast: Encodable {
        let subnet: String
        let unit: String
        let free: Int
        let asOf: String
        /// Nil where there is no date; `noDate` says why.
        let exhausted: String?
        let earliest: String?
        let latest: String?
        let perDay: Double?
        let noDate: String?
    }

    struct Advice: Encodable {
        let change: String
        let risk: String
        let commands: [String]
        let fits: Bool
        let faults: Int
        let addressesGained: Int
        /// Nil without a history, or where nothing is lost.
        let daysGained: Int?
    }

    struct Finding: Encodable {
        let gravity: String
        let code: String
        let place: String
        let problem: String
        let remedy: String
        let situations: [String]
    }

    struct Subnet: Encodable {
        let id: String
        let zone: String
        let cidr: String
        let purpose: String
        let usableAddresses: Int
        let usedByOthers: Int
        let reservedBlocks: Int
        /// Among `usedByOthers`, by name.
        let tenants: [String: Int]
        let steady: Use?
        let peak: Use?
        /// At rest after all events, if no node gave an ENI or a prefix back: an upper figure.
        let afterPeaks: Use?
    }

    /// What is taken of a subnet in one situation, and what is left.
    struct Use: Encodable {
        let situation: String
        let addresses: Int
        let prefixes: Int
        let networkInterfaces: Int
        /// Negative by what is missing.
        let freeAddresses: Int
        let freeBlocks: Int
        /// From 0, when all that is free lies in whole blocks, to 1.
        let fragmentation: Double
        let fits: Bool
    }

    struct Zone: Encodable {
        let zone: String
        let usableAddresses: Int
        /// With the cluster at rest, those of others among them.
        let usedAddresses: Int
        let utilisation: Double
        /// What the zone may be filled to if the loss of any one is to be outlived.
        let utilisationMax: Double
    }

    struct NodeType: Encodable {
        let nodeGroup: String
        let instanceType: String
        let nodes: Int
        let maxPods: Int
        /// Nil where the file says the figure.
        let limitedBy: String?
        /// ENIs of all network cards, and of the default one, whose ENIs alone carry pods.
        let networkInterfacesMax: Int
        let networkInterfacesOfDefaultCard: Int
        /// What the goals ask a node to keep warm; nil without such a goal, or where no pods come.
        let warmAddressesNeeded: Int?
        /// By mode.
        let maxPodsByMode: [String: Int]
        let loads: [Load]
    }

    struct Load: Encodable {
        let load: String
        let pods: Int
        let addresses: Int
        let networkInterfaces: Int
        let prefixes: Int
        let warmAddresses: Int
        let nodesThatFit: Int
        let podsThatFit: Int
    }

    struct Situation: Encodable {
        let name: String
        let nodes: Int
        let pods: Int
        let podsWithoutNode: [String: Int]
        let addresses: Int
        let warmAddresses: Int
        let networkInterfaces: Int
        let networkAddressUnits: Int
        let calls: [String: Int]
        let throttledBy: String?
        let throttledSeconds: Double?
        /// Nil where calls never come through.
        let secondsToAllRunning: Double?
        let podsBlocked: Int
        let subnets: [String: Use]
    }

    init(_ plan: CapacityPlan, _ changes: [CapacityPlanner.Advice]?, _ simulated: PlanSimulation.Result? = nil) {
        let (scenario, warm) = (plan.scenario, plan.steady.warm)
        networking = Networking(
            preset: scenario.networking.preset.name, allocation: scenario.networking.allocation.rawValue,
            runsBerthsEngine: scenario.networking.runsBerthsEngine)
        warmAddressCost = scenario.goals.addressCost.map { Cost(perMonth: Double(warm) * $0.perMonth, currency: $0.currency) }
        simulation = simulated.map { SimulationSection($0, plan) }
        forecasts = plan.forecasts.map(Forecast.init)
        advice = changes.map { $0.map { Advice($0, plan.forecasts) } }
        fits = plan.fits
        findings = plan.findings.map {
            Finding(
                gravity: $0.gravity.rawValue, code: $0.code.rawValue, place: $0.place, problem: $0.problem, remedy: $0.remedy,
                situations: $0.situations)
        }
        subnets = plan.scenario.subnets.map { subnet in
            let space = plan.spaces[subnet.id]
            let peak = plan.peak(of: subnet.id)
            return Subnet(
                id: subnet.id.rawValue, zone: subnet.zone, cidr: "\(subnet.block)", purpose: subnet.purpose.rawValue,
                usableAddresses: space?.usable ?? 0, usedByOthers: subnet.others, reservedBlocks: space?.reservedBlocks ?? 0,
                tenants: Dictionary(subnet.tenants.map { ($0.name, $0.addresses) }) { first, _ in first },
                steady: Use(plan, plan.steady, subnet.id), peak: Use(plan, peak.situation, subnet.id),
                afterPeaks: Use(plan, plan.afterPeaks, subnet.id))
        }
        zones = Zone.all(of: plan)
        nodeTypes = plan.nodeKinds.map { NodeType($0, plan.scenario) }
        situations = plan.situations.map { Situation($0, plan) }
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

extension PlanReport.Use {
    /// Nil for a subnet that is lost in the situation.
    init?(_ plan: CapacityPlan, _ situation: Situation, _ subnet: SubnetID) {
        guard let space = plan.spaces[subnet], let demand = situation.demands[subnet] else { return nil }
        self.init(
            situation: situation.name, addresses: demand.addresses, prefixes: demand.blocks, networkInterfaces: demand.enis,
            freeAddresses: space.addresses(after: demand), freeBlocks: space.blocks(after: demand),
            fragmentation: thousandths(space.fragmentation(after: demand)), fits: space.holds(demand))
    }
}

extension PlanReport.Zone {
    static func all(of plan: CapacityPlan) -> [Self] {
        let zones = Set(plan.scenario.subnets.map(\.zone)).sorted()
        return zones.map { zone in
            let subnets = plan.scenario.subnets.filter { $0.zone == zone }
            let usable = subnets.reduce(0) { $0 + (plan.spaces[$1.id]?.usable ?? 0) }
            let used = subnets.reduce(0) { $0 + $1.others + (plan.steady.demands[$1.id]?.addresses ?? 0) }
            let most = zones.count > 1 ? Double(zones.count - 1) / Double(zones.count) : 1
            return Self(
                zone: zone, usableAddresses: usable, usedAddresses: used, utilisation: thousandths(Double(used) / Double(usable)),
                utilisationMax: thousandths(most))
        }
    }
}

/// Rounded to three places.
private func thousandths(_ share: Double) -> Double { (share * 1000).rounded() / 1000 }

extension PlanReport.NodeType {
    init(_ outcome: NodeKindOutcome, _ scenario: PlanScenario) {
        let kind = outcome.kind
        nodeGroup = kind.group
        instanceType = kind.type.name
        nodes = outcome.nodes
        maxPods = kind.podsMax
        limitedBy = kind.limit?.rawValue
        networkInterfacesMax = kind.type.cards.reduce(0, +)
        networkInterfacesOfDefaultCard = kind.type.enis
        warmAddressesNeeded = outcome.warmNeeded?.addresses
        let modes = PodMode.allCases.filter { $0.obstacle(on: kind.type) == nil }.map { mode in
            let leaves = scenario.networking.isCustom && mode != .ipv6
            return (mode.rawValue, kind.type.podLimit(PodAddressing(mode.slot, leavesPrimaryENI: leaves)).pods)
        }
        maxPodsByMode = Dictionary(uniqueKeysWithValues: modes)
        loads = outcome.loads.map { load in
            let total = load.draw.total
            return PlanReport.Load(
                load: load.name.rawValue, pods: load.pods, addresses: total.addresses, networkInterfaces: total.enis,
                prefixes: total.blocks,
                warmAddresses: load.draw.warm, nodesThatFit: load.nodesThatFit, podsThatFit: load.nodesThatFit * load.pods)
        }
    }
}

extension PlanReport.Situation {
    init(_ situation: Situation, _ plan: CapacityPlan) {
        name = situation.name
        nodes = situation.nodes
        pods = situation.pods
        podsWithoutNode = situation.unplaced
        let total = situation.total
        addresses = total.addresses
        warmAddresses = situation.warm
        networkInterfaces = total.enis
        networkAddressUnits = total.units(nodes: situation.nodes)
        calls = Dictionary(uniqueKeysWithValues: situation.calls.byOperation.map { ($0.key.rawValue, $0.value) })
        throttledBy = situation.throttledBy?.rawValue
        throttledSeconds = situation.throttledSeconds
        secondsToAllRunning = situation.seconds
        podsBlocked = situation.blocked
        let uses = plan.scenario.subnets.compactMap { subnet in
            PlanReport.Use(plan, situation, subnet.id).map { (subnet.id.rawValue, $0) }
        }
        subnets = Dictionary(uniqueKeysWithValues: uses)
    }
}

extension PlanReport.Forecast {
    init(_ forecast: CapacityPlanner.Forecast) {
        let (subnet, unit, asOf) = (forecast.subnet.rawValue, forecast.unit.rawValue, "\(forecast.asOf)")
        switch forecast.outcome {
        case .exhausted(let date, let perDay, let earliest, let latest):
            self.init(
                subnet: subnet, unit: unit, free: forecast.free, asOf: asOf, exhausted: "\(date)", earliest: "\(earliest)",
                latest: latest.map { "\($0)" }, perDay: perDay, noDate: nil)
        case .noDate(let reason):
            self.init(
                subnet: subnet, unit: unit, free: forecast.free, asOf: asOf, exhausted: nil, earliest: nil, latest: nil, perDay: nil,
                noDate: reason.rawValue)
        }
    }
}

extension PlanReport.Advice {
    init(_ advice: CapacityPlanner.Advice, _ forecasts: [CapacityPlanner.Forecast]) {
        self.init(
            change: advice.change.title, risk: advice.change.risk, commands: advice.change.commands, fits: advice.fits,
            faults: advice.faults, addressesGained: advice.gain, daysGained: advice.daysGained(by: forecasts))
    }
}
