public import Addressing
public import Timeline

/// One interface of one sandbox on one network: the key under which CNI adds and deletes.
///
/// The three strings are those of the CNI request; the runtime promises that together they are unique on the node
/// (CNI spec 1.1.0, section 2).
public struct PodAttachment: Hashable, Sendable, Codable {
    public let network: String
    public let containerID: String
    public let interface: String

    public init(network: String, containerID: String, interface: String) {
        self.network = network
        self.containerID = containerID
        self.interface = interface
    }
}

extension PodAttachment: CustomStringConvertible {
    public var description: String { "\(network)/\(containerID)/\(interface)" }
}

/// The pod behind a sandbox, as the runtime names it in `CNI_ARGS`.
public struct PodName: Hashable, Sendable, Codable, CustomStringConvertible {
    public let namespace: String
    public let name: String

    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    public var description: String { "\(namespace)/\(name)" }
}

/// One address held by one attachment.
public struct Allocation: Hashable, Sendable {
    public let attachment: PodAttachment
    /// Nil when the runtime named no pod, as outside Kubernetes.
    public let pod: PodName?
    public let address: IPv4Address
    public let eni: ENIID
    /// The device index of the ENI, which decides the pod's route table; 0 is the primary ENI.
    public let deviceIndex: Int
    public let since: Instant
    /// The name of the pod's link on the node, as the request gave it.
    public let hostLink: String

    public init(
        attachment: PodAttachment, pod: PodName?, address: IPv4Address, eni: ENIID, deviceIndex: Int, since: Instant, hostLink: String = ""
    ) {
        self.attachment = attachment
        self.pod = pod
        self.address = address
        self.eni = eni
        self.deviceIndex = deviceIndex
        self.since = since
        self.hostLink = hostLink
    }
}

/// How far the kernel work for an allocation has come.
public enum Wiring: Hashable, Sendable {
    /// The address is held and its links and routes are being made; the sandbox has had no answer.
    case wiring
    case wired
    /// A DEL is taking links and routes away.
    case unwiring
}

/// An ADD that asks for an address.
public struct PodRequest: Hashable, Sendable {
    public var attachment: PodAttachment
    public var pod: PodName?
    /// When the request is answered even without an address, so that the runtime hears the reason before it gives up.
    public var deadline: Instant
    /// The name the pod's link will have on the node. The engine keeps it with the allocation, so that what an ADD made
    /// can be found whatever the configuration says by then.
    public var hostLink: String

    public init(attachment: PodAttachment, pod: PodName?, deadline: Instant, hostLink: String = "") {
        self.attachment = attachment
        self.pod = pod
        self.deadline = deadline
        self.hostLink = hostLink
    }
}
