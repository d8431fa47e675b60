/// How the node stands with its cluster.
public struct ClusterReport: Hashable, Sendable, Codable {
    /// The API server.
    public var server: String
    public var contact: Contact
    /// What the server or the network said to the last question; nil when it was answered.
    public var problem: String?
    /// What cannot be followed at this moment, by resource, with what the server said.
    public var interruptions: [String: String]
    /// What of the cluster's wishes for the node cannot be followed, each with the place and a remedy; the wishes before hold.
    public var faults: [String]
    /// Settings that were changed and take a new start of the daemon.
    public var needingStart: [String]

    public enum Contact: String, Hashable, Sendable, Codable {
        /// Not asked yet.
        case unknown
        case reached
        /// The last question was not answered.
        case away
    }

    public init(
        server: String, contact: Contact, problem: String?, interruptions: [String: String], faults: [String], needingStart: [String]
    ) {
        self.server = server
        self.contact = contact
        self.problem = problem
        self.interruptions = interruptions
        self.faults = faults
        self.needingStart = needingStart
    }
}
