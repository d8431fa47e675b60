public import Addressing
public import CNISpec
public import IPAMEngine

/// What the cluster says of pods that ask for addresses, and what it hears of them.
///
/// The node asks and tells on the thread that serves the pod, so that none of this may wait for anything.
public struct ClusterVoice: Sendable {
    /// What a pod wishes of its address.
    public struct Wishes: Hashable, Sendable {
        /// The named pool that is to serve it; nil for the node's own.
        public var pool: PoolName?
        /// How long its addresses are kept for the next pod of its name; zero for not at all, nil for as long as the node's settings say.
        public var hold: Duration?

        public init(pool: PoolName? = nil, hold: Duration? = nil) {
            self.pool = pool
            self.hold = hold
        }
    }

    /// - Parameter annotations: Those of the pod that the runtime passes on, by name.
    /// - Throws: Where what is written cannot be followed.
    public var wishes: @Sendable (_ pod: PodName, _ annotations: [String: String]) throws(CNIError) -> Wishes
    /// The pod found no address and waits for one.
    public var podWaits: @Sendable (PodName) -> Void
    public var podWasRefused: @Sendable (PodName, Refusal) -> Void
    /// The pod runs with these addresses.
    public var podWasWired: @Sendable (PodName, [IPAddress]) -> Void

    public init(
        wishes: @escaping @Sendable (_ pod: PodName, _ annotations: [String: String]) throws(CNIError) -> Wishes,
        podWaits: @escaping @Sendable (PodName) -> Void = { _ in },
        podWasRefused: @escaping @Sendable (PodName, Refusal) -> Void = { _, _ in },
        podWasWired: @escaping @Sendable (PodName, [IPAddress]) -> Void = { _, _ in }
    ) {
        self.wishes = wishes
        self.podWaits = podWaits
        self.podWasRefused = podWasRefused
        self.podWasWired = podWasWired
    }

    /// Outside a cluster.
    public static let silent = ClusterVoice(wishes: { _, _ in Wishes() })
}

extension Node {
    /// What the request's pod wishes, with what the node's settings say where it wishes nothing.
    func wishes(of sandbox: SandboxRequest) throws(CNIError) -> ClusterVoice.Wishes {
        guard let pod = sandbox.pod else { return ClusterVoice.Wishes() }
        var wishes = try cluster.wishes(pod, sandbox.annotations)
        let hold = wishes.hold ?? settings.hold(for: pod)
        wishes.hold = hold == .zero ? nil : hold
        return wishes
    }
}
