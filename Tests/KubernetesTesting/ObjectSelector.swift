import JSON

/// Which objects a list or a watch is about.
struct ObjectSelector {
    private struct Term {
        var key: String
        /// Nil asks whether the key is there.
        var value: String?
        var isEqual: Bool
    }

    private var namespace: String?
    private var fields: [Term] = []
    private var labels: [Term] = []

    /// The fields that Kubernetes can select by; of pods and of events there are more.
    private static let known = ["metadata.name", "metadata.namespace", "spec.nodeName", "status.phase", "involvedObject.name"]

    init(namespace: String?, query: [String: String]) throws(Refusal) {
        self.namespace = namespace
        fields = try Self.terms(query["fieldSelector"])
        labels = try Self.terms(query["labelSelector"])
        for term in fields where !Self.known.contains(term.key) || term.value == nil {
            throw .bad("field label not supported: \(term.key)")
        }
    }

    func holds(_ object: JSONObject) -> Bool {
        if let namespace, object["metadata"]?["namespace"]?.string != namespace { return false }
        for term in fields {
            let value = term.key.split(separator: ".").reduce(JSONValue.object(object)) { $0[String($1)] ?? .null }
            guard ((value.string ?? "") == term.value) == term.isEqual else { return false }
        }
        let has = object["metadata"]?["labels"]?.object ?? JSONObject()
        for term in labels {
            guard let wanted = term.value else {
                guard (has[term.key] != nil) == term.isEqual else { return false }
                continue
            }
            guard (has[term.key]?.string == wanted) == term.isEqual else { return false }
        }
        return true
    }

    private static func terms(_ text: String?) throws(Refusal) -> [Term] {
        var terms: [Term] = []
        for part in text?.split(separator: ",") ?? [] {
            if part.contains("(") { throw .bad("this server takes no sets in selectors: \(part)") }
            let sides = part.split(separator: "=", omittingEmptySubsequences: true)
            let isNegated = part.contains("!=")
            guard let first = sides.first, sides.count <= 2 else { throw .bad("not a selector: \(part)") }
            var key = String(first)
            if isNegated { key.removeLast() }
            if part.contains("=") {
                terms.append(Term(key: key, value: sides.count > 1 ? String(sides[1]) : "", isEqual: !isNegated))
            } else {
                terms.append(Term(key: String(key.drop { $0 == "!" }), value: nil, isEqual: !key.hasPrefix("!")))
            }
        }
        return terms
    }
}
