import Addressing
import IPAMEngine
import InstanceTypes
import VPCModel

extension Finding {
    static func all(
        of scenario: PlanScenario, _ spaces: [SubnetID: SubnetSpace], _ situations: [Situation], _ kinds: [NodeKindOutcome]
    ) -> [Finding] {
        let search = FindingSearch(scenario: scenario, spaces: spaces, situations: situations)
        let found =
            scenario.subnets.flatMap(search.findings) + search.nodesFull + search.quotas + search.calls + search.outages
            + search.churn(of: kinds)
            + kinds.compactMap(search.warmTarget) + search.zoneShares + kinds.compactMap(search.singleAddresses)
        return found.filter { $0.gravity == .fault } + found.filter { $0.gravity == .warning }
    }
}

extension Finding {
    /// Nil where the subnet lasts longer than is asked for, or nothing says how long.
    static func exhaustion(_ forecast: Forecast, within days: Int?) -> Finding? {
        guard let days, case .exhausted(let date, let perDay, let earliest, _) = forecast.outcome, date <= forecast.asOf + days else {
            return nil
        }
        return Finding(
            gravity: .fault, code: .exhaustion, place: forecast.subnet.rawValue,
            problem:
                "\(forecast.subnet) has \(forecast.free) free \(forecast.unit.rawValue), loses \((perDay * 10).rounded() / 10) a day and "
                + "comes to its end on \(date), on \(earliest) at the earliest; \(days) days from \(forecast.asOf) are asked for",
            remedy: "See what --advice brings", situations: [])
    }
}

/// Looks through all situations for what does not fit, and tells each thing once, at its worst.
private struct FindingSearch {
    let scenario: PlanScenario
    let spaces: [SubnetID: SubnetSpace]
    let situations: [Situation]

    private func names(_ measured: [(situation: Situation, amount: Int)]) -> [String] {
        measured.sorted { $0.amount > $1.amount }.map(\.situation.name)
    }

    /// Situations with an amount above 0, in the plan's order.
    private func measured(_ amount: (Situation) -> Int) -> [(situation: Situation, amount: Int)] {
        situations.map { ($0, amount($0)) }.filter { $0.1 > 0 }
    }

    // MARK: - Subnets

    func findings(of subnet: PlanScenario.Subnet) -> [Finding] {
        guard let space = spaces[subnet.id] else { return [] }
        func missing(_ situation: Situation, _ left: (AddressDemand) -> Int) -> Int { situation.demands[subnet.id].map { -left($0) } ?? 0 }
        let reserve = scenario.goals.reserve(of: space)
        return [
            full(subnet, space, measured { missing($0, space.addresses) }),
            noBlocks(subnet, space, measured { ($0.demands[subnet.id]?.blocks ?? 0) > 0 ? missing($0, space.blocks) : 0 }),
            headroom(
                subnet, space,
                measured { situation in
                    let short = missing(situation) { space.addresses(after: $0) - reserve }
                    return short <= reserve ? short : 0
                }, reserve),
        ].compactMap(\.self)
    }

    private func full(
        _ subnet: PlanScenario.Subnet, _ space: SubnetSpace, _ measured: [(situation: Situation, amount: Int)]
    ) -> Finding? {
        guard let worst = measured.max(by: { $0.amount < $1.amount }), let demand = worst.situation.demands[subnet.id] else { return nil }
        let length = (16...28).reversed().first { SubnetSpace.usableAddresses(ofPrefixLength: $0) >= worst.amount }
        let more = length.map { "a subnet of /\($0) or larger" } ?? "several subnets"
        let zone = subnet.purpose == .pods ? "for pods in \(subnet.zone)" : "in \(subnet.zone)"
        return Finding(
            gravity: .fault, code: .subnetFull, place: subnet.id.rawValue,
            problem: "\(subnet.id) with \(subnet.block) is short of \(worst.amount) addresses in \(worst.situation.name): nodes and pods "
                + "take \(demand.addresses) and others \(subnet.others) of \(space.usable)",
            remedy: "Add \(more) \(zone), or let nodes hold less (WARM_IP_TARGET)", situations: names(measured))
    }

    private func noBlocks(
        _ subnet: PlanScenario.Subnet, _ space: SubnetSpace, _ measured: [(situation: Situation, amount: Int)]
    ) -> Finding? {
        guard let worst = measured.max(by: { $0.amount < $1.amount }), let demand = worst.situation.demands[subnet.id] else { return nil }
        let free = max(0, space.addresses(after: AddressDemand(singles: demand.singles)))
        let remedy: String
        if let length = SubnetSpace.reservation(forBlocks: demand.blocks), length > subnet.block.prefixLength {
            remedy =
                "Keep single addresses out of a /\(length): aws ec2 create-subnet-cidr-reservation --subnet-id \(subnet.id) "
                + "--reservation-type prefix --cidr <a /\(length) of \(subnet.block) that is free>"
        } else {
            remedy = "Give pods a subnet of their own in \(subnet.zone), large enough for \(demand.blocks) blocks"
        }
        return Finding(
            gravity: scenario.networking.preset.fallsBackToSingles ? .warning : .fault, code: .noFreeBlocks, place: subnet.id.rawValue,
            problem: "\(subnet.id) with \(subnet.block) is short of \(worst.amount) free /28 blocks of \(demand.blocks) in "
                + "\(worst.situation.name), though \(free) addresses are free before them",
            remedy: remedy, situations: names(measured))
    }

    private func headroom(
        _ subnet: PlanScenario.Subnet, _ space: SubnetSpace, _ measured: [(situation: Situation, amount: Int)], _ reserve: Int
    ) -> Finding? {
        guard let worst = measured.max(by: { $0.amount < $1.amount }) else { return nil }
        return Finding(
            gravity: .fault, code: .headroom, place: subnet.id.rawValue,
            problem: "\(subnet.id) keeps \(reserve - worst.amount) addresses free in \(worst.situation.name), and \(reserve) are wanted",
            remedy: "Add a subnet in \(subnet.zone), or lower goals.headroom", situations: names(measured))
    }

    // MARK: - Nodes, quotas, calls

    var nodesFull: [Finding] {
        scenario.workloads.compactMap { workload in
            let measured = measured { $0.unplaced[workload.name] ?? 0 }
            guard let worst = measured.max(by: { $0.amount < $1.amount }) else { return nil }
            return Finding(
                gravity: .fault, code: .nodesFull, place: workload.name,
                problem: "\(worst.amount) pods of \(workload.name) find no node in \(worst.situation.name)",
                remedy: "Raise the group's max nodes or maxPods, or let the workload run in more groups and zones",
                situations: names(measured))
        }
    }

    var quotas: [Finding] {
        let cloud = scenario.cloud
        return [
            quota(.eniQuota, "network interfaces of the Region", cloud.enisMax) { $0.total.enis + cloud.otherENIs },
            quota(.unitQuota, "network address units of the VPC", cloud.unitsMax) { $0.total.units(nodes: $0.nodes) + cloud.otherUnits },
        ].compactMap(\.self)
    }

    /// A fault beyond the quota, a warning from four fifths of it.
    private func quota(_ code: Finding.Code, _ name: String, _ most: Int, _ use: (Situation) -> Int) -> Finding? {
        let measured = measured { max(0, use($0) * 5 - most * 4) }
        guard let worst = measured.map({ ($0.situation, use($0.situation)) }).max(by: { $0.1 < $1.1 }) else { return nil }
        return Finding(
            gravity: worst.1 > most ? .fault : .warning, code: code, place: name,
            problem: "\(worst.1) of \(most) \(name) are used in \(worst.0.name)",
            remedy: code == .eniQuota
                ? "Ask AWS for a higher quota, or take larger nodes" : "Ask AWS for a higher quota, or use prefixes: one is one unit",
            situations: names(measured))
    }

    var calls: [Finding] {
        situations.compactMap { situation in
            guard situation.seconds == nil, let operation = situation.throttledBy else { return nil }
            let bucket = scenario.cloud.bucket(of: operation)
            return Finding(
                gravity: .fault, code: .throttled, place: operation.rawValue,
                problem: "calls of \(situation.name) never come through: others use \(bucket.othersPerSecond) of \(bucket.perSecond) "
                    + "\(operation.rawValue) a second",
                remedy: "Ask AWS for a larger bucket, or find out who calls", situations: [situation.name])
        }
    }

    /// Nodes that live for a while come again as often: a rate of calls without end.
    func churn(of kinds: [NodeKindOutcome]) -> [Finding] {
        let rates = kinds.compactMap { outcome -> (calls: EC2Calls, perSecond: Double)? in
            let group = scenario.nodeGroups.first { $0.name == outcome.kind.group }
            guard let lifetime = group?.lifetime, let draw = outcome[.typical]?.draw else { return nil }
            return (draw.calls(from: nil), Double(outcome.nodes) / (lifetime / .seconds(1)))
        }
        return EC2Operation.allCases.compactMap { operation in
            let wanted = rates.reduce(0) { $0 + Double($1.calls.byOperation[operation] ?? 0) * $1.perSecond }
            let bucket = scenario.cloud.bucket(of: operation)
            let refill = Double(bucket.perSecond) - bucket.othersPerSecond
            guard wanted > refill else { return nil }
            return Finding(
                gravity: .fault, code: .throttled, place: operation.rawValue,
                problem:
                    "nodes that come again ask for \(rounded(wanted)) \(operation.rawValue) a second, and EC2 lets \(rounded(refill)) through",
                remedy: "Keep nodes for longer, take larger ones, or ask AWS for a larger bucket", situations: [])
        }
    }

    private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    var outages: [Finding] {
        situations.filter { $0.blocked > 0 }.map { situation in
            Finding(
                gravity: .warning, code: .outage, place: situation.name,
                problem:
                    "\(situation.blocked) pods would come and find no address in \(situation.name), if none went: \(situation.warm) are warm",
                remedy: "Keep more warm (WARM_IP_TARGET, MINIMUM_IP_TARGET) on nodes that must take pods meanwhile",
                situations: [situation.name])
        }
    }

    /// Rule 26: with one of z zones lost the others take its share, so that none may be fuller than (z - 1)/z. Zones whose loss is
    /// among the events are judged by that.
    var zoneShares: [Finding] {
        let zones = Set(scenario.subnets.map(\.zone)).sorted()
        let areTried = scenario.events.contains { if case .zoneLoss = $0 { true } else { false } }
        guard zones.count > 1, !areTried, let steady = situations.first else { return [] }
        return zones.compactMap { zone in
            let subnets = scenario.subnets.filter { $0.zone == zone }
            let usable = subnets.reduce(0) { $0 + (spaces[$1.id]?.usable ?? 0) }
            let used = subnets.reduce(0) { $0 + $1.others + (steady.demands[$1.id]?.addresses ?? 0) }
            guard used * zones.count > usable * (zones.count - 1) else { return nil }
            return Finding(
                gravity: .warning, code: .zoneShare, place: zone,
                problem: "\(zone) has \(used) of \(usable) addresses in use; with one of \(zones.count) zones lost, \(zones.count - 1)/"
                    + "\(zones.count) is the most that the others can take over",
                remedy: "Add a zone-loss event to see what is missing", situations: [steady.name])
        }
    }

    /// Rule 28: what is warm on a node is to last until EC2 has given more.
    func warmTarget(_ outcome: NodeKindOutcome) -> Finding? {
        guard let needed = outcome.warmNeeded, let warm = outcome[.typical]?.draw.warm, warm < needed.addresses else { return nil }
        return Finding(
            gravity: .warning, code: .warmTarget, place: outcome.kind.group,
            problem: "\(warm) addresses are warm on a node with \(outcome.kind.type.name), and \(needed.addresses) are needed: "
                + "\(rounded(needed.mean)) pods come in the \(rounded(needed.refillSeconds)) s that EC2 takes"
                + (needed.atOnce > 0 ? ", and \(needed.atOnce) at once" : ""),
            remedy: "Set WARM_IP_TARGET to \(needed.addresses)", situations: [])
    }

    func singleAddresses(_ outcome: NodeKindOutcome) -> Finding? {
        guard outcome.kind.limit == .singleAddresses || scenario.networking.addressing == .prefix && !outcome.kind.usesPrefixes else {
            return nil
        }
        return Finding(
            gravity: .warning, code: .singleAddresses, place: outcome.kind.group,
            problem: "\(outcome.kind.type.name) is not built on Nitro and takes no prefixes; its pods get single addresses",
            remedy: "Choose a type that is", situations: [])
    }
}
