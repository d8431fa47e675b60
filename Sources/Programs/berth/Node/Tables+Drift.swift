import NodeReports
import TextTable

extension Tables {
    static func drift(_ report: DriftReport) -> String {
        guard !report.drift.isEmpty else { return "The node's network is as it must be." }
        let table = TextTable<DriftReport.Drift> { drift in
            [
                Column("OWNER" <- drift.owner),
                Column("KIND" <- drift.kind),
                Column("STATE" <- state(of: drift)),
                Column("SINCE" <- "\(seconds(drift.seconds)) ago"),
                Column("OBJECT" <- drift.object),
                Column("BREAKS" <- drift.breaks),
            ]
        }
        return lines(table.string(for: report.drift, style: Style.plain))
    }

    private static func state(of drift: DriftReport.Drift) -> String {
        drift.isMended ? "\(drift.state), mended" : drift.isContested ? "\(drift.state), contested" : drift.state
    }

    /// What was mended, in the words of the status table.
    static func repairs(_ count: RepairCount) -> String {
        let kinds = [
            ("links", count.links), ("addresses", count.addresses), ("routes", count.routes), ("rules", count.rules),
            ("neighbours", count.neighbours), ("sysctls", count.sysctls), ("firewall tables", count.firewall),
            ("pods gone without a DEL", count.podsGone),
        ]
        let told = kinds.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
        return told.isEmpty ? "-" : told.joined(separator: ", ")
    }
}
