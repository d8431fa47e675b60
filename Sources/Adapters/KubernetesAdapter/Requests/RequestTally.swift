import Synchronization

/// How often the API server was asked since the client began, by verb and resource.
public final class RequestTally: Sendable {
    /// A right that a rule of access grants: `watch` on `pods`.
    public struct Right: Hashable, Sendable, Comparable, CustomStringConvertible {
        /// As rules of access call it: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
        public var verb: String
        /// With its group and subresource, such as `leases.coordination.k8s.io` and `nodes/status`.
        public var resource: String

        public init(verb: String, resource: String) {
            self.verb = verb
            self.resource = resource
        }

        public static func < (a: Right, b: Right) -> Bool { (a.resource, a.verb) < (b.resource, b.verb) }
        public var description: String { "\(verb) \(resource)" }
    }

    /// What requests came to.
    public struct Count: Hashable, Sendable {
        /// Sent, every repetition counted.
        public var requests = 0
        /// Of them, those without a good answer.
        public var failures = 0
        /// Of bodies.
        public var bytesSent = 0
        public var bytesReceived = 0

        public init() {}
    }

    private let state = Mutex<[Right: Count]>([:])

    init() {}

    public var counts: [Right: Count] { state.withLock { $0 } }

    func note(_ right: Right, _ change: (inout Count) -> Void) {
        state.withLock { change(&$0[right, default: Count()]) }
    }
}
