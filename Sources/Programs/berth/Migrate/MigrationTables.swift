import ArgumentParser
import CommandLineTool
import FoundationEssentials
import Migration
import NodeMigration
import TextTable

/// What the commands of a migration print.
enum MigrationTables {
    static func text(_ report: MigrationReport) -> String {
        let head =
            report.canTakeOver ? "The node can be taken over" : "\(report.obstacles.count) findings stand against taking the node over"
        let closing = "\(head); \(report.pods) pods would be adopted."
        guard !report.findings.isEmpty else { return closing }
        let rows = report.findings.flatMap { finding in
            let isForced = finding.weight == .blocks && report.forced.contains(finding.code)
            let weight = isForced ? "forced" : finding.weight.rawValue
            return [Row(weight: weight, code: finding.code, subject: finding.subject, text: finding.problem)]
                + (finding.remedy.isEmpty ? [] : [Row(text: "-> \(finding.remedy)")])
        }
        let table = TextTable<Row> { row in
            [
                Column("WEIGHT" <- row.weight), Column("FINDING" <- row.code), Column("SUBJECT" <- row.subject), Column("WHAT" <- row.text),
            ]
        }
        return Tables.lines(table.string(for: rows, style: Style.plain)) + "\n\n" + closing
    }

    private struct Row {
        var weight = ""
        var code = ""
        var subject = ""
        var text: String
    }

    /// One thing done, as a line.
    static func line(_ done: MigrationDone) -> String {
        "\(done.isChanged ? "done     " : "unchanged") \(done.step.padded(to: 16)) \(done.path)"
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func fail(_ words: String) throws -> Never {
        StandardError.write("berth: \(words)")
        throw ExitCode.failure
    }
}

extension String {
    fileprivate func padded(to length: Int) -> String { self + String(repeating: " ", count: max(0, length - count)) }
}
