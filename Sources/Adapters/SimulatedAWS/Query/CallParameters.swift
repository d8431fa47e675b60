import Addressing
import VPCModel

/// The parameters of one call, taken one after the other: what nobody takes is refused.
///
/// EC2's lists are numbered names, `PrivateIpAddress.1`, and its structures dotted ones, `Filter.1.Name`.
struct CallParameters {
    /// Without the part of the name that led here.
    private var values: [String: String] = [:]
    /// What led here, with its dot; empty at the top.
    private let path: String

    /// - Throws: `InvalidParameterCombination` when a name comes twice.
    init(_ form: QueryForm) throws(VPCError) {
        path = ""
        for pair in form.pairs {
            guard values.updateValue(pair.value, forKey: pair.name) == nil else {
                throw VPCError(.invalidParameterCombination, "The parameter \(pair.name) must occur once")
            }
        }
    }

    private init(_ values: [String: String], path: String) {
        self.values = values
        self.path = path
    }

    mutating func text(_ name: String) -> String? { values.removeValue(forKey: name) }

    mutating func required(_ name: String) throws(VPCError) -> String {
        guard let text = text(name), !text.isEmpty else {
            throw VPCError(.missingParameter, "The request must contain the parameter \(path)\(name)")
        }
        return text
    }

    mutating func flag(_ name: String) throws(VPCError) -> Bool? {
        try value(name) { ["true": true, "false": false][$0.lowercased()] }
    }

    mutating func number(_ name: String) throws(VPCError) -> Int? {
        try value(name) { Int($0) }
    }

    mutating func identifier<Identifier: CloudIdentifier>(_ name: String) throws(VPCError) -> Identifier {
        try Self.identifier(try required(name))
    }

    mutating func identifiers<Identifier: CloudIdentifier>(_ name: String) throws(VPCError) -> [Identifier] {
        var identifiers: [Identifier] = []
        for text in try list(name) { identifiers.append(try Self.identifier(text)) }
        return identifiers
    }

    static func identifier<Identifier: CloudIdentifier>(_ text: String) throws(VPCError) -> Identifier {
        guard let identifier = Identifier(text) else {
            throw VPCError(.invalidParameterValue, "Invalid id: \"\(text)\" (expecting \"\(Identifier.prefix)...\")")
        }
        return identifier
    }

    /// Reads a value of a kind of its own.
    mutating func value<Value>(_ name: String, _ read: (String) -> Value?) throws(VPCError) -> Value? {
        guard let text = text(name) else { return nil }
        return try Self.read(text, path + name, read)
    }

    mutating func list<Value>(_ name: String, _ read: (String) -> Value?) throws(VPCError) -> [Value] {
        var values: [Value] = []
        for text in try list(name) { values.append(try Self.read(text, path + name, read)) }
        return values
    }

    /// Takes `name.1`, `name.2` and so on, in the order of their numbers.
    mutating func list(_ name: String) throws(VPCError) -> [String] {
        var texts: [String] = []
        for (number, group) in groups(name) {
            guard group.count == 1, let text = group[""] else {
                throw VPCError(.unknownParameter, "The parameter \(path)\(name).\(number) is no list of values")
            }
            texts.append(text)
        }
        return texts
    }

    /// Takes `name.1.…`, `name.2.…` and so on, in the order of their numbers; each is to be finished by itself.
    mutating func structures(_ name: String) -> [CallParameters] {
        groups(name).map { CallParameters($1, path: "\(path)\(name).\($0).") }
    }

    /// - Throws: `UnknownParameter` when something is left.
    func finish() throws(VPCError) {
        guard let name = values.keys.min() else { return }
        throw VPCError(.unknownParameter, "The parameter \(path)\(name) is not recognized: the simulated VPC has nothing of the kind")
    }

    /// Takes every parameter that begins with `name.`, a number, and a dot or nothing; by number and what follows it.
    private mutating func groups(_ name: String) -> [(number: Int, values: [String: String])] {
        var groups: [Int: [String: String]] = [:]
        for (key, value) in values where key.hasPrefix(name + ".") {
            let parts = key.dropFirst(name.count + 1).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard let number = Int(parts[0]) else { continue }
            groups[number, default: [:]][parts.count > 1 ? String(parts[1]) : ""] = value
            values[key] = nil
        }
        return groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func read<Value>(_ text: String, _ name: String, _ read: (String) -> Value?) throws(VPCError) -> Value {
        guard let value = read(text) else {
            throw VPCError(.invalidParameterValue, "Value (\(text)) for parameter \(name) is invalid.")
        }
        return value
    }
}
