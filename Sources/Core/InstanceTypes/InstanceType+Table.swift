extension InstanceType {
    /// Every known type, sorted by name in byte order.
    public static let all: [InstanceType] = InstanceTypeTable.lines.withUTF8Buffer { table in
        table.split(separator: newLine).map { InstanceType(line: $0) }
    }

    /// Returns the type of that name, or nil when the table does not know it; takes O(log n).
    public static func named(_ name: String) -> InstanceType? {
        InstanceTypeTable.lines.withUTF8Buffer { table in
            line(named: name.utf8, in: table).map { InstanceType(line: $0) }
        }
    }

    private static let newLine = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")

    /// Bisects the sorted lines. `low` and `high` are always beginnings of lines, or the end.
    private static func line(named name: String.UTF8View, in table: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>>? {
        var low = table.startIndex
        var high = table.endIndex
        while low < high {
            let middle = low + (high - low) / 2
            let start = table[low..<middle].lastIndex(of: newLine).map { $0 + 1 } ?? low
            let end = table[middle...].firstIndex(of: newLine) ?? table.endIndex
            let candidate = table[start..<end].prefix { $0 != space }
            if name.elementsEqual(candidate) { return table[start..<end] }
            if name.lexicographicallyPrecedes(candidate) {
                high = start
            } else {
                low = end + 1
            }
        }
        return nil
    }

    /// Reads one line; the generator wrote the fields in this order.
    private init(line: Slice<UnsafeBufferPointer<UInt8>>) {
        var fields = TableFields(line)
        self.init(
            name: fields.text(), cards: fields.numbers(), defaultCard: fields.number(), ipv4PerENI: fields.number(),
            ipv6PerENI: fields.knownNumber(), supportsIPv6: fields.knownFlag(), hypervisor: Hypervisor(rawValue: fields.text()) ?? .unknown,
            isBareMetal: fields.flag(), vcpus: fields.knownNumber(), memoryMiB: fields.knownNumber(), architectures: fields.texts(),
            supportsTrunk: fields.knownFlag(), branchENIs: fields.knownNumber())
    }
}

/// Takes the fields of a table line from left to right; `-` stands for an unknown fact.
private struct TableFields {
    private let line: String
    private var rest: ArraySlice<Substring>

    init(_ line: Slice<UnsafeBufferPointer<UInt8>>) {
        self.line = String(decoding: line, as: UTF8.self)
        rest = self.line.split(separator: " ")[...]
    }

    mutating func text() -> String { required(known(), "text") }
    mutating func texts() -> [String] { known().map { $0.split(separator: ",").map(String.init) } ?? [] }
    mutating func number() -> Int { required(knownNumber(), "number") }
    mutating func numbers() -> [Int] { texts().map { required(Int($0), "number") } }
    mutating func knownNumber() -> Int? { known().map { required(Int($0), "number") } }
    mutating func flag() -> Bool { required(knownFlag(), "flag") }
    mutating func knownFlag() -> Bool? { known().map { $0 == "1" } }

    private mutating func known() -> String? {
        let field = required(rest.popFirst(), "field")
        return field == "-" ? nil : String(field)
    }

    private func required<Fact>(_ fact: Fact?, _ kind: String) -> Fact {
        guard let fact else {
            preconditionFailure("the instance type table lacks a \(kind), \(rest.count) fields before the end of \"\(line)\"")
        }
        return fact
    }
}
