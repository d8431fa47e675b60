/// The ordered name and value pairs of a request to a Query API, and their form body.
public struct QueryParameters: Hashable, Sendable {
    public struct Pair: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public private(set) var pairs: [Pair]

    /// The action and the version of its API come first.
    public init(action: String, version: String) {
        pairs = [Pair(name: "Action", value: action), Pair(name: "Version", value: version)]
    }

    /// The type of ``body``, with the spelling that every AWS SDK sends.
    public static let contentType = "application/x-www-form-urlencoded; charset=utf-8"

    /// Adds a pair unless its value is nil.
    public mutating func add(_ name: String, _ value: (some CustomStringConvertible)?) {
        if let value { pairs.append(Pair(name: name, value: "\(value)")) }
    }

    /// Adds `name.1`, `name.2` and so on.
    public mutating func add(_ name: String, each values: [some CustomStringConvertible]) {
        for (index, value) in values.enumerated() { add("\(name).\(index + 1)", value) }
    }

    /// Puts the value in place of the one that the name has, or adds it.
    public mutating func set(_ name: String, _ value: String) {
        pairs.removeAll { $0.name == name }
        add(name, value)
    }

    public var body: [UInt8] {
        let text = pairs.map {
            PercentEncoding.encoded($0.name, spaceAsPlus: true) + "=" + PercentEncoding.encoded($0.value, spaceAsPlus: true)
        }.joined(separator: "&")
        return Array(text.utf8)
    }
}

/// A value may be a token that proves who asks, so only names are told.
extension QueryParameters: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { pairs.map(\.name).joined(separator: " ") }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
