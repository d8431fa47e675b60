/// Where things are on a node, as the node itself sees them.
///
/// The defaults are those of an EKS node (reference §0) and of Berth.
public struct MigrationPlaces: Hashable, Sendable {
    /// The incumbent's conflist.
    public var conflist = "/etc/cni/net.d/10-aws.conflist"
    /// The folder from which the container runtime starts plugins.
    public var pluginFolder = "/opt/cni/bin"
    /// The incumbent's file of allocations.
    public var checkpoint = "/var/run/aws-node/ipam.json"
    /// Where the incumbent's files are kept while Berth is in their place. It outlives a restart of the node.
    public var keptFolder = "/var/lib/berth/aws-node"
    /// The file of settings that berthd is started with.
    public var settings = "/etc/berth/berth.yaml"
    /// berthd's folder for sockets, journal and spool.
    public var runDirectory = "/run/berth"

    public init() {}

    /// The incumbent's daemon answers here (reference §0).
    public var incumbentSocket: String { "\(folder(of: checkpoint))/ipamd.sock" }
    /// The network policy agent answers here.
    public var policyAgentSocket: String { "\(folder(of: checkpoint))/npa.sock" }
    public var checkpointFolder: String { folder(of: checkpoint) }
    public var pluginSocket: String { "\(runDirectory)/cni.sock" }
    public var reportSocket: String { "\(runDirectory)/api.sock" }
    public var journal: String { "\(runDirectory)/journal" }
    /// What of the journal of an earlier life is kept, so that its pods are not mixed with those of the incumbent's file.
    public var journalAside: String { "\(runDirectory)/journal.before-take-over" }
    /// The copy of the incumbent's file that berthd takes over at its next start.
    public var handOver: String { HandOver.path(in: runDirectory) }
    /// The same once it has.
    public var handedOver: String { HandOver.takenPath(in: runDirectory) }
    public var keptConflist: String { "\(keptFolder)/\(name(of: conflist))" }
    public var keptCheckpoint: String { "\(keptFolder)/\(name(of: checkpoint))" }
    public var incumbentPlugin: String { "\(pluginFolder)/\(IncumbentConflist.pluginType)" }
}

/// The file by which a take-over tells the daemon's next start of the incumbent's pods.
///
/// It is in the run directory, which a restart of the node empties as it ends the pods; and it is taken once, since a pod that is
/// made again under its name has the link of the one before and another address.
public enum HandOver {
    public static func path(in runDirectory: String) -> String { "\(runDirectory)/aws-node-ipam.json" }
    public static func takenPath(in runDirectory: String) -> String { path(in: runDirectory) + ".taken" }
}

private func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
}

private func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
}
