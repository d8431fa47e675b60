/// Why the instance metadata did not tell something.
public struct IMDSFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// The service is switched off, for the instance or for this process.
        case disabled
        /// No token came in time, as when the answer cannot reach this network namespace.
        case unreachable
        /// It answered with something other than a value.
        case refused
        /// The value is not of the form that it must have.
        case unreadable
        case cancelled
    }

    public var kind: Kind
    public var problem: String
    public var remedy: String

    public init(_ kind: Kind, _ problem: String, remedy: String) {
        self.kind = kind
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(problem). \(remedy)" }
}

extension IMDSFailure {
    static func disabled(_ problem: String) -> IMDSFailure {
        IMDSFailure(
            .disabled, problem,
            remedy: "Switch it on with aws ec2 modify-instance-metadata-options --http-endpoint enabled, "
                + "and leave AWS_EC2_METADATA_DISABLED unset")
    }

    /// The answer to the token request is sent with a hop limit, 1 unless set otherwise, so it does not reach a pod's own network
    /// namespace: the request just hangs.
    static func noToken(_ cause: String, tries: Int) -> IMDSFailure {
        IMDSFailure(
            .unreachable, "No token from the instance metadata in \(tries) tries: \(cause)",
            remedy: "Run berthd on the host network, or raise the hop limit with "
                + "aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2; outside of EC2 there is no such service")
    }

    static func noAnswer(_ path: String, _ cause: String, tries: Int) -> IMDSFailure {
        IMDSFailure(
            .unreachable, "No answer for \(path) from the instance metadata in \(tries) tries: \(cause)",
            remedy: "The service limits each ENI to 1,024 packets a second with DNS and time; see whether something floods it")
    }

    static func refused(_ path: String, status: Int) -> IMDSFailure {
        IMDSFailure(
            .refused, "The instance metadata answered \(path) with status \(status)", remedy: "Look at the same path with curl on the node")
    }

    static func unreadable(_ path: String, _ value: String, _ expected: String) -> IMDSFailure {
        IMDSFailure(
            .unreadable, "The instance metadata \(path) are \"\(value.prefix(100))\", which is no \(expected)",
            remedy: "Look at the same path with curl on the node; a stand-in for the service may answer")
    }

    static func missing(_ path: String) -> IMDSFailure {
        IMDSFailure(
            .unreadable, "The instance metadata have no \(path)", remedy: "Look at the same path with curl on the node")
    }

    static let cancelled = IMDSFailure(.cancelled, "The question to the instance metadata was cancelled", remedy: "Ask again")
}
