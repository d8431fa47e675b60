/// How far the node keeps away from EC2, and who has it so.
public struct DegradationReport: Hashable, Sendable, Codable {
    public static let schema = "berth/degradation/1"

    public var schema = Self.schema
    /// What counts at this moment: `normal`, `stop-releases` or `stop-calls`.
    public var state: String
    /// What an operator ordered, by the same names.
    public var order: String
    /// How long ago that was; nil where nothing is ordered.
    public var orderSeconds: Double?
    /// Nil while EC2 is called as the order has it.
    public var trip: Trip?

    /// EC2 has failed for so long that the node leaves it alone.
    public struct Trip: Hashable, Sendable, Codable {
        /// Since when EC2 fails, seconds ago.
        public var seconds: Double
        /// The last failure.
        public var code: String
        public var message: String
        /// In how many seconds EC2 is asked again; 0 while it is asked.
        public var probeSeconds: Double

        public init(seconds: Double, code: String, message: String, probeSeconds: Double) {
            self.seconds = seconds
            self.code = code
            self.message = message
            self.probeSeconds = probeSeconds
        }
    }

    public init(state: String, order: String, orderSeconds: Double?, trip: Trip?) {
        self.state = state
        self.order = order
        self.orderSeconds = orderSeconds
        self.trip = trip
    }
}
