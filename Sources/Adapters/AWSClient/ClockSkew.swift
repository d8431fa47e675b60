/// How far the node's clock is from AWS's, learned from the answers' `Date` when AWS refuses a signature.
///
/// A signature counts for minutes only. A node that starts with a wrong clock must get its addresses before its clock is set, so the
/// difference is added to the time that is signed. Pure.
public struct ClockSkew: Hashable, Sendable {
    /// AWS's time less the node's.
    public private(set) var offset: Duration = .zero

    public init() {}

    /// Differences below this are not what a refusal is about: AWS takes signatures that are 5 minutes old, 15 for some services.
    static let tolerance: Duration = .seconds(240)

    /// Learns from a refusal.
    ///
    /// - Parameter now: The node's own time, without the offset, when the answer came.
    /// - Returns: Whether the difference explains the refusal, so that a call signed at the corrected time is worth making.
    public mutating func learn(from date: UTCTime, at now: UTCTime) -> Bool {
        let seen = date - now
        let change = seen - offset
        guard max(change, .zero - change) > Self.tolerance else { return false }
        offset = seen
        return true
    }
}
