public import Addressing
public import Timeline

/// What one attachment holds: its addresses and where they come from.
///
/// Never changed after it is made and shared by all copies, so that effects and journal entries that carry it are small.
public struct Allocation: Sendable {
    private let contents: Contents

    private final class Contents: Sendable {
        let attachment: PodAttachment
        let pod: PodName?
        let addresses: PodAddresses
        let eni: ENIID
        let card: Int
        let deviceIndex: Int
        let since: Instant
        let hostLink: String
        let hold: Duration?

        init(
            attachment: PodAttachment, pod: PodName?, addresses: PodAddresses, eni: ENIID, card: Int, deviceIndex: Int, since: Instant,
            hostLink: String, hold: Duration?
        ) {
            self.attachment = attachment
            self.pod = pod
            self.addresses = addresses
            self.eni = eni
            self.card = card
            self.deviceIndex = deviceIndex
            self.since = since
            self.hostLink = hostLink
            self.hold = hold
        }
    }

    public init(
        attachment: PodAttachment, pod: PodName?, addresses: PodAddresses, eni: ENIID, card: Int = 0, deviceIndex: Int, since: Instant,
        hostLink: String, hold: Duration? = nil
    ) {
        contents = Contents(
            attachment: attachment, pod: pod, addresses: addresses, eni: eni, card: card, deviceIndex: deviceIndex, since: since,
            hostLink: hostLink, hold: hold)
    }

    public var attachment: PodAttachment { contents.attachment }
    /// Nil when the runtime named no pod, as outside Kubernetes.
    public var pod: PodName? { contents.pod }
    public var addresses: PodAddresses { contents.addresses }
    /// The address by which pods are told apart: IPv4 where there is one.
    public var address: IPAddress { contents.addresses.first }
    public var eni: ENIID { contents.eni }
    /// The network card of the ENI; with the device index it decides the pod's route table.
    public var card: Int { contents.card }
    /// The device index of the ENI on its card; 0 on card 0 is the primary ENI.
    public var deviceIndex: Int { contents.deviceIndex }
    public var since: Instant { contents.since }
    /// The name of the pod's link on the node, as the request gave it; empty when the link is another plugin's, which was given
    /// addresses alone.
    public var hostLink: String { contents.hostLink }
    /// Whether another plugin gives the addresses to a link of its own, of which nothing is known here.
    public var isWiredByOthers: Bool { contents.hostLink.isEmpty }
    /// How long its addresses are kept for a pod of the same name after the DEL; nil for not at all.
    public var hold: Duration? { contents.hold }
}

extension Allocation: Hashable {
    public static func == (a: Allocation, b: Allocation) -> Bool {
        let (a, b) = (a.contents, b.contents)
        return a === b
            || a.attachment == b.attachment && a.addresses == b.addresses && a.pod == b.pod && a.eni == b.eni && a.card == b.card
                && a.deviceIndex == b.deviceIndex && a.since == b.since && a.hostLink == b.hostLink
                && a.hold == b.hold
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(attachment)
        hasher.combine(addresses)
    }
}

extension Allocation: CustomStringConvertible {
    public var description: String { "\(addresses) of \(eni) for \(attachment)" }
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
    /// can be found whatever the configuration says by then. Empty when another plugin makes the link.
    public var hostLink: String
    /// The named pool that serves the pod; nil for the node's own.
    public var pool: PoolName?
    /// How long the pod's addresses are kept for a pod of the same name after its DEL; nil for not at all.
    public var hold: Duration?
    /// The network card whose ENIs serve the pod; nil for any. What is promised or reserved by name goes to no card but 0.
    public var card: Int?

    public init(
        attachment: PodAttachment, pod: PodName?, deadline: Instant, hostLink: String, pool: PoolName? = nil, hold: Duration? = nil,
        card: Int? = nil
    ) {
        self.attachment = attachment
        self.pod = pod
        self.deadline = deadline
        self.hostLink = hostLink
        self.pool = pool
        self.hold = hold
        self.card = card
    }
}
