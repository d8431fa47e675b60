import Addressing
import CapacityPlanner

/// A plan as a series: a line for each subnet in each situation in which it is there.
struct PlanSeries {
    let csv: String

    init(_ plan: CapacityPlan) {
        let titles = [
            "situation", "subnet", "zone", "usable_addresses", "used_by_others", "addresses", "prefixes", "network_interfaces",
            "free_addresses",
            "free_blocks", "fits",
        ]
        let lines = plan.situations.flatMap { situation in
            plan.scenario.subnets.compactMap { subnet -> [String]? in
                guard let space = plan.spaces[subnet.id], let use = PlanReport.Use(plan, situation, subnet.id) else { return nil }
                return [
                    situation.name, subnet.id.rawValue, subnet.zone, "\(space.usable)", "\(subnet.others)", "\(use.addresses)",
                    "\(use.prefixes)", "\(use.networkInterfaces)", "\(use.freeAddresses)", "\(use.freeBlocks)", "\(use.fits)",
                ]
            }
        }
        csv = ([titles] + lines).map { $0.map(Self.field).joined(separator: ",") }.joined(separator: "\n")
    }

    /// In quotation marks where it has to be (RFC 4180).
    static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
