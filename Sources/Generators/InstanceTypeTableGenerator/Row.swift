/// One instance type as the JSON file has it; an optional fact is absent where no source knows it.
struct Row: Decodable {
    var type: String
    var enis: Int
    var cards: [Int]
    var defaultCard: Int
    var ipv4: Int
    var ipv6: Int?
    var ipv6Supported: Bool?
    var hypervisor: String
    var bareMetal: Bool
    var vcpus: Int?
    var memoryMiB: Int?
    var arch: [String]?
    var trunk: Bool?
    var branchEnis: Int?

    /// The facts in the order in which the table's reader takes them, with a space between and `-` for an absent one.
    func line() throws -> String {
        try check()
        let fields: [String] = [
            type, cards.map(String.init).joined(separator: ","), "\(defaultCard)", "\(ipv4)", text(ipv6), text(ipv6Supported),
            hypervisor, text(bareMetal), text(vcpus), text(memoryMiB), arch?.joined(separator: ",") ?? "-", text(trunk),
            text(branchEnis),
        ]
        return fields.joined(separator: " ")
    }

    private func text(_ fact: Int?) -> String { fact.map(String.init) ?? "-" }
    private func text(_ fact: Bool?) -> String { fact.map { $0 ? "1" : "0" } ?? "-" }

    private func check() throws {
        try require(!type.isEmpty && isPlain(type), "the name \"\(type)\" is not of letters, digits, dots, dashes and underscores")
        try require(arch?.allSatisfy(isPlain) ?? true, "\(type): an architecture holds a character that is not plain")
        try require(!(arch?.isEmpty ?? false), "\(type): \"arch\" is empty; leave it out where it is unknown")
        try require(["nitro", "xen", "unknown"].contains(hypervisor), "\(type): hypervisor \"\(hypervisor)\" is not nitro, xen or unknown")
        try require(cards.allSatisfy { $0 > 0 }, "\(type): a card holds no ENI")
        try require(cards.reduce(0, +) == enis, "\(type): the cards hold \(cards.reduce(0, +)) ENIs, \"enis\" says \(enis)")
        try require(cards.indices.contains(defaultCard), "\(type): there is no card \(defaultCard), only \(cards.count)")
        try require(ipv4 > 0, "\(type): an ENI holds at least its primary address, not \(ipv4)")
        let others = [ipv6, vcpus, memoryMiB, branchEnis].compactMap(\.self)
        try require(others.allSatisfy { $0 >= 0 }, "\(type): a fact is negative")
    }

    private func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }

    private func require(_ condition: Bool, _ problem: String) throws {
        if !condition { throw Fault(problem) }
    }
}

/// What is wrong with the facts.
struct Fault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
