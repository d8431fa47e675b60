/// Decodes values from elements: a struct from an element's children by their names, a list from the children that have one name,
/// and everything else from text.
struct XMLElementDecoder: Decoder {
    /// The elements of one name beside each other; at least one.
    private let elements: [XMLElement]
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ elements: [XMLElement], at path: [any CodingKey] = []) {
        precondition(!elements.isEmpty, "0 elements to decode a value from")
        self.elements = elements
        codingPath = path
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Members(element: elements[0], codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { List(elements: elements, codingPath: codingPath) }
    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    /// Decodes a value; one that is written in text is read from it at once.
    fileprivate func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard let textual = type as? any LosslessStringConvertible.Type else { return try Value(from: self) }
        guard elements[0].children.isEmpty, let value = textual.init(elements[0].text) as? Value else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "\(elements[0].name) is no \(type): \(elements[0].text.prefix(100))"))
        }
        return value
    }
}

extension XMLElementDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { false }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try value(type) }
}

/// The children of an element.
private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let element: XMLElement
    let codingPath: [any CodingKey]

    var allKeys: [Key] { element.children.compactMap { Key(stringValue: $0.name) } }
    func contains(_ key: Key) -> Bool { element.children.contains { $0.name == key.stringValue } }
    func decodeNil(forKey key: Key) -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try decoder(key).value(type) }

    /// A struct or list that is absent and one that is an empty element are the same to AWS.
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard let child = element.children.first(where: { $0.name == key.stringValue }) else { return nil }
        let isEmpty = child.children.isEmpty && child.text.isEmpty
        return isEmpty && !(type is any LosslessStringConvertible.Type) ? nil : try decode(type, forKey: key)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try decoder(key).unkeyedContainer() }
    func superDecoder() throws -> any Decoder { XMLElementDecoder([element], at: codingPath) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

    private func decoder(_ key: Key) throws -> XMLElementDecoder {
        let found = element.children.filter { $0.name == key.stringValue }
        guard !found.isEmpty else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "\(element.name) has no \(key.stringValue)"))
        }
        return XMLElementDecoder(found, at: codingPath + [key])
    }
}

/// Elements of one name, one after the other.
private struct List: UnkeyedDecodingContainer {
    let elements: [XMLElement]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    init(elements: [XMLElement], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    mutating func decodeNil() -> Bool { false }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().value(type) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }

    private mutating func next() throws -> XMLElementDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                String.self, .init(codingPath: codingPath, debugDescription: "there are only \(elements.count) elements"))
        }
        defer { currentIndex += 1 }
        return XMLElementDecoder([elements[currentIndex]], at: codingPath)
    }
}
