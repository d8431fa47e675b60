/// Where an API server listens.
struct ServerAddress: Hashable, Sendable {
    var isEncrypted: Bool
    /// A name or an address; one of IPv6 without its brackets.
    var host: String
    var port: Int
    /// Empty, or begins with a slash and does not end with one: what proxies such as Rancher's put in front of every path.
    var prefix = ""

    /// Reads `https://host[:port][/prefix]`; nil for other schemes, user names, queries and white space. Without a scheme it is https, as
    /// client-go has it for hosts with one.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"?#@%\\".utf8.contains($0) }) else { return nil }
        let rest: Substring
        if text.hasPrefix("https://") {
            (isEncrypted, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (isEncrypted, rest) = (false, text.dropFirst(7))
        } else {
            guard !text.contains("://") else { return nil }
            (isEncrypted, rest) = (true, text[...])
        }
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let (host, port) = Self.hostAndPort(rest[..<end]) else { return nil }
        self.host = host
        self.port = port ?? (isEncrypted ? 443 : 80)
        var path = rest[end...]
        while path.hasSuffix("/") { path.removeLast() }
        prefix = String(path)
    }

    /// - Parameter host: As `KUBERNETES_SERVICE_HOST` has it: an address of IPv6 comes without brackets.
    init?(serviceHost host: String, port: String) {
        guard let number = UInt16(port), number > 0 else { return nil }
        self.init("https://\(host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host):\(number)")
    }

    /// What stands in a `Host` field.
    var authority: String {
        let isUsual = port == (isEncrypted ? 443 : 80)
        return Self.bracketed(host) + (isUsual ? "" : ":\(port)")
    }

    /// The beginning of every URL.
    ///
    /// - Parameter name: What takes the place of the host, such as the name in the server's certificate.
    func base(name: String? = nil) -> String {
        "\(isEncrypted ? "https" : "http")://\(Self.bracketed(name ?? host)):\(port)\(prefix)"
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    private static func hostAndPort(_ text: Substring) -> (host: String, port: Int?)? {
        let (host, rest): (Substring, Substring)
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]"), text[..<bracket].contains(":") else { return nil }
            (host, rest) = (text[..<bracket].dropFirst(), text[bracket...].dropFirst())
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            (host, rest) = (text[..<colon], text[colon...])
        }
        guard !host.isEmpty, !host.contains("["), !host.contains("]") else { return nil }
        guard !rest.isEmpty else { return (host.lowercased(), nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return (host.lowercased(), Int(port))
    }
}

extension ServerAddress: CustomStringConvertible {
    var description: String { "\(isEncrypted ? "https" : "http")://\(authority)\(prefix)" }
}
