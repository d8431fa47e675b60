import Yams

/// What a kubeconfig file says (kubernetes.io, "kubeconfig (v1)"): fields that are of no use here are passed over.
struct Kubeconfig {
    /// One entry of a list and the file it stands in, whose folder relative paths begin at.
    struct Entry {
        var fields: Yams.Node
        var file: String
    }

    private(set) var currentContext: String?
    private(set) var contexts: [String: Entry] = [:]
    private(set) var clusters: [String: Entry] = [:]
    private(set) var users: [String: Entry] = [:]

    private static let entriesMax = 10_000

    /// Nil for a file that does not exist and need not.
    init?(path: String, isOptional: Bool) throws(ClusterAccessFailure) {
        let bytes: [UInt8]
        do throws(FileFailure) {
            bytes = try SmallFile.read(path)
        } catch {
            if isOptional { return nil }
            throw ClusterAccessFailure(problem: "The kubeconfig cannot be read: \(error)", remedy: "Name a file that can")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ClusterAccessFailure(problem: "The kubeconfig \(path) is not UTF-8", remedy: "Write it as text")
        }
        try self.init(yaml: text, file: path)
    }

    init(yaml: String, file: String) throws(ClusterAccessFailure) {
        guard !Self.hasAnchor(yaml) else {
            throw ClusterAccessFailure(
                problem: "The kubeconfig \(file) uses anchors (&name), which are not taken", remedy: "Write the values out")
        }
        let root: Yams.Node
        do {
            guard let node = try Yams.compose(yaml: yaml), node.mapping != nil else {
                throw ClusterAccessFailure(problem: "The kubeconfig \(file) holds no mapping", remedy: "Mend the file")
            }
            root = node
        } catch let failure as ClusterAccessFailure {
            throw failure
        } catch {
            throw ClusterAccessFailure(
                problem: "The kubeconfig \(file) is not YAML: \("\(error)".cut(toBytes: 200))", remedy: "Mend the file")
        }
        currentContext = root["current-context"]?.text
        contexts = try Self.entries(root["contexts"], "context", file)
        clusters = try Self.entries(root["clusters"], "cluster", file)
        users = try Self.entries(root["users"], "user", file)
    }

    /// This file's entries, and the other's where this one has none of the name.
    func merging(_ other: Kubeconfig) -> Kubeconfig {
        var merged = self
        merged.currentContext = currentContext ?? other.currentContext
        merged.contexts.merge(other.contexts) { first, _ in first }
        merged.clusters.merge(other.clusters) { first, _ in first }
        merged.users.merge(other.users) { first, _ in first }
        return merged
    }

    private static func entries(_ list: Yams.Node?, _ field: String, _ file: String) throws(ClusterAccessFailure) -> [String: Entry] {
        var entries: [String: Entry] = [:]
        for node in list?.sequence.map(Array.init) ?? [] {
            guard let name = node["name"]?.text, let fields = node[field], fields.mapping != nil else { continue }
            if entries[name] == nil { entries[name] = Entry(fields: fields, file: file) }
            guard entries.count <= entriesMax else {
                throw ClusterAccessFailure(problem: "The kubeconfig \(file) has more than \(entriesMax) entries", remedy: "Shorten it")
            }
        }
        return entries
    }

    /// A few anchors, each in the next, make a document that no memory holds. What begins with `&` where a value may begin is taken for
    /// one.
    private static func hasAnchor(_ yaml: String) -> Bool {
        let openers = Set(" \t\r\n[{,:?-".utf8)
        let blanks = Set(" \t\r\n".utf8)
        var previous = UInt8(ascii: "\n")
        var bytes = yaml.utf8.makeIterator()
        var next = bytes.next()
        while let byte = next {
            next = bytes.next()
            if byte == UInt8(ascii: "&"), openers.contains(previous) || previous >= 0x80, let next, !blanks.contains(next) { return true }
            previous = byte
        }
        return false
    }
}

extension Yams.Node {
    /// A text that is not empty, and not the null of YAML.
    var text: String? {
        guard let text = string, !text.isEmpty, tag != Tag(.null) else { return nil }
        return text
    }

    var isTrue: Bool { bool ?? false }
}
