import Addressing
import NodeReports
import TextTable

/// Reports as tables for people.
enum Tables {
    static func status(_ report: StatusReport) -> String {
        let rows: [(String, String)] = [
            ("node", "\(report.node) (\(report.instanceType), \(report.addressing))"),
            ("ENIs", "\(report.enis) of \(report.enisMax), \(report.prefixes) prefixes"),
            (
                "addresses",
                "\(report.addresses.attached): \(report.addresses.held) held, \(report.addresses.cooling) cooling, \(report.addresses.free) free"
            ),
            ("pods", "\(report.pods) of \(report.maxPods)"),
            ("waiting", "\(report.waiting) pods, \(report.callsInFlight) calls in flight"),
            ("reason", report.reason.map { "\($0.code): \($0.explanation)" } ?? "-"),
        ]
        let table = TextTable<(String, String)> { row in
            [Column("NODE" <- row.0), Column("" <- row.1)]
        }
        return lines(table.string(for: rows, style: Style.plain), dropHeader: true)
    }

    static func pods(_ report: PodsReport) -> String {
        guard !report.pods.isEmpty else { return "No pod holds an address." }
        let table = TextTable<PodsReport.Pod> { pod in
            [
                Column("NAMESPACE" <- pod.namespace.isEmpty ? "-" : pod.namespace),
                Column("POD" <- pod.name.isEmpty ? "-" : pod.name),
                Column("ADDRESS" <- pod.address.description),
                Column("ENI" <- pod.eni.rawValue),
                Column("DEVICE" <- pod.deviceIndex, align: .right),
                Column("STATE" <- pod.state),
                Column("SANDBOX" <- String(pod.containerID.prefix(13))),
            ]
        }
        return lines(table.string(for: report.pods, style: Style.plain))
    }

    static func enis(_ report: ENIsReport) -> String {
        guard !report.enis.isEmpty else { return "The node's ENIs are not known yet." }
        let table = TextTable<ENIRow> { row in
            [
                Column("ENI" <- row.eni),
                Column("DEVICE" <- row.device, align: .right),
                Column("PRIMARY" <- row.primary),
                Column("BLOCK" <- row.block),
                Column("HELD" <- row.addresses.held, align: .right),
                Column("COOLING" <- row.addresses.cooling, align: .right),
                Column("FREE" <- row.addresses.free, align: .right),
            ]
        }
        return lines(table.string(for: report.enis.flatMap(ENIRow.rows), style: Style.plain))
    }

    /// One line of the ENI table: the ENI as a whole, then each of its prefixes.
    private struct ENIRow {
        var eni: String
        var device: String
        var primary: String
        var block: String
        var addresses: AddressCount

        static func rows(_ eni: ENIsReport.ENI) -> [ENIRow] {
            let whole = ENIRow(
                eni: eni.id.rawValue, device: "\(eni.deviceIndex)", primary: "\(eni.primaryAddress)",
                block: eni.prefixes.isEmpty ? "\(eni.secondaryAddresses) single" : "\(eni.prefixes.count) prefixes",
                addresses: eni.addresses)
            return [whole]
                + eni.prefixes.map { ENIRow(eni: "", device: "", primary: "", block: "\($0.block)", addresses: $0.addresses) }
        }
    }

    /// The table without the blanks at the ends of its lines.
    private static func lines(_ table: String?, dropHeader: Bool = false) -> String {
        let lines = (table ?? "").split(separator: "\n").map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return String(line)
        }
        return lines.dropFirst(dropHeader ? 1 : 0).joined(separator: "\n")
    }
}
