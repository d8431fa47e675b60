public import Timeline

/// A request that was refused, and why.
public struct PastRefusal: Hashable, Sendable {
    public let attachment: PodAttachment
    public let pod: PodName?
    public let refusal: Refusal
    public let moment: Instant
}

/// The last refusals, for those who ask why a pod has no address.
struct RecentRefusals: Sendable {
    private var refusals: [PastRefusal] = []
    private var oldest = 0
    private static let kept = 256

    /// The latest first.
    var all: [PastRefusal] { (refusals[oldest...] + refusals[..<oldest]).reversed() }

    mutating func note(_ request: PodRequest, _ refusal: Refusal, at now: Instant) {
        let entry = PastRefusal(attachment: request.attachment, pod: request.pod, refusal: refusal, moment: now)
        guard refusals.count == Self.kept else { return refusals.append(entry) }
        refusals[oldest] = entry
        oldest = (oldest + 1) % Self.kept
    }
}
