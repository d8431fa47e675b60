import JSON

/// A value in a document, with its place, and the faults that were found so far.
///
/// What is absent is no fault unless it was asked for with `required`: tools leave out what is empty.
struct JSONPlace {
    let value: JSONValue
    /// A file, or the request that was answered.
    let document: String
    /// Such as `.items[3].metadata`; empty for the document itself.
    let path: String

    init(_ value: JSONValue, in document: String, path: String = "") {
        self.value = value
        self.document = document
        self.path = path
    }

    var place: String { path.isEmpty ? document : "\(document) \(path)" }

    /// A member; nil when it is absent or null.
    subscript(name: String) -> JSONPlace? {
        guard let member = value[name], !member.isNull else { return nil }
        return JSONPlace(member, in: document, path: "\(path).\(name)")
    }

    /// Its elements, each with its place.
    func elements(_ values: [JSONValue]) -> [JSONPlace] {
        values.enumerated().map { JSONPlace($0.element, in: document, path: "\(path)[\($0.offset)]") }
    }

    func fault(_ problem: String, _ remedy: String) -> SnapshotFault { SnapshotFault(place: place, problem: problem, remedy: remedy) }
}

/// Takes values out of documents, and gathers what is wrong with them.
struct SnapshotReader {
    private(set) var faults: [SnapshotFault] = []
    private static let faultsMax = 100
    private static let quotedMax = 60

    mutating func fault(_ place: JSONPlace, _ problem: String, _ remedy: String) {
        // Of more nobody reads; the number alone goes on.
        if faults.count < Self.faultsMax { faults.append(place.fault(problem, remedy)) } else { unsaid += 1 }
    }

    private var unsaid = 0

    /// - Throws: ``SnapshotFaults`` where there are any.
    func finish() throws(SnapshotFaults) {
        guard !faults.isEmpty else { return }
        let rest = SnapshotFault(place: "all files", problem: "there are \(unsaid) faults more", remedy: "Mend these first")
        throw SnapshotFaults(faults + (unsaid > 0 ? [rest] : []))
    }

    // MARK: - Values

    /// A text; nil with a fault where it is something else, or where it is required and absent.
    mutating func text(_ parent: JSONPlace, _ name: String, required: Bool = false) -> String? {
        read(parent, name, "a text", required: required) { $0.string }
    }

    mutating func integer(_ parent: JSONPlace, _ name: String, in range: ClosedRange<Int>, required: Bool = false) -> Int? {
        read(parent, name, "a whole number from \(range.lowerBound) to \(range.upperBound)", required: required) {
            $0.integer.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func flag(_ parent: JSONPlace, _ name: String) -> Bool {
        read(parent, name, "true or false", required: false) { $0.bool } ?? false
    }

    /// A text that is read as something.
    mutating func parsed<Value>(
        _ parent: JSONPlace, _ name: String, _ expected: String, required: Bool = false, _ parse: (String) -> Value?
    ) -> Value? {
        read(parent, name, expected, required: required) { $0.string.flatMap(parse) }
    }

    mutating func list(_ parent: JSONPlace, _ name: String) -> [JSONPlace] {
        guard let list = parent[name] else { return [] }
        guard let elements = list.value.array else {
            fault(list, "it is \(list.value.kind)", "Give an array, as the tool writes it")
            return []
        }
        return list.elements(elements)
    }

    /// An object from texts to texts.
    mutating func texts(_ parent: JSONPlace, _ name: String) -> [String: String] {
        guard let found = parent[name] else { return [:] }
        guard let object = found.value.object else {
            fault(found, "it is \(found.value.kind)", "Give an object, as the tool writes it")
            return [:]
        }
        return Dictionary(
            object.members.compactMap { member in member.value.string.map { (member.name, $0) } }, uniquingKeysWith: { _, last in last })
    }

    private mutating func read<Value>(
        _ parent: JSONPlace, _ name: String, _ expected: String, required: Bool, _ parse: (JSONValue) -> Value?
    ) -> Value? {
        guard let found = parent[name] else {
            if required { fault(parent, "it has no \(name)", "Give \(expected) there, as the tool writes it") }
            return nil
        }
        if let value = parse(found.value) { return value }
        fault(found, "it is \(Self.quoted(found.value))", "Give \(expected)")
        return nil
    }

    private static func quoted(_ value: JSONValue) -> String {
        guard let text = value.string else {
            if case .number(let number) = value { return String(number.text.prefix(quotedMax)) }
            return value.kind
        }
        return text.utf8.count <= quotedMax ? "\"\(text)\"" : "\"\(text.prefix(quotedMax))...\""
    }
}
