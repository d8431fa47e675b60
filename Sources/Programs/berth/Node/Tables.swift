import Addressing
import NodeReports
import TextTable

/// Reports as tables for people.
enum Tables {
    static func status(_ report: StatusReport) -> String {
        let rows: [(String, String)] =
            [
                ("node", "\(report.node) (\(report.instanceType), \(report.addressing))"),
                ("ENIs", "\(report.enis) of \(report.enisMax), \(report.prefixes) prefixes"),
                (
                    "addresses",
                    "\(report.addresses.attached): \(report.addresses.held) held, \(report.addresses.cooling) cooling, \(report.addresses.free) free"
                ),
                ("pods", "\(report.pods) of \(report.maxPods)"),
                ("waiting", "\(report.waiting) pods, \(report.callsInFlight) calls in flight"),
                ("reason", report.reason.map { "\($0.code): \($0.explanation)" } ?? "-"),
                ("EC2", degradation(report.degradation)),
                ("repairs", repairs(report.repairs)),
            ] + (report.cluster.map(cluster) ?? [])
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
                Column("ADDRESS" <- pod.addresses.map(\.description).joined(separator: " ")),
                Column("ENI" <- pod.eni.rawValue),
                Column("DEVICE" <- device(pod.card, pod.deviceIndex), align: .right),
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
                eni: eni.id.rawValue, device: Tables.device(eni.card, eni.deviceIndex), primary: "\(eni.primaryAddress)",
                block: eni.prefixes.isEmpty ? "\(eni.secondaryAddresses) single" : "\(eni.prefixes.count) prefixes",
                addresses: eni.addresses)
            return [whole]
                + eni.prefixes.map { ENIRow(eni: "", device: "", primary: "", block: "\($0.block)", addresses: $0.addresses) }
                + eni.ipv6Prefixes.map { block in
                    let count = AddressCount(attached: 0, held: eni.ipv6InUse, cooling: 0, free: 0)
                    return ENIRow(eni: "", device: "", primary: "", block: "\(block)", addresses: count)
                }
        }
    }

    static func explanation(_ report: PodExplanationReport) -> String {
        guard !report.requests.isEmpty else {
            return "No pod \(report.namespace)/\(report.name) has asked this node for an address of late."
        }
        return report.requests.map { request in
            let sandbox = "sandbox \(request.containerID.prefix(13))"
            let reason = request.reason.map { "\($0.code): \($0.explanation)" } ?? ""
            return switch request.state {
            case "holding": "\(sandbox) holds \(request.addresses.map(\.description).joined(separator: " "))"
            case "waiting":
                "\(sandbox) waits behind \(request.position ?? 0) others, for another \(seconds(request.seconds)) at most\n    \(reason)"
            default: "\(sandbox) was refused \(seconds(request.seconds)) ago\n    \(reason)"
            }
        }.joined(separator: "\n")
    }

    static func pools(_ report: PoolsReport) -> String {
        report.pools.map { pool in
            let name = (pool.name ?? "the node's own pool") + (pool.card == 0 ? "" : " on network card \(pool.card)")
            let rows: [(String, String)] = [
                ("pool", name),
                (
                    "addresses",
                    "\(pool.addresses.attached): \(pool.addresses.held) held, \(pool.addresses.cooling) cooling, \(pool.addresses.free) free; "
                        + "\(pool.coming) coming, \(pool.waiting) pods waiting, \(pool.expected) expected"
                ),
                ("goal", "\(pool.freeWanted) free, \(pool.attachedWanted) attached; \(pool.short) short, \(pool.over) over"),
                ("because", pool.goal),
                (
                    "demand",
                    "\(decimal(pool.arrivalsPerSecond, places: 2)) pods a second; a refill takes \(decimal(pool.refillSeconds, places: 1)) s"
                ),
                ("ENIs", "\(pool.enis) of \(pool.enisMax), the next in \(pool.subnets.map(\.rawValue).joined(separator: " or "))"),
                ("reason", pool.reason.map { "\($0.code): \($0.explanation)" } ?? "-"),
            ]
            let table = TextTable<(String, String)> { row in
                [Column("POOL" <- row.0), Column("" <- row.1)]
            }
            return lines(table.string(for: rows, style: Style.plain), dropHeader: true)
        }.joined(separator: "\n\n")
    }

    static func seconds(_ seconds: Double?) -> String { "\(decimal(seconds ?? 0, places: 1)) s" }

    private static func decimal(_ value: Double, places: Int) -> String {
        let scale = places == 1 ? 10 : 100
        let whole = Int((value * Double(scale)).rounded())
        let fraction = String(whole % scale)
        return "\(whole / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    /// A device index, with its card where it is not the first.
    fileprivate static func device(_ card: Int, _ index: Int) -> String { card == 0 ? "\(index)" : "\(card):\(index)" }

    /// The table without the blanks at the ends of its lines.
    static func lines(_ table: String?, dropHeader: Bool = false) -> String {
        let lines = (table ?? "").split(separator: "\n").map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return String(line)
        }
        return lines.dropFirst(dropHeader ? 1 : 0).joined(separator: "\n")
    }
}
