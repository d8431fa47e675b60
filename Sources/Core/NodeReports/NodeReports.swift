public import Addressing

/// What the daemon tells of its node, and `berth` prints: one value behind the table and behind `--output json`.
///
/// `schema` names the shape; a change that a reader could stumble over raises its number.
public struct StatusReport: Hashable, Sendable, Codable {
    public static let schema = "berth/status/1"

    public var schema = Self.schema
    public var node: String
    public var instanceType: String
    /// `secondary` or `prefix`.
    public var addressing: String
    /// Whether the node's ENIs are known.
    public var isStarted: Bool
    public var addresses: AddressCount
    public var enis: Int
    public var enisMax: Int
    public var prefixes: Int
    /// Pods the kubelet admits at most.
    public var maxPods: Int
    public var pods: Int
    /// ADDs that wait for an address.
    public var waiting: Int
    /// Calls to EC2 and steps of an ENI's life that are under way.
    public var callsInFlight: Int
    /// Why an ADD would have to wait at this moment; nil while an address is free.
    public var reason: Reason?

    /// A refusal with its stable code and its explanation.
    public struct Reason: Hashable, Sendable, Codable {
        public var code: String
        public var explanation: String

        public init(code: String, explanation: String) {
            self.code = code
            self.explanation = explanation
        }
    }

    public init(
        node: String, instanceType: String, addressing: String, isStarted: Bool, addresses: AddressCount, enis: Int, enisMax: Int,
        prefixes: Int, maxPods: Int, pods: Int, waiting: Int, callsInFlight: Int, reason: Reason?
    ) {
        self.node = node
        self.instanceType = instanceType
        self.addressing = addressing
        self.isStarted = isStarted
        self.addresses = addresses
        self.enis = enis
        self.enisMax = enisMax
        self.prefixes = prefixes
        self.maxPods = maxPods
        self.pods = pods
        self.waiting = waiting
        self.callsInFlight = callsInFlight
        self.reason = reason
    }
}

/// Addresses by what they do.
public struct AddressCount: Hashable, Sendable, Codable {
    /// Addresses the node can give to pods, in whatever state.
    public var attached: Int
    public var held: Int
    public var cooling: Int
    public var free: Int

    public init(attached: Int, held: Int, cooling: Int, free: Int) {
        self.attached = attached
        self.held = held
        self.cooling = cooling
        self.free = free
    }
}

/// Every pod that holds an address, by address.
public struct PodsReport: Hashable, Sendable, Codable {
    public static let schema = "berth/pods/1"

    public var schema = Self.schema
    public var pods: [Pod]

    public struct Pod: Hashable, Sendable, Codable {
        /// Empty when the runtime named no pod.
        public var namespace: String
        public var name: String
        public var address: IPv4Address
        public var eni: ENIID
        public var deviceIndex: Int
        public var containerID: String
        public var interface: String
        public var network: String
        /// `wired`, `wiring`, `unwiring`, or `quarantined` when no ENI that EC2 shows has the address.
        public var state: String

        public init(
            namespace: String, name: String, address: IPv4Address, eni: ENIID, deviceIndex: Int, containerID: String, interface: String,
            network: String, state: String
        ) {
            self.namespace = namespace
            self.name = name
            self.address = address
            self.eni = eni
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

/// Every ENI with its prefixes, by device index.
public struct ENIsReport: Hashable, Sendable, Codable {
    public static let schema = "berth/enis/1"

    public var schema = Self.schema
    public var enis: [ENI]

    public struct ENI: Hashable, Sendable, Codable {
        public var id: ENIID
        public var deviceIndex: Int
        public var mac: MACAddress
        public var subnet: SubnetID
        public var primaryAddress: IPv4Address
        public var addresses: AddressCount
        /// Single secondary addresses, in whatever state.
        public var secondaryAddresses: Int
        public var prefixes: [Prefix]

        public init(
            id: ENIID, deviceIndex: Int, mac: MACAddress, subnet: SubnetID, primaryAddress: IPv4Address, addresses: AddressCount,
            secondaryAddresses: Int, prefixes: [Prefix]
        ) {
            self.id = id
            self.deviceIndex = deviceIndex
            self.mac = mac
            self.subnet = subnet
            self.primaryAddress = primaryAddress
            self.addresses = addresses
            self.secondaryAddresses = secondaryAddresses
            self.prefixes = prefixes
        }
    }

    public struct Prefix: Hashable, Sendable, Codable {
        public var block: IPv4CIDR
        public var addresses: AddressCount

        public init(block: IPv4CIDR, addresses: AddressCount) {
            self.block = block
            self.addresses = addresses
        }
    }

    public init(enis: [ENI]) {
        self.enis = enis
    }
}
