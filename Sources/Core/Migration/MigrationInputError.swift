/// A file that was named and cannot be used: bad input, not a finding about the node.
public struct MigrationInputError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, with its line where that is known.
    public let place: String
    public let problem: String
    public let remedy: String

    public init(_ place: String, _ problem: String, remedy: String) {
        self.place = place
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(place): \(problem). \(remedy)." }
}
