import CNISpec
import Conformance
import TextTable

extension Tables {
    static func conformance(_ report: ConformanceReport) -> String {
        let table = TextTable<ConformanceReport.Row> { row in
            [
                Column("ROW" <- row.requirement.id, align: .right),
                Column("LEVEL" <- row.requirement.level.rawValue),
                Column("VERDICT" <- row.verdict.word),
                Column("REQUIREMENT" <- row.requirement.text),
                Column("REASON" <- row.verdict.reason ?? ""),
            ]
        }
        let versions = report.versions.map(\.rawValue).joined(separator: ", ")
        return """
            \(lines(table.string(for: report.rows, style: Style.plain)))

            \(report.plugin) in \(versions): \(report.passed) passed, \(report.failed) failed, \(report.notApplicable) not applicable.
            """
    }
}
