/// A JSON document as a value (RFC 8259).
///
/// Numbers keep their text and objects keep their order and their duplicates, so that what a runtime sent can be
/// handed on with nothing lost: a CNI plugin must keep the keys that it does not know.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    public init(_ integer: Int) {
        self = .number(JSONNumber(integer))
    }

    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number when it is written as a whole number that an `Int` holds.
    public var integer: Int? {
        if case .number(let number) = self { number.integer } else { nil }
    }

    public var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    public var isNull: Bool { self == .null }

    /// The value of a member, or nil when this is not an object or has no such member.
    public subscript(name: String) -> JSONValue? { object?[name] }

    /// What kind of value this is, for messages: "a number", "null".
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// The members of a JSON object in the order they were written.
public struct JSONObject: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public var name: String
        public var value: JSONValue

        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// In the order of the document; a name may come twice.
    public var members: [Member]

    public init(_ members: [Member] = []) {
        self.members = members
    }

    /// The value of a member; the last one counts where a name comes twice, as most readers have it.
    ///
    /// Setting keeps the place of a member that exists and appends one that does not; setting nil removes every member
    /// of the name. A lookup walks the members from the end.
    public subscript(name: String) -> JSONValue? {
        get { members.last { $0.name == name }?.value }
        set {
            guard let newValue else { return members.removeAll { $0.name == name } }
            if let index = members.lastIndex(where: { $0.name == name }) {
                members[index].value = newValue
            } else {
                members.append(Member(name: name, value: newValue))
            }
        }
    }
}

/// A JSON number, kept as the text it was written with.
public struct JSONNumber: Hashable, Sendable, CustomStringConvertible {
    /// Matches the grammar of RFC 8259 section 6.
    public let text: String

    public init(_ integer: Int) {
        text = String(integer)
    }

    /// Takes a text that is one JSON number and nothing else.
    public init?(_ text: String) {
        guard JSONParser.isNumber(Array(text.utf8)) else { return nil }
        self.text = text
    }

    init(checked text: String) {
        self.text = text
    }

    /// Nil when the number has a fraction or an exponent, or is outside the range of `Int`.
    public var integer: Int? { Int(text) }

    public var description: String { text }
}

// Nil is no literal for null: assigning nil to a member of an object removes it.
extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self.init(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }

    init(_ elements: [(String, JSONValue)]) {
        members = elements.map { Member(name: $0.0, value: $0.1) }
    }
}
