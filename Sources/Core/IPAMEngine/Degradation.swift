/// How far a node keeps away from EC2.
public enum Degradation: String, Hashable, Sendable, CaseIterable, Comparable {
    /// EC2 is asked for whatever the pools want.
    case normal
    /// Nothing is given back: no address or prefix is unassigned, no ENI detached or deleted.
    case stopReleases = "stop-releases"
    /// EC2 is asked for nothing, descriptions included. Pods are served from what the node has.
    case stopCalls = "stop-calls"

    private var severity: Int {
        switch self {
        case .normal: 0
        case .stopReleases: 1
        case .stopCalls: 2
        }
    }

    public static func < (a: Degradation, b: Degradation) -> Bool { a.severity < b.severity }
}
