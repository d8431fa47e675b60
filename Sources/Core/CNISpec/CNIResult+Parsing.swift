import Addressing
public import JSON

extension CNIResult {
    /// Reads a result of any version, by its shape.
    ///
    /// The shapes of the versions do not contradict one another, so no version has to be known: `ip4` and `ip6` are
    /// those of 0.1.0 and 0.2.0, whose routes are lifted to the top. Null and the empty text count as absent, and keys
    /// that are not ours are passed over.
    ///
    /// - Throws: ``MalformedResult`` for a member of the wrong kind or an address that is none.
    public init(parsing json: JSONValue) throws(MalformedResult) {
        guard case .object(let object) = json else { throw MalformedResult(member: "", problem: "\(json.kind), not an object") }
        let reader = MemberReader(object: object)
        self.init(
            interfaces: try reader.each("interfaces", Interface.init(from:)),
            addresses: try reader.each("ips", Address.init(from:)),
            routes: try reader.each("routes", Route.init(from:)),
            dns: try reader.nested("dns").map(DNS.init(from:)) ?? DNS())
        for family in ["ip4", "ip6"] {
            guard let old = try reader.nested(family) else { continue }
            addresses.append(try Address(from: old, textMember: "ip"))
            routes += try old.each("routes", Route.init(from:))
        }
    }
}

/// Where and why a result cannot be read.
public struct MalformedResult: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the member, such as `ips[0].address`; empty for the whole.
    public let member: String
    public let problem: String

    public var description: String { member.isEmpty ? "it is \(problem)" : "\(member) is \(problem)" }
}

extension CNIResult.Interface {
    fileprivate init(from reader: MemberReader) throws(MalformedResult) {
        self.init(
            name: try reader.text("name") ?? "", mac: try reader.text("mac"), sandbox: try reader.text("sandbox"),
            mtu: try reader.integer("mtu"), socketPath: try reader.text("socketPath"), pciID: try reader.text("pciID"))
    }
}

extension CNIResult.Address {
    fileprivate init(from reader: MemberReader) throws(MalformedResult) {
        try self.init(from: reader, textMember: "address")
    }

    fileprivate init(from reader: MemberReader, textMember: String) throws(MalformedResult) {
        let (address, prefixLength) = try reader.block(textMember)
        self.init(
            address, prefixLength: prefixLength, gateway: try reader.address("gateway"), interface: try reader.integer("interface"))
    }
}

extension CNIResult.Route {
    fileprivate init(from reader: MemberReader) throws(MalformedResult) {
        let destination =
            switch try reader.block("dst") {
            case (.v4(let address), let length): CIDR.v4(IPv4CIDR(containing: address, prefixLength: length))
            case (.v6(let address), let length): CIDR.v6(IPv6CIDR(containing: address, prefixLength: length))
            }
        self.init(
            to: destination, gateway: try reader.address("gw"), mtu: try reader.integer("mtu"), advmss: try reader.integer("advmss"),
            priority: try reader.integer("priority"), table: try reader.integer("table"), scope: try reader.integer("scope"))
    }
}

extension CNIResult.DNS {
    fileprivate init(from reader: MemberReader) throws(MalformedResult) {
        self.init(
            nameservers: try reader.texts("nameservers"), domain: try reader.text("domain"), search: try reader.texts("search"),
            options: try reader.texts("options"))
    }
}

/// Reads the members of one object and knows where it stands in the document.
private struct MemberReader {
    let object: JSONObject
    var path = ""

    func text(_ name: String) throws(MalformedResult) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw malformed(name, "\(value.kind), not a string") }
        return text.isEmpty ? nil : text
    }

    func integer(_ name: String) throws(MalformedResult) -> Int? {
        guard let value = value(name) else { return nil }
        guard let integer = value.integer else { throw malformed(name, "\(value.kind), not a whole number") }
        return integer
    }

    func address(_ name: String) throws(MalformedResult) -> IPAddress? {
        guard let text = try text(name) else { return nil }
        guard let address = IPAddress(text) else { throw malformed(name, "\(quoted(text)), not an address") }
        return address
    }

    /// An address and the length of its prefix, both of which must be there; bits behind the prefix are allowed.
    func block(_ name: String) throws(MalformedResult) -> (IPAddress, Int) {
        guard let text = try text(name) else { throw malformed(name, "missing") }
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Substring.init)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = Int(parts[1]),
            (0...address.bitWidth).contains(length)
        else { throw malformed(name, "\(quoted(text)), not an address with a prefix length") }
        return (address, length)
    }

    func nested(_ name: String) throws(MalformedResult) -> MemberReader? {
        guard let value = value(name) else { return nil }
        guard let object = value.object else { throw malformed(name, "\(value.kind), not an object") }
        return MemberReader(object: object, path: "\(path)\(name).")
    }

    func texts(_ name: String) throws(MalformedResult) -> [String] {
        var texts: [String] = []
        for (index, element) in try elements(name).enumerated() {
            guard let text = element.string else { throw malformed("\(name)[\(index)]", "\(element.kind), not a string") }
            texts.append(text)
        }
        return texts
    }

    func each<Element>(
        _ name: String, _ read: (MemberReader) throws(MalformedResult) -> Element
    ) throws(MalformedResult) -> [Element] {
        var results: [Element] = []
        for (index, element) in try elements(name).enumerated() {
            guard let object = element.object else { throw malformed("\(name)[\(index)]", "\(element.kind), not an object") }
            results.append(try read(MemberReader(object: object, path: "\(path)\(name)[\(index)].")))
        }
        return results
    }

    private func elements(_ name: String) throws(MalformedResult) -> [JSONValue] {
        guard let value = value(name) else { return [] }
        guard let elements = value.array else { throw malformed(name, "\(value.kind), not an array") }
        return elements
    }

    private func value(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    private func malformed(_ name: String, _ problem: String) -> MalformedResult {
        MalformedResult(member: "\(path)\(name)", problem: problem)
    }
}
