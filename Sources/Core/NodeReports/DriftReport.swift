/// In what the node's network differs from what it must be, and what was mended.
public struct DriftReport: Hashable, Sendable, Codable {
    public static let schema = "berth/drift/1"

    public var schema = Self.schema
    /// By owner, kind and object; empty when all is well.
    public var drift: [Drift]

    /// One object that is not as it must be.
    public struct Drift: Hashable, Sendable, Codable {
        /// `link`, `address`, `route`, `rule`, `neighbour`, `sysctl` or `firewall`.
        public var kind: String
        /// In the words of `ip`, `sysctl` and `nft`.
        public var object: String
        /// `missing`, `changed`, `stale` when its owner is gone, or `foreign-conflict` when it is another program's.
        public var state: String
        /// `pod NAMESPACE/NAME`, `eni ID`, `node`, or `-` for nobody's.
        public var owner: String
        /// Seconds since it was first seen.
        public var seconds: Double
        /// What does not work because of it.
        public var breaks: String
        /// Whether it was mended, which was asked for.
        public var isMended: Bool
        /// Whether a repair is put off, since another program has undone several.
        public var isContested: Bool

        public init(
            kind: String, object: String, state: String, owner: String, seconds: Double, breaks: String, isMended: Bool, isContested: Bool
        ) {
            self.kind = kind
            self.object = object
            self.state = state
            self.owner = owner
            self.seconds = seconds
            self.breaks = breaks
            self.isMended = isMended
            self.isContested = isContested
        }
    }

    public init(drift: [Drift]) {
        self.drift = drift
    }
}

/// How often objects of the node's network were mended since the daemon began.
public struct RepairCount: Hashable, Sendable, Codable {
    public var links: Int
    public var addresses: Int
    public var routes: Int
    public var rules: Int
    public var neighbours: Int
    public var sysctls: Int
    /// Times that the table of nftables was made again.
    public var firewall: Int
    /// Pods whose link had gone without a DEL, and whose addresses were let go.
    public var podsGone: Int

    public init(
        links: Int = 0, addresses: Int = 0, routes: Int = 0, rules: Int = 0, neighbours: Int = 0, sysctls: Int = 0, firewall: Int = 0,
        podsGone: Int = 0
    ) {
        self.links = links
        self.addresses = addresses
        self.routes = routes
        self.rules = rules
        self.neighbours = neighbours
        self.sysctls = sysctls
        self.firewall = firewall
        self.podsGone = podsGone
    }

    /// Objects of all kinds.
    public var objects: Int { links + addresses + routes + rules + neighbours + sysctls + firewall }
}
