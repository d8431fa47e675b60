import Addressing
import NodeReports
import TextTable

extension Tables {
    static func orphans(_ report: OrphansReport) -> String {
        let sweep =
            report.sweep.intervalSeconds.map { "The sweep comes every \($0) s on average, and never takes an ENI younger than" }
            ?? "The sweep is off; it would never take an ENI younger than"
        let last = "\(sweep) \(report.sweep.ageMinSeconds) s."
        guard !report.enis.isEmpty else { return "No ENI of the VPC is attached to nothing.\n\(last)" }
        let table = TextTable<OrphansReport.ENI> { eni in
            [
                Column("ENI" <- eni.id.rawValue),
                Column("SUBNET" <- eni.subnet.rawValue),
                Column("AGE" <- eni.ageSeconds.map { "\($0) s" } ?? "-", align: .right),
                Column("ORPHAN" <- eni.isOrphan ? "yes" : "no"),
                Column("SWEEP" <- eni.action),
                Column("BECAUSE" <- eni.reason),
            ]
        }
        return lines(table.string(for: report.enis, style: Style.plain)) + "\n\(last)"
    }
}
