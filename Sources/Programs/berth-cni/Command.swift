import CPluginSystem

/// A CNI command, as far as the plugin must tell them apart (CNI specification 1.1.0, section 2).
enum Command {
    case add, delete, check, status, collectGarbage, version
    /// Anything else: the daemon refuses it in the words of the specification.
    case unknown

    init(_ name: UnsafePointer<CChar>) {
        if strcmp(name, "ADD") == 0 {
            self = .add
        } else if strcmp(name, "DEL") == 0 {
            self = .delete
        } else if strcmp(name, "CHECK") == 0 {
            self = .check
        } else if strcmp(name, "STATUS") == 0 {
            self = .status
        } else if strcmp(name, "GC") == 0 {
            self = .collectGarbage
        } else if strcmp(name, "VERSION") == 0 {
            self = .version
        } else {
            self = .unknown
        }
    }

    /// Whether the daemon needs the pod's namespace for it.
    var needsSandbox: Bool { self == .add || self == .check }

    /// How long to go on trying to reach a daemon that is away.
    ///
    /// A daemon is replaced within the longest time, and a pod that waits so long starts sooner than one whose ADD fails. STATUS is
    /// asked every few seconds and DEL has the spool.
    var connectMilliseconds: Int {
        switch self {
        case .status, .delete: 300
        case .add: 10_000
        case .check, .collectGarbage, .version, .unknown: 2_000
        }
    }

    /// How long to wait for the daemon's reply.
    ///
    /// Below what the runtimes allow, so that they read our reason instead of ending us: kubelet gives a sandbox 2 minutes,
    /// containerd and CRI-O give a DEL 1 minute, and the kubelet asks for STATUS every 5 s.
    var replyMilliseconds: Int {
        switch self {
        case .add: 110_000
        case .status: 1_000
        case .delete, .check, .collectGarbage, .version, .unknown: 50_000
        }
    }

    /// The CNI error code of a daemon that is away: 50, plugin not available, is STATUS's own; 11 is try again later.
    var codeWhenAway: Int { self == .status ? 50 : 11 }
}
