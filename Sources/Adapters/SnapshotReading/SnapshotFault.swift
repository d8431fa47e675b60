/// One thing wrong with what was saved of AWS or Kubernetes: where, what, and what to do.
public struct SnapshotFault: Hashable, Sendable, CustomStringConvertible {
    /// A file, and the place in it such as `.Subnets[3].CidrBlock`, or the request that was made.
    public var place: String
    public var problem: String
    public var remedy: String

    public init(place: String, problem: String, remedy: String) {
        self.place = place
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(place): \(problem). \(remedy)" }
}

/// Everything that was wrong, found in one reading.
public struct SnapshotFaults: Error, CustomStringConvertible {
    public var faults: [SnapshotFault]

    public init(_ faults: [SnapshotFault]) {
        self.faults = faults
    }

    /// One fault a line.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
