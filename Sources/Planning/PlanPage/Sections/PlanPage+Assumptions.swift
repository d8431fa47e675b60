import Addressing
import CapacityPlanner
import IPAMEngine
import InstanceTypes
import VPCModel

extension PlanPage {
    /// What the numbers rest on.
    var assumptions: PageSection {
        PageSection("assumptions", "Assumptions") {
            element(.dl, .class("facts")) {
                facts.map { name, value in
                    element(.div) {
                        element(.dt) { name }
                        element(.dd) { value }
                    }
                }
            }
            groups.markup
            workloads.markup
        }
    }

    private var facts: [(String, String)] {
        let (networking, cloud, goals) = (plan.scenario.networking, plan.scenario.cloud, plan.scenario.goals)
        let others = [
            networking.isCustom ? "custom networking" : nil, networking.hasTrunk ? "branch ENIs for pods" : nil,
            networking.enisMax.map { "at most \($0.of("ENI")) on a node" },
        ].compactMap(\.self)
        let buckets = cloud.buckets.sorted { $0.key.rawValue < $1.key.rawValue }.map { operation, bucket in
            "\(operation.rawValue) \(bucket.burst) at once and \(bucket.perSecond) a second, of which others use "
                + bucket.othersPerSecond.short
        }
        return [
            ("Mode", (["\(networking.addressing)"] + others).joined(separator: ", ")), ("Warm targets", networking.targets.words),
            ("Cooldown of addresses", (networking.cooldown / .seconds(1)).time),
            ("Control plane", "\(plan.scenario.controlPlane.enis.of("ENI")) in \(plan.scenario.controlPlane.subnets.count.of("subnet"))"),
            ("EC2", "\((cloud.assignTime / .seconds(1)).time) for an assignment, \((cloud.newENITime / .seconds(1)).time) for a new ENI"),
            ("EC2's buckets", buckets.isEmpty ? "as published" : "as published, but \(buckets.joined(separator: "; "))"),
            (
                "Quotas",
                "\(cloud.enisMax.grouped) ENIs of the Region, of which others have \(cloud.otherENIs.grouped); \(cloud.unitsMax.grouped) "
                    + "network address units, of which others have \(cloud.otherUnits.grouped)"
            ),
            (
                "Goals",
                "\(goals.headroom.percent) of each subnet stays free" + (goals.horizonDays.map { ", for \($0.of("day"))" } ?? "")
            ),
        ]
    }

    private var groups: DataTable {
        let rows = plan.scenario.nodeGroups.map { group in
            [
                group.name, group.types.map { $0.weight == 1 ? $0.type.name : "\($0.type.name) ×\($0.weight)" }.joined(separator: ", "),
                group.least.grouped, group.desired.grouped, group.most.grouped, group.zones.joined(separator: ", "), group.surge.words,
                group.lifetime.map { ($0 / .seconds(1)).time } ?? "for good",
            ]
        }
        return DataTable(
            caption: "Node groups",
            columns: [
                .words("Group"), .prose("Types"), .number("Min"), .number("Desired"), .number("Max"), .prose("Zones"), .number("Surge"),
                .words("Kept"),
            ], rows: rows, rowsMax: 100)
    }

    private var workloads: DataTable {
        let rows = plan.scenario.workloads.map { workload in
            let size = if case .pods(let pods) = workload.size { pods.grouped } else { "one on each node" }
            return [
                workload.name, size, workload.network.rawValue, workload.rollout.surge.words, workload.rollout.unavailable.words,
                (workload.rollout.ready / .seconds(1)).time, (workload.grace / .seconds(1)).time, workload.arrivalsPerSecond.short,
            ]
        }
        return DataTable(
            caption: "Workloads",
            columns: [
                .words("Workload"), .number("Pods"), .words("Network"), .number("Surge"), .number("Unavailable"), .number("Ready after"),
                .number("Grace"), .number("Arrivals a second"),
            ], rows: rows, rowsMax: 100)
    }
}

extension PlanScenario.Share {
    fileprivate var words: String {
        switch self {
        case .count(let count): count.grouped
        case .percent(let percent): "\(percent)%"
        }
    }
}

extension WarmTargets {
    /// Those that decide, by the daemon's names.
    fileprivate var words: String {
        if auto != nil { return "by what is observed" }
        let inAddresses = [
            addresses.flatMap { $0 > 0 ? "WARM_IP_TARGET \($0)" : nil },
            minimumAddresses.flatMap { $0 > 0 ? "MINIMUM_IP_TARGET \($0)" : nil },
        ].compactMap(\.self)
        return inAddresses.isEmpty
            ? "WARM_ENI_TARGET \(enis), or WARM_PREFIX_TARGET \(prefixes) with prefixes" : inAddresses.joined(separator: ", ")
    }
}
