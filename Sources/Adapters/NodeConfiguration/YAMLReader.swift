package import Yams

/// Reads YAML field by field and collects everything that is wrong, with its line.
package struct YAMLReader {
    package let file: String
    private static let suggestionsMax = 100
    package var faults: [ConfigurationFault] = []

    package init(file: String) {
        self.file = file
    }

    package mutating func fault(_ node: Yams.Node?, _ problem: String, _ remedy: String) {
        faults.append(ConfigurationFault(place: place(of: node), problem: problem, remedy: remedy))
    }

    func place(of node: Yams.Node?) -> String {
        node?.mark.map { "\(file):\($0.line)" } ?? file
    }

    /// Parses the document; a file that is not YAML is its only fault, and one with anchors is not parsed.
    package mutating func root(of yaml: String) throws(ConfigurationFaults) -> Yams.Node {
        let before = faults.count
        refuseAnchors(in: yaml)
        guard faults.count == before else { throw ConfigurationFaults(faults) }
        do {
            if let node = try Yams.compose(yaml: yaml) { return node }
            throw ConfigurationFaults([
                ConfigurationFault(place: "\(file):1", problem: "the file is empty", remedy: "Describe subnets and nodes")
            ])
        } catch let error as YamlError {
            throw ConfigurationFaults([Self.fault(error, file)])
        } catch let faults as ConfigurationFaults {
            throw faults
        } catch {
            throw ConfigurationFaults([ConfigurationFault(place: file, problem: "\(error)", remedy: "Mend the YAML there")])
        }
    }

    private static func fault(_ error: YamlError, _ file: String) -> ConfigurationFault {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            ConfigurationFault(place: "\(file):\(mark.line)", problem: words(problem), remedy: "Mend the YAML there")
        case .reader(let problem, let offset, _, let yaml):
            ConfigurationFault(
                place: "\(file):\(yaml.utf8.prefix(offset ?? 0).count { $0 == UInt8(ascii: "\n") } + 1)", problem: problem,
                remedy: "Write the file as UTF-8 text")
        case .duplicatedKeysInMapping(let names, let context):
            ConfigurationFault(
                place: "\(file):\(context.mark.line)", problem: "\(names.prefix(3).joined(separator: ", ")) is given twice",
                remedy: "Keep one")
        default:
            ConfigurationFault(place: file, problem: "it is not YAML: \(error)", remedy: "Mend the file")
        }
    }

    /// The parser's own words, but for those that name a function of it.
    private static func words(_ problem: String) -> String {
        problem.hasPrefix("Maximum nesting") ? "lists and mappings are too deep in each other" : problem
    }

    /// The fields of a mapping by name; unknown, repeated and missing ones are faults.
    package mutating func fields(of node: Yams.Node, known: [String], required: [String]) -> [String: Yams.Node] {
        guard let mapping = node.mapping else {
            fault(node, "a mapping is expected", "Write fields: \(known.joined(separator: ", "))")
            return [:]
        }
        var fields: [String: Yams.Node] = [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
            if !known.contains(name) {
                // Where there are thousands, nobody meant any of them.
                let remedy = faults.count < Self.suggestionsMax ? suggestion(for: name, among: known) : "Remove it"
                fault(key, "\"\(name)\" is not a known field", remedy)
            } else if fields.updateValue(value, forKey: name) != nil {
                fault(key, "\"\(name)\" is given twice", "Keep one")
            }
        }
        for name in required where fields[name] == nil {
            fault(node, "\"\(name)\" is missing", "Add it")
        }
        return fields
    }

    package mutating func list(_ node: Yams.Node?, _ name: String) -> [Yams.Node] {
        guard let node else { return [] }
        guard let sequence = node.sequence, !sequence.isEmpty else {
            fault(node, "\"\(name)\" must be a list with at least one entry", "Write one entry a line, each behind a dash")
            return []
        }
        return Array(sequence)
    }

    /// Entries of one list differ in the field that tells them apart.
    package mutating func requireDistinct(_ field: String, of entries: [Yams.Node], _ what: String, by key: (Yams.Node.Mapping) -> String?)
    {
        var seen: Set<String> = []
        for entry in entries {
            guard let value = entry.mapping.flatMap(key), !seen.insert(value).inserted else { continue }
            fault(entry, "the \(field) \"\(value)\" is given to two \(what)s", "Give each \(what) its own")
        }
    }

    /// Variables and their values as text, each with its place.
    package mutating func settings(_ node: Yams.Node?) -> [String: (value: String, place: String)] {
        guard let node else { return [:] }
        guard let mapping = node.mapping else {
            fault(node, "\"settings\" must be a mapping", "Write NAME: value, one a line")
            return [:]
        }
        var settings: [String: (value: String, place: String)] = [:]
        for (key, value) in mapping {
            settings[key.string ?? ""] = (value.string ?? "", place(of: key))
        }
        return settings
    }

    /// A mapping whose keys are names of the writer's choice, in their order.
    package mutating func entries(_ node: Yams.Node?, _ name: String) -> [(name: String, value: Yams.Node)] {
        guard let node else { return [] }
        guard let mapping = node.mapping else {
            fault(node, "\"\(name)\" must be a mapping", "Write NAME: and its fields, one name a line")
            return []
        }
        return mapping.map { ($0.key.string ?? "", $0.value) }
    }

    /// A mapping from text to text.
    mutating func texts(_ node: Yams.Node?, _ name: String) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, value) in entries(node, name) {
            texts[key] = text(value, key, expected: "a text") { $0 }
        }
        return texts
    }

    package mutating func text<Value>(_ node: Yams.Node, _ name: String, expected: String, _ parse: (String) -> Value?) -> Value? {
        if let value = node.string.flatMap(parse) { return value }
        fault(node, "\"\(name)\" is \"\(node.string ?? "not a text")\"", "Give \(expected)")
        return nil
    }

    /// A name that may be a part of file and namespace names.
    package mutating func name(_ node: Yams.Node, _ field: String) -> String? {
        text(node, field, expected: "1 to 63 lower-case letters, digits and dashes") { name in
            let isPlain = name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "-")
            }
            return isPlain && (1...63).contains(name.utf8.count) ? name : nil
        }
    }

    mutating func whole(_ node: Yams.Node, _ name: String) -> UInt64? {
        text(node, name, expected: "a whole number") { UInt64($0) }
    }
}
