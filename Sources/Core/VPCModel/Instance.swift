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
        public internal(set) var tags: [String: String] = [:]
        /// The ENIs by place, those attaching and detaching included.
        public internal(set) var enis: [Place: ENIID] = [:]

        /// Device index 0 of the default card.
        public var primaryPlace: Place { Self.primaryPlace(on: type) }

        static func primaryPlace(on type: InstanceType) -> Place { Place(card: type.defaultCard, deviceIndex: 0) }

        /// Without the ENIs, whose attachments tell the same.
        private enum CodingKeys: CodingKey {
            case id, type, subnet, zone, tags
        }
    }
}
