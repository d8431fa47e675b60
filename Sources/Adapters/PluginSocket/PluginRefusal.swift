public import PodNetwork

/// A call that never became a ``PluginRequest``, for the log.
public enum PluginRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// A waiting connection could not be accepted.
    case notAccepted(PluginSocketError)
    /// Nothing came in time (`EAGAIN`), or the plugin ended before it sent anything (nil).
    case silent(PluginRequest.Peer, KernelErrno?)
    /// The caller is neither root nor the daemon's own user.
    case notPermitted(PluginRequest.Peer)
    case malformed(PluginRequest.Peer, FrameFault)

    public var description: String {
        switch self {
        case .notAccepted(let error): "\(error)"
        case .silent(let peer, let errno):
            "process \(peer.pid) connected and sent no request: \(errno.map(String.init(describing:)) ?? "it closed the connection")"
        case .notPermitted(let peer):
            "process \(peer.pid) of user \(peer.uid) may not call berthd: root and berthd's own user may"
        case .malformed(let peer, let fault): "process \(peer.pid) sent \(fault)"
        }
    }

    /// What the plugin prints. 114 is our code for versions that do not fit together, 5 is CNI's for a failed exchange.
    var reply: Reply {
        switch self {
        case .malformed(_, .version): Reply(errorCode: 114, "versions of berth-cni and berthd differ", details: "\(self)")
        case .notPermitted: Reply(errorCode: 5, "not permitted", details: "\(self)")
        case .notAccepted, .silent, .malformed: Reply(errorCode: 5, "berthd cannot read the request", details: "\(self)")
        }
    }
}
