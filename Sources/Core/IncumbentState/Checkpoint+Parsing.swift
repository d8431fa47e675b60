import Addressing
import JSON

extension Checkpoint {
    /// Reads the file of a network card.
    ///
    /// Members that are not ours are passed over, since a later incumbent may write them, and null counts as absent, as it
    /// does for the incumbent.
    ///
    /// - Throws: ``CheckpointError`` with the first fault; the file is taken whole or not at all.
    public init(json bytes: [UInt8]) throws(CheckpointError) {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(parsing: bytes, bytesMax: Self.bytesMax)
        } catch {
            throw .notJSON(error)
        }
        let file = try Members(document, path: ".")
        guard let version = try file.text("version") else { throw .malformed(path: ".version", problem: "missing") }
        guard version == Self.version else { throw .otherVersion(version) }
        // Counted before they are read, so that a file of small entries is not read for nothing.
        let elements = try file.array("allocations") ?? []
        guard elements.count <= Self.entriesMax else { throw .tooManyEntries(elements.count) }
        var entries: [Entry] = []
        for (position, element) in elements.enumerated() {
            entries.append(try Entry(element, position: position))
        }
        try self.init(allocations: entries)
    }
}

extension Checkpoint.Entry {
    fileprivate init(_ element: JSONValue, position: Int) throws(CheckpointError) {
        let entry = try Members(element, path: ".allocations[\(position)]")
        let metadata = try entry.object("metadata")
        self.init(
            key: try Key(entry, position: position),
            address: try Self.address(entry, position: position),
            allocationTimestamp: try Self.timestamp(entry, position: position),
            podNamespace: try metadata?.text("k8sPodNamespace"),
            podName: try metadata?.text("k8sPodName"),
            interfacesCount: try metadata?.count("interfacesCount"))
    }

    private static func address(_ entry: Members, position: Int) throws(CheckpointError) -> IPAddress {
        switch (try entry.text("ipv4"), try entry.text("ipv6")) {
        case (nil, nil): throw .withoutAddress(position: position)
        case (.some, .some): throw .withTwoAddresses(position: position)
        case (let text?, nil):
            guard let address = IPv4Address(text) else { throw .noAddress(text, position: position, member: "ipv4") }
            return .v4(address)
        case (nil, let text?):
            guard let address = IPv6Address(text) else { throw .noAddress(text, position: position, member: "ipv6") }
            return .v6(address)
        }
    }

    /// Absent before release 1.12.
    private static func timestamp(_ entry: Members, position: Int) throws(CheckpointError) -> Int64 {
        guard let value = entry["allocationTimestamp"] else { return 0 }
        guard let nanoseconds = value.integer.flatMap(Int64.init(exactly:)) else {
            throw .noTimestamp(value.description, position: position)
        }
        return nanoseconds
    }
}

extension Checkpoint.Entry.Key {
    fileprivate init(_ entry: Members, position: Int) throws(CheckpointError) {
        func part(_ name: String) throws(CheckpointError) -> String {
            guard let text = try entry.text(name) else { throw .withoutKey(position: position, member: name) }
            return text
        }
        self.init(networkName: try part("networkName"), containerID: try part("containerID"), ifName: try part("ifName"))
    }
}

/// The members of one object of the file, asked for by kind. Null and the empty text count as absent.
private struct Members {
    private let object: JSONObject
    private let path: String

    init(_ value: JSONValue, path: String) throws(CheckpointError) {
        guard let object = value.object else { throw .malformed(path: path, problem: "\(value.kind), not an object") }
        self.object = object
        self.path = path
    }

    subscript(name: String) -> JSONValue? {
        object[name].flatMap { $0.isNull ? nil : $0 }
    }

    func text(_ name: String) throws(CheckpointError) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.string else { throw malformed(name, value, expected: "a string") }
        return text.isEmpty ? nil : text
    }

    func count(_ name: String) throws(CheckpointError) -> Int? {
        guard let value = self[name] else { return nil }
        guard let count = value.integer, count >= 0 else { throw malformed(name, value, expected: "a count") }
        return count
    }

    func array(_ name: String) throws(CheckpointError) -> [JSONValue]? {
        guard let value = self[name] else { return nil }
        guard let array = value.array else { throw malformed(name, value, expected: "an array") }
        return array
    }

    func object(_ name: String) throws(CheckpointError) -> Members? {
        guard let value = self[name] else { return nil }
        return try Members(value, path: pathOf(name))
    }

    private func pathOf(_ name: String) -> String { path == "." ? ".\(name)" : "\(path).\(name)" }

    private func malformed(_ name: String, _ value: JSONValue, expected: String) -> CheckpointError {
        let found = if case .number(let number) = value, number.text.utf8.count <= 40 { number.text } else { value.kind }
        return .malformed(path: pathOf(name), problem: "\(found), not \(expected)")
    }
}
