/// What the daemon tells of its node, and `berth` prints: one value behind the table and behind `--output json`.
///
/// `schema` names the shape; a change that a reader could stumble over raises its number.
public struct StatusReport: Hashable, Sendable, Codable {
    public static let schema = "berth/status/1"

    public var schema = Self.schema
    public var node: String
    public var instanceType: String
    /// `secondary`, `prefix`, `ipv6`, `dual-secondary` or `dual-prefix`.
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
    /// How far the node keeps away from EC2.
    public var degradation: DegradationReport

    /// What was mended of the node's network since the daemon began.
    public var repairs: RepairCount

    /// How the node stands with its cluster; nil outside one.
    public var cluster: ClusterReport?

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
        prefixes: Int, maxPods: Int, pods: Int, waiting: Int, callsInFlight: Int, reason: Reason?,
        degradation: DegradationReport, repairs: RepairCount
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
        self.degradation = degradation
        self.repairs = repairs
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
