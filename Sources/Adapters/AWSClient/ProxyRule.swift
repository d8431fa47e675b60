import Addressing

/// Which hosts are reached through a proxy, from `HTTPS_PROXY` and `NO_PROXY` as curl and Go read them.
///
/// Plain HTTP never goes through it: what we ask without TLS is on the node itself, and its answers are credentials.
public struct ProxyRule: Hashable, Sendable {
    /// Where the proxy listens.
    public struct Proxy: Hashable, Sendable {
        public var host: String
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    public let proxy: Proxy?
    private let exceptions: [Exception]

    public static let none = ProxyRule(proxy: nil, exceptions: [])

    private init(proxy: Proxy?, exceptions: [Exception]) {
        self.proxy = proxy
        self.exceptions = exceptions
    }

    /// - Parameter environment: The variables of the process; the names in lower case come first, as in curl.
    /// - Throws: When `HTTPS_PROXY` is no `http` address with a host.
    public init(environment: [String: String]) throws(EnvironmentFault) {
        func value(_ name: String) -> String? { environment[name.lowercased()] ?? environment[name] }
        guard let text = value("HTTPS_PROXY"), !text.isEmpty else {
            self = .none
            return
        }
        guard let url = HTTPURL(text.contains("://") ? text : "http://\(text)"), url.scheme == .http else {
            throw EnvironmentFault("HTTPS_PROXY", "is no address such as http://proxy:3128", "set it without user name, or unset it")
        }
        proxy = Proxy(host: url.host, port: url.port ?? 80)
        exceptions = (value("NO_PROXY") ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map { Exception(String($0)) }
    }

    /// Whether a request to that address goes through the proxy. The node itself and its link never do.
    public func reachesThroughProxy(_ url: HTTPURL) -> Bool {
        guard proxy != nil, url.scheme == .https, url.host != "localhost" else { return false }
        if let address = IPAddress(url.host), address.isOfThisNode { return false }
        return !exceptions.contains { $0.covers(url) }
    }

    /// One entry of `NO_PROXY`.
    private struct Exception: Hashable, Sendable {
        private enum Form: Hashable, Sendable {
            case everything
            case block(CIDR)
            /// The host and all below it.
            case domain(String)
            /// All below it, without itself: it was written with a dot in front.
            case below(String)
        }

        private let form: Form
        private let port: Int?

        init(_ text: String) {
            let text = text.lowercased()
            if let block = CIDR(text) ?? IPAddress(text)?.hostCIDR {
                (form, port) = (.block(block), nil)
                return
            }
            let parts = text.split(separator: ":", maxSplits: 1)
            let host = parts.first.map(String.init) ?? ""
            port = parts.count > 1 ? Int(parts[1]) : nil
            if host == "*" {
                form = .everything
            } else if host.hasPrefix("*.") || host.hasPrefix(".") {
                form = .below(String(host.drop { $0 == "*" || $0 == "." }))
            } else {
                form = .domain(host)
            }
        }

        func covers(_ url: HTTPURL) -> Bool {
            if let port, port != url.port ?? url.scheme.defaultPort { return false }
            switch form {
            case .everything: return true
            case .block(let block): return IPAddress(url.host).map(block.contains) ?? false
            case .domain(let domain): return url.host == domain || url.host.hasSuffix(".\(domain)")
            case .below(let domain): return url.host.hasSuffix(".\(domain)")
            }
        }
    }
}

extension IPAddress {
    /// Whether only this node, or what is on its link, has the address: 127.0.0.0/8, ::1, 169.254.0.0/16 and EC2's own fd00:ec2::/32.
    var isOfThisNode: Bool {
        switch self {
        case .v4(let address): address.bits >> 24 == 127 || address.bits >> 16 == 0xa9fe
        case .v6(let address): address.bits == 1 || address.bits >> 96 == 0xfd00_0ec2
        }
    }
}

/// A variable of the environment that cannot be used, and what to do about it.
public struct EnvironmentFault: Error, Hashable, Sendable, CustomStringConvertible {
    public var variable: String
    public var problem: String
    public var remedy: String

    public init(_ variable: String, _ problem: String, _ remedy: String) {
        self.variable = variable
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(variable) \(problem): \(remedy)" }
}
