public import Addressing

/// Every pod that holds an address, by address.
public struct PodsReport: Hashable, Sendable, Codable {
    public static let schema = "berth/pods/1"

    public var schema = Self.schema
    public var pods: [Pod]

    public struct Pod: Hashable, Sendable, Codable {
        /// Empty when the runtime named no pod.
        public var namespace: String
        public var name: String
        /// One of a family or one of each, IPv4 first.
        public var addresses: [IPAddress]
        public var eni: ENIID
        public var card: Int
        public var deviceIndex: Int
        public var containerID: String
        public var interface: String
        public var network: String
        /// `wired`, `wiring`, `unwiring`, or `quarantined` when no ENI that EC2 shows has the address.
        public var state: String

        /// Nil when the pod has IPv6 alone.
        public var ipv4: IPv4Address? {
            guard case .v4(let address) = addresses.first else { return nil }
            return address
        }

        public init(
            namespace: String, name: String, addresses: [IPAddress], eni: ENIID, card: Int, deviceIndex: Int, containerID: String,
            interface: String, network: String, state: String
        ) {
            self.namespace = namespace
            self.name = name
            self.addresses = addresses
            self.eni = eni
            self.card = card
            self.deviceIndex = deviceIndex
            self.containerID = containerID
            self.interface = interface
            self.network = network
            self.state = state
        }
    }

    public init(pods: [Pod]) {
        self.pods = pods
    }
}
