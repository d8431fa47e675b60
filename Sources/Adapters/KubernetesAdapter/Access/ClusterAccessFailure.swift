/// Why nobody can tell where the API server is, or who we are to it.
public struct ClusterAccessFailure: Error, Hashable, Sendable {
    public var problem: String
    public var remedy: String

    public init(problem: String, remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }
}

extension ClusterAccessFailure: CustomStringConvertible {
    public var description: String { "\(problem). \(remedy)." }
}
