import ArgumentParser
import Foundation
import TextTable

extension BenchmarkOptions.Output {
    func print<Value: Encodable>(_ value: Value, table: (Value) -> String) throws {
        switch self {
        case .table:
            Swift.print(table(value))
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
        }
    }
}

/// What was measured as tables for people.
enum Tables {
    static func pods(_ measurement: PodsMeasurement) -> String {
        let start = TextTable<PodsMeasurement.Start> { row in
            [
                Column("START, ms" <- row.contender.rawValue),
                Column("P50" <- decimal(row.wall.p50), align: .right), Column("P90" <- decimal(row.wall.p90), align: .right),
                Column("P99" <- decimal(row.wall.p99), align: .right), Column("CPU P50" <- decimal(row.cpu.p50), align: .right),
            ]
        }
        let rounds = measurement.rounds.flatMap { round in round.contenders.map { (round.atOnce, $0) } }
        return [
            measurement.machine.description, start.string(for: measurement.start, style: Style.plain) ?? "",
            results().string(for: rounds, style: Style.plain) ?? "", budgets(measurement.budgets),
        ].map(trimmed).joined(separator: "\n\n")
    }

    private static func results() -> TextTable<(Int, PodsMeasurement.Result)> {
        TextTable { atOnce, row in
            [
                Column("AT ONCE, ms" <- atOnce, align: .right), Column("" <- row.contender.rawValue),
                Column("ADD P50" <- decimal(row.add.p50), align: .right), Column("P90" <- decimal(row.add.p90), align: .right),
                Column("P99" <- decimal(row.add.p99), align: .right), Column("DEL P50" <- decimal(row.delete.p50), align: .right),
                Column("P90 " <- decimal(row.delete.p90), align: .right), Column("P99 " <- decimal(row.delete.p99), align: .right),
                Column("2ND DEL" <- decimal(row.secondDelete.p50), align: .right),
                Column("ADD CPU" <- row.addCPU.map { decimal($0.p50) } ?? "-", align: .right),
                Column("POD CPU" <- decimal(row.podCPU), align: .right), Column("PODS/S" <- decimal(row.podsPerSecond, 0), align: .right),
                Column("ADD:FLOOR" <- row.addToFloor.map { decimal($0) } ?? "-", align: .right),
                Column("ADD:PTP" <- row.addToPtp.map { decimal($0) } ?? "-", align: .right),
                Column("PODS/S:PTP" <- row.rateToPtp.map { decimal($0) } ?? "-", align: .right),
            ]
        }
    }

    static func budgets(_ budgets: [Budget]) -> String {
        let table = TextTable<Budget> { row in
            [
                Column("BUDGET" <- row.what), Column("MEASURED" <- "\(decimal(row.measured)) \(row.unit)", align: .right),
                Column("LIMIT" <- "\(row.isFloor ? "≥" : "≤") \(decimal(row.limit)) \(row.unit)", align: .right),
                Column("" <- row.isMet ? "met" : "missed"),
            ]
        }
        return trimmed(table.string(for: budgets, style: Style.plain) ?? "")
    }

    static func trimmed(_ text: String) -> String {
        text.split(separator: "\n").map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    static func decimal(_ value: Double, _ places: Int = 2) -> String { String(format: "%.\(places)f", value) }
}
