/// An absolute address of HTTP, in the parts that signing, proxies and host rules look at.
public struct HTTPURL: Hashable, Sendable {
    public enum Scheme: String, Hashable, Sendable {
        case http, https
    }

    public var scheme: Scheme
    /// In lower case; an IPv6 address without its brackets.
    public var host: String
    /// Nil for the scheme's own, 80 or 443.
    public var port: Int?
    /// Begins with a slash, percent-encoded as it is sent.
    public var path: String
    /// Without its question mark; nil without one.
    public var query: String?

    public init(scheme: Scheme, host: String, port: Int? = nil, path: String = "/", query: String? = nil) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
        self.query = query
    }

    /// Reads `http://host[:port][/path][?query]`; nil for other schemes, user names, fragments, white space and empty hosts.
    public init?(_ text: String) {
        guard let colon = text.firstRange(of: "://"), let scheme = Scheme(rawValue: text[..<colon.lowerBound].lowercased()),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }), !text.contains("#")
        else { return nil }
        let rest = text[colon.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let (host, port) = Self.hostAndPort(rest[..<end]) else { return nil }
        let target = rest[end...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = target.first.map(String.init) ?? ""
        self.init(
            scheme: scheme, host: host, port: port == scheme.defaultPort ? nil : port, path: path.isEmpty ? "/" : path,
            query: target.count > 1 ? String(target[1]) : nil)
    }

    /// What stands in a `Host` field: the host, and the port where it is not the scheme's own.
    public var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port.map { "\(host):\($0)" } ?? host
    }

    /// Returns the address of what lies below this one's path; without a query.
    public func appending(_ path: String) -> HTTPURL {
        let base = self.path.hasSuffix("/") ? String(self.path.dropLast()) : self.path
        return HTTPURL(scheme: scheme, host: host, port: port, path: base + (path.hasPrefix("/") ? path : "/" + path))
    }

    /// Splits `host:port` and `[v6]:port`; nil when either is not one.
    private static func hostAndPort(_ text: Substring) -> (host: String, port: Int?)? {
        guard !text.contains("@"), !text.contains("%") else { return nil }
        let (host, rest): (Substring, Substring)
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            (host, rest) = (text[text.index(after: text.startIndex)..<bracket], text[text.index(after: bracket)...])
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            (host, rest) = (text[..<colon], text[colon...])
        }
        guard !host.isEmpty else { return nil }
        guard !rest.isEmpty else { return (host.lowercased(), nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return (host.lowercased(), Int(port))
    }
}

extension HTTPURL.Scheme {
    var defaultPort: Int { self == .http ? 80 : 443 }
}

extension HTTPURL: CustomStringConvertible {
    public var description: String { "\(scheme.rawValue)://\(authority)\(path)" + (query.map { "?\($0)" } ?? "") }
}
