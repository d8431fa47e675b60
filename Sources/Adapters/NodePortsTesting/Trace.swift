public import Addressing
public import PodNetwork

/// The way of an echo request and its reply through the kernel in memory, step by step.
public struct Trace: Sendable, Hashable {
    /// One step of a packet.
    public struct Hop: Sendable, Hashable {
        /// The name of the namespace in which it happened.
        public let namespace: String
        /// The hops the packet may still take, from 64 down.
        public let ttl: Int
        /// What happened, such as `route 10.0.32.17/32 dev eni4f2a9c scope link by rule priority 512 lookup main`.
        public let step: String
    }

    /// Why a packet went no further.
    public enum LossReason: Sendable, Hashable {
        case sourceNotHeld(IPAddress)
        case noSourceAddress
        case noRoute(to: IPAddress)
        case linkDown(LinkName)
        case noCarrier(LinkName)
        case ipv6Disabled(LinkName)
        case noNeighbour(IPAddress, LinkName)
        case wrongMAC(sent: MACAddress, expected: MACAddress)
        case reversePath(IPAddress, LinkName, hasWayBack: Bool)
        case ownSource(IPAddress, LinkName)
        case notForwarding(LinkName)
        case ttlExceeded
        case deliveredElsewhere(String)
        case rejected(IPAddress)
    }

    public enum Outcome: Sendable, Hashable {
        case answered
        case requestLost(LossReason, in: String)
        case replyLost(LossReason, in: String)
    }

    public internal(set) var hops: [Hop] = []
    public internal(set) var outcome = Outcome.answered
    /// The source address with which the request was delivered; nil when it was lost.
    public internal(set) var sourceSeen: IPAddress?

    public var isAnswered: Bool { outcome == .answered }
}

extension Trace: CustomStringConvertible {
    /// A line for each step, and one for the end.
    public var description: String {
        (hops.map { "\($0.namespace) ttl \($0.ttl): \($0.step)" } + ["\(outcome)"]).joined(separator: "\n")
    }
}

extension Trace.Outcome: CustomStringConvertible {
    public var description: String {
        switch self {
        case .answered: "answered"
        case .requestLost(let reason, let namespace): "request lost in \(namespace): \(reason)"
        case .replyLost(let reason, let namespace): "reply lost in \(namespace): \(reason)"
        }
    }
}

extension Trace.LossReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .sourceNotHeld(let address): "\(address) is not an address of the sender"
        case .noSourceAddress: "the sender has no address to send from"
        case .noRoute(let address): "no route to \(address)"
        case .linkDown(let link): "\(link) is down"
        case .noCarrier(let link): "the other end of \(link) is down or absent"
        case .ipv6Disabled(let link): "IPv6 is disabled on \(link)"
        case .noNeighbour(let address, let link): "nobody on \(link) answers for \(address)"
        case .wrongMAC(let sent, let expected): "sent to \(sent), but the link there has \(expected)"
        case .reversePath(let address, let link, true): "rp_filter of \(link): the way back to \(address) leaves by another link"
        case .reversePath(let address, let link, false): "rp_filter of \(link): there is no way back to \(address)"
        case .ownSource(let address, let link): "\(address) came in by \(link), but is an address of this namespace"
        case .notForwarding(let link): "packets that come in by \(link) are not forwarded"
        case .ttlExceeded: "the packet took too many hops"
        case .deliveredElsewhere(let namespace): "the reply ended in \(namespace), which holds the sender's address too"
        case .rejected(let address): "the firewall lets nobody call \(address)"
        }
    }
}
