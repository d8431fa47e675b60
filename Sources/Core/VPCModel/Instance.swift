public import Addressing
public import InstanceTypes

extension VPCModel {
    /// A running instance.
    public struct Instance: Hashable, Sendable, Codable {
        public let id: InstanceID
        public let type: InstanceType
        /// The subnet of the primary ENI.
        public let subnet: SubnetID
        public let zone: String
        /// The ENIs by device index, those attaching and detaching included; 0 is the primary ENI.
        public internal(set) var enis: [Int: ENIID]
    }
}
