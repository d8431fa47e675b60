import Addressing

/// What a subnet had left, measured on several days.
public struct SubnetHistory: Hashable, Sendable {
    public var addresses: [Forecast.Sample]
    /// Free /28 blocks; empty where nobody counted them.
    public var blocks: [Forecast.Sample]

    public init(addresses: [Forecast.Sample] = [], blocks: [Forecast.Sample] = []) {
        self.addresses = addresses
        self.blocks = blocks
    }

    /// By free blocks where prefixes are taken and blocks were counted, by addresses otherwise; nil without a measurement.
    ///
    /// - Parameter safety: Addresses that are to be left.
    func forecast(for subnet: SubnetID, takesBlocks: Bool, safety: Int) -> Forecast? {
        if takesBlocks, !blocks.isEmpty { return Forecast(subnet, blocks, unit: .blocks, safety: safety / 16) }
        return addresses.isEmpty ? nil : Forecast(subnet, addresses, unit: .addresses, safety: safety)
    }
}
