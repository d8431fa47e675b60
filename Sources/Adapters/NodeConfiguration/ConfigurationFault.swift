/// One thing wrong with the configuration: where, what, and what to do.
public struct ConfigurationFault: Hashable, Sendable, CustomStringConvertible {
    /// A file with its line, such as `demo.yaml:12`, or `environment`.
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

/// Everything wrong with the configuration, found in one reading.
public struct ConfigurationFaults: Error, CustomStringConvertible {
    public var faults: [ConfigurationFault]

    public init(_ faults: [ConfigurationFault]) {
        self.faults = faults
    }

    /// One fault a line.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
