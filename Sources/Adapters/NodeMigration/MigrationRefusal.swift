/// Why a take-over or a roll-back is not begun, or not gone on with.
public struct MigrationRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Stable for programs.
    public let code: String
    public let problem: String
    public let remedy: String

    public init(code: String, problem: String, remedy: String) {
        self.code = code
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(problem). \(remedy)." }
}

extension MigrationRefusal {
    static func withoutConflist(_ path: String) -> Self {
        Self(
            code: "conflist-absent", problem: "\(path) is not there or cannot be taken",
            remedy: "Look with berth migrate check; without aws-node's conflist, install Berth with berthd install")
    }

    static func withoutKeptConflist(_ path: String, _ kept: String) -> Self {
        Self(
            code: "kept-files-lost", problem: "\(path) is of an earlier take-over, and the incumbent's own is not at \(kept)",
            remedy: "Put a copy of it there from another node of the cluster, or let aws-node write \(path) anew")
    }

    static func daemonRuns(_ socket: String) -> Self {
        Self(
            code: "daemon-runs", problem: "berthd serves at \(socket), and has not taken over the pods of the incumbent's file",
            remedy: "Stop berthd, take over, and start it again")
    }

    static func incumbentRuns(_ socket: String) -> Self {
        Self(
            code: "agent-runs", problem: "aws-node answers at \(socket), and would write its file anew",
            remedy: "Keep it from this node until the roll-back is done")
    }

    static func withoutKeptFiles(_ folder: String) -> Self {
        Self(
            code: "not-taken-over", problem: "\(folder) has no conflist of aws-node: the node was not taken over, or is rolled back",
            remedy: "Name the folder of the take-over with --kept-folder if it was another")
    }

    static func unusableExport(_ problem: String) -> Self {
        Self(
            code: "export-unusable", problem: "The addresses of running pods cannot be written for aws-node: \(problem)",
            remedy: "Nothing was changed; drain the node, or correct the cause and try again")
    }
}
