public import Addressing

/// What became of the requests of pods of one name, what concerns the present first.
public struct PodExplanationReport: Hashable, Sendable, Codable {
    public static let schema = "berth/pod-explanation/1"

    public var schema = Self.schema
    public var namespace: String
    public var name: String
    /// Empty when no pod of the name asked for an address of late.
    public var requests: [Request]

    /// One request for an address.
    public struct Request: Hashable, Sendable, Codable {
        /// `holding`, `waiting` or `refused`.
        public var state: String
        /// What it holds; empty in the other states.
        public var addresses: [IPAddress]
        /// How many are served before it; nil unless it waits.
        public var position: Int?
        /// Seconds until it is refused, when it waits, or since it was refused.
        public var seconds: Double?
        /// Why it has no address; nil when it has one.
        public var reason: StatusReport.Reason?
        public var containerID: String

        public init(
            state: String, addresses: [IPAddress] = [], position: Int? = nil, seconds: Double? = nil, reason: StatusReport.Reason? = nil,
            containerID: String
        ) {
            self.state = state
            self.addresses = addresses
            self.position = position
            self.seconds = seconds
            self.reason = reason
            self.containerID = containerID
        }
    }

    public init(namespace: String, name: String, requests: [Request]) {
        self.namespace = namespace
        self.name = name
        self.requests = requests
    }
}
