public import Addressing
public import CapacityPlanner
public import NodeConfiguration

extension PlanFile {
    /// The largest history that is read, in bytes: a year of a thousand subnets.
    public static let historyBytesMax = 16 << 20

    /// Reads what subnets had left: lines of CSV with the columns `date`, `subnet`, `free_addresses` and, where it was counted,
    /// `free_blocks`, in any order.
    ///
    /// - Parameters:
    ///   - subnets: Those of the plan; lines of others are left out.
    ///   - file: The name that faults carry.
    /// - Throws: ``ConfigurationFaults`` with every fault and its line, up to a hundred and one.
    public static func history(
        csv: String, file: String, subnets: [SubnetID]
    ) throws(ConfigurationFaults) -> [SubnetID: SubnetHistory] {
        var reader = HistoryReader(file: file, subnets: Set(subnets.map(\.rawValue)))
        reader.read(csv)
        guard reader.faults.isEmpty else { throw ConfigurationFaults(told(reader.faults, file)) }
        return reader.history
    }
}

private struct HistoryReader {
    let file: String
    let subnets: Set<String>
    var history: [SubnetID: SubnetHistory] = [:]
    var faults: [ConfigurationFault] = []
    private var line = 0

    private static let needed = ["date", "subnet", "free_addresses"]
    private static let known = needed + ["free_blocks"]

    init(file: String, subnets: Set<String>) {
        self.file = file
        self.subnets = subnets
    }

    mutating func read(_ csv: String) {
        var columns: [String]?
        for text in csv.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            line += 1
            let cells = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(Self.cell)
            guard cells != [""] else { continue }
            guard faults.count <= PlanFile.faultsMax else { return }
            if let columns { readRow(cells, columns) } else { columns = readColumns(cells) }
        }
        if columns == nil { fault("the file is empty", "Begin with the line \(Self.known.joined(separator: ","))") }
        if faults.isEmpty, history.isEmpty {
            fault("no line is about a subnet of the plan", "Name its subnets: \(subnets.sorted().prefix(5).joined(separator: ", "))")
        }
    }

    /// Without blanks and quotation marks around it.
    private static func cell(_ bytes: Substring.UTF8View) -> String {
        let around = Set(" \t\r\"".utf8)
        let start = bytes.drop { around.contains($0) }
        return start.lastIndex { !around.contains($0) }.map { String(decoding: start[...$0], as: UTF8.self) } ?? ""
    }

    private mutating func readColumns(_ cells: [String]) -> [String] {
        for name in Self.needed where !cells.contains(name) {
            fault("the column \(name) is missing", "Begin with the line \(Self.known.joined(separator: ","))")
        }
        return cells
    }

    private mutating func readRow(_ cells: [String], _ columns: [String]) {
        guard cells.count == columns.count else {
            return fault("the line has \(cells.count) cells, and the first has \(columns.count)", "Write one for each column")
        }
        let row = Dictionary(zip(columns, cells)) { first, _ in first }
        guard let name = row["subnet"], subnets.contains(name) else { return }
        let day = row["date"].flatMap { Day($0) }
        if day == nil { fault("\"date\" is \"\(row["date"] ?? "")\"", "Give a day such as 2026-11-21") }
        let addresses = count("free_addresses", row)
        let blocks = row["free_blocks"].flatMap { $0.isEmpty ? nil : count("free_blocks", row) }
        guard let day, let addresses else { return }
        let subnet = SubnetID(unchecked: name)
        history[subnet, default: SubnetHistory()].addresses.append(.init(day: day, free: addresses))
        if let blocks { history[subnet]?.blocks.append(.init(day: day, free: blocks)) }
    }

    private mutating func count(_ column: String, _ row: [String: String]) -> Int? {
        let text = row[column] ?? ""
        if let count = Int(text), (0...65_536).contains(count) { return count }
        fault("\"\(column)\" is \"\(text)\"", "Give a whole number from 0 to 65536")
        return nil
    }

    private mutating func fault(_ problem: String, _ remedy: String) {
        faults.append(ConfigurationFault(place: "\(file):\(max(1, line))", problem: problem, remedy: remedy))
    }
}
