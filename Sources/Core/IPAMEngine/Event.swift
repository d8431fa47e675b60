public import Addressing
public import Timeline

extension IPAMEngine {
    /// What has happened, in the past tense.
    public enum Event: Sendable {
        /// The daemon begins, after the journal was read.
        case started

        case podAdded(PodRequest)
        /// Links, addresses, routes and rules of the pod exist.
        case podWired(PodAttachment)
        /// They could not be made, and what there was of them is gone.
        case wiringFailed(PodAttachment)
        case podDeleted(PodAttachment)
        /// Rules and routes are gone and the link is about to go.
        case podUnwired(PodAttachment)
        /// The link of a released address does not exist.
        case linkGone(IPv4Address)
        /// No link exists on the node but those of attachments that hold an address.
        case linksSwept
        /// Pods were found wired in the kernel; those that the journal does not know are taken in.
        case adopted([Allocation])
        /// The runtime named every attachment of a network that is alive; the others may go if older than the instant.
        case garbageCollected(network: String, keeping: Set<PodAttachment>, olderThan: Instant)

        case enisDescribed(CallID, [AttachedENI])
        case eniCreated(CallID, AttachedENI)
        case eniAttached(CallID)
        /// The ENI's link is up, with its addresses, routes and rules.
        case eniReady(CallID)
        case addressesAssigned(CallID, [IPv4Address])
        case prefixesAssigned(CallID, [IPv4CIDR])
        case unassigned(CallID)
        case eniDetached(CallID)
        case eniDeleted(CallID)
        case callFailed(CallID, CallFailure)

        case deadlineReached
        /// The daemon ends: nobody waits any longer.
        case stopping
    }

    /// What is to be done, as an order.
    public enum Effect: Hashable, Sendable {
        /// To be written before the effects behind it are performed.
        case record(JournalEntry)
        case wire(Allocation)
        case unwire(Allocation)
        /// The DEL of this attachment has nothing to take away.
        case confirmDeleted(PodAttachment)
        /// The ADD of this attachment is refused.
        case refuse(PodAttachment, Refusal)

        case describeENIs(CallID)
        /// The ENI holds all its addresses or prefixes from the beginning.
        case createENI(CallID, NewENI)
        case attachENI(CallID, ENIID, deviceIndex: Int)
        /// The link, its address, its route table and its rule.
        case setUpENI(CallID, AttachedENI)
        case assignAddresses(CallID, ENIID, count: Int)
        case assignPrefixes(CallID, ENIID, count: Int)
        case unassign(CallID, ENIID, [IPv4Address], [IPv4CIDR])
        /// Takes the ENI's routes and rule away, then detaches it.
        case detachENI(CallID, AttachedENI)
        case deleteENI(CallID, ENIID)
    }
}

/// What a new ENI shall be.
public struct NewENI: Hashable, Sendable {
    public var subnet: SubnetID
    public var securityGroups: [SecurityGroupID]
    /// The same for the same intention, so that EC2 makes one ENI however often it is asked.
    public var clientToken: String
    public var content: Content

    /// Address slots to fill, by kind; EC2 takes one kind in a call.
    public enum Content: Hashable, Sendable {
        case addresses(Int)
        case prefixes(Int)

        var slots: Int {
            switch self {
            case .addresses(let count), .prefixes(let count): count
            }
        }

        var addressCount: Int {
            switch self {
            case .addresses(let count): count
            case .prefixes(let count): count * 16
            }
        }
    }
}

/// What must survive the daemon. An entry means the same however often it is read.
public enum JournalEntry: Hashable, Sendable {
    /// An address is held; its kernel work is about to begin.
    case allocated(Allocation)
    /// The kernel work of the attachment is complete.
    case wired(PodAttachment)
    /// The attachment's address is cooling until the instant, and for as long as its link exists.
    case released(PodAttachment, IPv4Address, until: Instant)
    /// The link of a cooling address is gone.
    case linkGone(IPv4Address)
    /// An ENI was made for this node; until it is attached it would leak.
    case eniCreated(ENIID)
    /// An ENI and all that it holds; replaces what was said of it before.
    case eniAttached(AttachedENI)
    case eniGone(ENIID)
}
