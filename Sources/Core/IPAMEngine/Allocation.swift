public import Addressing
public import Timeline

/// What one attachment holds: its addresses and where they come from.
///
/// Never changed after it is made and shared by all copies, so that effects and journal entries that carry it are small.
public struct Allocation: Sendable {
    @usableFromInline let contents: Contents

    @usableFromInline final class Contents: Sendable {
        @usableFromInline let claim: PodClaim
        let addresses: PodAddresses
        let eni: ENIID
        let card: Int
        let deviceIndex: Int
        let since: Instant

        init(_ claim: PodClaim, _ addresses: PodAddresses, _ eni: ENIID, card: Int, deviceIndex: Int, since: Instant) {
            self.claim = claim
            self.addresses = addresses
            self.eni = eni
            self.card = card
            self.deviceIndex = deviceIndex
            self.since = since
        }
    }

    public init(
        attachment: PodAttachment, pod: PodName?, addresses: PodAddresses, eni: ENIID, card: Int = 0, deviceIndex: Int, since: Instant,
        hostLink: String, hold: Duration? = nil
    ) {
        contents = Contents(
            PodClaim(attachment: attachment, pod: pod, hostLink: hostLink, pool: nil, hold: hold), addresses, eni, card: card,
            deviceIndex: deviceIndex, since: since)
    }

    /// What a request is given.
    init(_ request: PodRequest, _ addresses: PodAddresses, of eni: ENIID, at seat: DeviceSeat, since: Instant) {
        contents = Contents(request.claim, addresses, eni, card: seat.card, deviceIndex: seat.deviceIndex, since: since)
    }

    @inlinable public var attachment: PodAttachment { contents.claim.attachment }
    /// Nil when the runtime named no pod, as outside Kubernetes.
    public var pod: PodName? { contents.claim.pod }
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
    public var hostLink: String { contents.claim.hostLink }
    /// Whether another plugin gives the addresses to a link of its own, of which nothing is known here.
    public var isWiredByOthers: Bool { contents.claim.hostLink.isEmpty }
    /// How long its addresses are kept for a pod of the same name after the DEL; nil for not at all.
    public var hold: Duration? { contents.claim.hold }
}

extension Allocation: Hashable {
    public static func == (a: Allocation, b: Allocation) -> Bool {
        a.contents === b.contents
            || a.attachment == b.attachment && a.addresses == b.addresses && a.pod == b.pod && a.eni == b.eni && a.card == b.card
                && a.deviceIndex == b.deviceIndex && a.since == b.since && a.hostLink == b.hostLink && a.hold == b.hold
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
