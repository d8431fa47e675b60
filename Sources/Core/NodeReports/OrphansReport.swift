public import Addressing

/// The ENIs of the VPC that are attached to nothing, and what the sweep makes of each; by identifier.
public struct OrphansReport: Hashable, Sendable, Codable {
    public static let schema = "berth/orphans/1"

    public var schema = Self.schema
    public var enis: [ENI]
    public var sweep: Sweep

    public struct ENI: Hashable, Sendable, Codable {
        public var id: ENIID
        public var subnet: SubnetID
        /// Whole seconds; nil where no tag tells it.
        public var ageSeconds: Int?
        /// The instance whose node made it, as its tag says.
        public var instance: String?
        public var cluster: String?
        public var isOrphan: Bool
        /// A stable word for why it is an orphan or is not.
        public var code: String
        /// The same as a sentence.
        public var reason: String
        /// What the sweep does with it: `delete` or `keep`.
        public var action: String

        public init(
            id: ENIID, subnet: SubnetID, ageSeconds: Int?, instance: String?, cluster: String?, isOrphan: Bool, code: String,
            reason: String, action: String
        ) {
            self.id = id
            self.subnet = subnet
            self.ageSeconds = ageSeconds
            self.instance = instance
            self.cluster = cluster
            self.isOrphan = isOrphan
            self.code = code
            self.reason = reason
            self.action = action
        }
    }

    public struct Sweep: Hashable, Sendable, Codable {
        /// How long a node waits from one sweep to its next, on average; nil where the sweep is off.
        public var intervalSeconds: Int?
        /// Younger ENIs are never orphans.
        public var ageMinSeconds: Int

        public init(intervalSeconds: Int?, ageMinSeconds: Int) {
            self.intervalSeconds = intervalSeconds
            self.ageMinSeconds = ageMinSeconds
        }
    }

    public init(enis: [ENI], sweep: Sweep) {
        self.enis = enis
        self.sweep = sweep
    }
}
