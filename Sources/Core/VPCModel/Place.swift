extension VPCModel {
    /// Where on an instance an ENI can be attached: a device index of a network card.
    public struct Place: Hashable, Sendable, Codable {
        /// EC2's NetworkCardIndex.
        public var card: Int
        /// Unique on its card.
        public var deviceIndex: Int

        public init(card: Int, deviceIndex: Int) {
            self.card = card
            self.deviceIndex = deviceIndex
        }
    }
}

extension VPCModel.Place: Comparable {
    /// By card, then by device index.
    public static func < (a: Self, b: Self) -> Bool {
        (a.card, a.deviceIndex) < (b.card, b.deviceIndex)
    }
}

extension VPCModel.Place: CustomStringConvertible {
    public var description: String { "device index \(deviceIndex) of card \(card)" }
}
