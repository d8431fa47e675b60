import JSON

/// A request as it arrived.
public struct RecordedRequest: Hashable, Sendable {
    public struct Field: Hashable, Sendable {
        public var name: String
        public var value: String
    }

    public var method: String
    /// Path and query, as they were sent.
    public var target: String
    public var fields: [Field]
    public var body: [UInt8]

    /// The path without its query.
    public var path: String { String(target.prefix { $0 != "?" }) }

    /// Parameters of the query, decoded; the first of a name.
    public var query: [String: String] {
        var query: [String: String] = [:]
        for pair in target.drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
            let name = String(pair.prefix { $0 != "=" })
            if query[name] == nil { query[name] = Self.decoded(pair.drop { $0 != "=" }.dropFirst()) }
        }
        return query
    }

    public var isWatch: Bool { query["watch"] == "true" || query["watch"] == "1" }

    /// The first field of that name, whatever its case.
    public subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }

    /// The request as a text for comparison: fields in the order they came, without the port of the server and without secrets.
    public var text: String {
        let fields = self.fields.map { field in
            switch field.name.lowercased() {
            case "authorization": "\(field.name): \(field.value.prefix { $0 != " " }) …"
            case "host": "\(field.name): …"
            default: "\(field.name): \(field.value)"
            }
        }
        return (["\(method) \(target)"] + fields + [String(decoding: body, as: UTF8.self)]).joined(separator: "\n")
    }

    static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(Substring(rest.prefix(2)), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
