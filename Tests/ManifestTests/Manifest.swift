import Foundation
import Yams

/// A value of YAML that JSON has as well.
enum Value: Hashable {
    case object([String: Value])
    case list([Value])
    case text(String)
    case number(Double)
    case flag(Bool)
    case null

    init(_ any: Any?) {
        switch any {
        case let object as [String: Any]: self = .object(object.mapValues { Value($0) }).withVariablesSorted
        case let list as [Any]: self = .list(list.map { Value($0) })
        case let flag as Bool: self = .flag(flag)
        case let number as Int: self = .number(Double(number))
        case let number as Double: self = .number(number)
        case let text as String: self = .text(text)
        default: self = .null
        }
    }

    subscript(_ key: String) -> Value {
        if case .object(let object) = self { object[key] ?? .null } else { .null }
    }

    /// The order of a container's variables tells nothing, since none of ours refers to another.
    private var withVariablesSorted: Value {
        guard case .object(var object) = self, case .list(let variables) = object["env"] else { return self }
        object["env"] = .list(variables.sorted { ($0["name"].text ?? "") < ($1["name"].text ?? "") })
        return .object(object)
    }

    var list: [Value] { if case .list(let list) = self { list } else { [] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var texts: [String] { list.compactMap(\.text) }
}

/// The objects that a folder or a chart makes.
struct Manifest {
    let text: String
    let objects: [Value]

    init(_ text: String) throws {
        self.text = text
        var documents = try Yams.load_all(yaml: text)
        var objects: [Value] = []
        while let document = documents.next() { objects.append(Value(document)) }
        // One that cannot be read ends the sequence.
        if let error = documents.error { throw error }
        self.objects = objects.filter { $0 != .null }
    }

    /// As `kind/name`, sorted.
    var names: [String] {
        objects.map { "\($0["kind"].text ?? "")/\($0["metadata"]["name"].text ?? "")" }.sorted()
    }

    func objects(ofKind kind: String) -> [Value] { objects.filter { $0["kind"].text == kind } }

    /// The pods of its one DaemonSet.
    var pod: Value { objects(ofKind: "DaemonSet").first?["spec"]["template"]["spec"] ?? .null }
    var daemon: Value { pod["containers"].list.first ?? .null }

    /// The daemon's variables by name; nil for one that is found out on the node.
    var variables: [String: String?] {
        Dictionary(daemon["env"].list.compactMap { variable in variable["name"].text.map { ($0, variable["value"].text) } }) { $1 }
    }
}
