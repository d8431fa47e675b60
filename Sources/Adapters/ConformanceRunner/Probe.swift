import CNISpec

/// How one row is found out.
struct Probe: Sendable {
    let row: Int
    var scope = Scope.eachVersion
    /// The oldest version in which there is something to find out.
    var since = CNIVersion.v010
    /// Makes the calls of one version and tells the trial what was wrong.
    let run: @Sendable (Trial) throws -> Void

    enum Scope: Sendable {
        case eachVersion
        /// In the newest version alone, because the version makes no difference or the row takes long.
        case newestVersion
        /// At the end, from the calls of all others.
        case atEnd
    }

    init(_ row: Int, _ scope: Scope = .eachVersion, since: CNIVersion = .v010, run: @escaping @Sendable (Trial) throws -> Void) {
        self.row = row
        self.scope = scope
        self.since = since
        self.run = run
    }

    static let all =
        variables + inputs + namespaces + adds + deletes + checks + statuses + garbage + parallels + conversions + chains + wholeRun
}
