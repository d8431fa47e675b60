public import Logging
import Synchronization

/// A client of one API server.
public final class KubernetesClient: Sendable {
    let access: ClusterAccess
    let logger: Logger
    let clock: ClientClock
    let limits: RequestLimits
    let logins: Logins
    let connections: ServerConnections
    let tally = RequestTally()
    let followings = Followings()
    /// Whether the server takes `allowWatchBookmarks`, as far as is known.
    let takesBookmarks = Atomic(true)

    /// - Throws: When certificates or keys that stand in files or in the access itself cannot be used.
    public convenience init(_ access: ClusterAccess, logger: Logger) throws(ClusterAccessFailure) {
        try self.init(access, logger: logger, userAgent: "berthd", clock: .system)
    }

    /// - Parameters:
    ///   - userAgent: As whom audit logs and metrics of the server know this client.
    ///   - clock: Time and chance.
    package init(
        _ access: ClusterAccess, logger: Logger, userAgent: String = "berthd", clock: ClientClock, limits: RequestLimits = RequestLimits()
    ) throws(ClusterAccessFailure) {
        _ = try Login(try access.fileProof(), for: access)
        self.access = access
        self.logger = logger
        self.clock = clock
        self.limits = limits
        logins = Logins(access, clock: clock)
        connections = ServerConnections(access, userAgent: userAgent)
    }

    /// How often the server was asked, and with what, since the client began.
    public var requestCounts: [RequestTally.Right: RequestTally.Count] { tally.counts }

    /// Ends what is under way, and every following; of no use afterwards.
    public func shutdown() async {
        await followings.end()
        await connections.shutdown()
    }
}

/// How long requests may take and how much may come of them.
package struct RequestLimits: Hashable, Sendable {
    /// From the question to the whole answer; lists have twice as long.
    package var answer = Duration.seconds(30)
    /// From a question for a watch to the head of its answer.
    package var watchHead = Duration.seconds(30)
    /// How long the server is asked to keep a watch: a time between these. Those of many nodes end apart.
    package var watchSeconds = 300...600
    /// How long after that a watch that has not ended is given up: its connection is dead, though nobody has said so.
    package var watchMargin = Duration.seconds(30)
    /// A watch that lasted so long had a server that works.
    package var watchWorks = Duration.seconds(10)
    /// Pauses between tries of one request add up to this at most.
    package var pauses = Duration.seconds(30)
    package var tries = 4
    /// In a page of a list.
    package var pageObjects = 200
    package var pageBytes = 16 << 20
    /// In a list with all its pages.
    package var listObjects = 100_000
    /// A change with its object: objects are at most 1.5 MiB in etcd, and grow by what the server adds.
    package var changeBytes = 3 << 20

    package init() {}
}
