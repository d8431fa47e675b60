public import Timeline

/// An ADD that asks for an address.
public struct PodRequest: Sendable {
    let claim: PodClaim
    /// When the request is answered even without an address, so that the runtime hears the reason before it gives up.
    public let deadline: Instant
    /// The network card whose ENIs serve the pod; nil for any. What is promised or reserved by name goes to no card but 0.
    public let card: Int?

    public init(
        attachment: PodAttachment, pod: PodName?, deadline: Instant, hostLink: String, pool: PoolName? = nil, hold: Duration? = nil,
        card: Int? = nil
    ) {
        claim = PodClaim(attachment: attachment, pod: pod, hostLink: hostLink, pool: pool, hold: hold)
        self.deadline = deadline
        self.card = card
    }

    public var attachment: PodAttachment { claim.attachment }
    public var pod: PodName? { claim.pod }
    /// The name the pod's link will have on the node. The engine keeps it with the allocation, so that what an ADD made
    /// can be found whatever the configuration says by then. Empty when another plugin makes the link.
    public var hostLink: String { claim.hostLink }
    /// The named pool that serves the pod; nil for the node's own.
    public var pool: PoolName? { claim.pool }
    /// How long the pod's addresses are kept for a pod of the same name after its DEL; nil for not at all.
    public var hold: Duration? { claim.hold }
}

extension PodRequest: Hashable {
    public static func == (a: PodRequest, b: PodRequest) -> Bool {
        a.deadline == b.deadline && a.card == b.card && a.attachment == b.attachment && a.pod == b.pod && a.hostLink == b.hostLink
            && a.pool == b.pool && a.hold == b.hold
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(attachment)
        hasher.combine(deadline)
    }
}

/// Who asks and for what: kept once, and shared by the request and by the allocation that answers it.
@usableFromInline final class PodClaim: Sendable {
    @usableFromInline let attachment: PodAttachment
    let pod: PodName?
    let hostLink: String
    let pool: PoolName?
    let hold: Duration?

    init(attachment: PodAttachment, pod: PodName?, hostLink: String, pool: PoolName?, hold: Duration?) {
        self.attachment = attachment
        self.pod = pod
        self.hostLink = hostLink
        self.pool = pool
        self.hold = hold
    }
}
