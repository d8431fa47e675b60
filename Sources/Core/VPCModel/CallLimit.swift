/// What EC2 lets through of an operation: a burst, and after it as many calls as are refilled.
public struct CallLimit: Hashable, Sendable, Codable {
    /// Calls at once; 1 to 999,999.
    public let burst: Int
    /// Calls a second, in thousandths; 0 where others use all that is refilled.
    public let perSecond: Double

    public init(burst: Int, perSecond: Double) {
        precondition((1..<1_000_000).contains(burst), "a bucket of \(burst) calls is not of 1 to 999,999")
        precondition((0..<1_000_000).contains(perSecond), "\(perSecond) calls a second are not from 0 to 999,999")
        self.burst = burst
        self.perSecond = perSecond
    }
}
