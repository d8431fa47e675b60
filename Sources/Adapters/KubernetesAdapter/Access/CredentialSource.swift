/// Bytes of PEM, or where to read them again when they have changed.
enum PEMSource: Hashable, Sendable {
    case bytes([UInt8])
    case file(String)
}

/// Where the proof of who we are comes from. Each part is asked again; no part is a copy that grows old.
struct CredentialSource: Hashable, Sendable {
    enum Token: Hashable, Sendable {
        case text(String)
        /// Written anew by others, such as the kubelet for service accounts.
        case file(String)
    }

    struct Certificate: Hashable, Sendable {
        var chain: PEMSource
        var key: PEMSource
    }

    var token: Token?
    var certificate: Certificate?
    /// Asked when there is no token.
    var plugin: ExecPlugin?
}
