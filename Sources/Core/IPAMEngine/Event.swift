public import Addressing
public import Timeline

extension IPAMEngine {
    /// What has happened, in the past tense.
    ///
    /// An event of a pod's life is as large as the largest case, and is moved several times; what is large and rare is indirect, also
    /// among the effects and the journal's entries.
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
        /// The link of released addresses does not exist.
        case linkGone(PodAddresses)
        /// No link exists on the node but those of attachments that hold an address.
        case linksSwept
        /// Pods were found wired in the kernel; those that the journal does not know are taken in.
        case adopted([Allocation])
        /// The runtime named every attachment of a network that is alive; the others may go if older than the instant.
        case garbageCollected(network: String, keeping: Set<PodAttachment>, olderThan: Instant)

        case enisDescribed(CallID, [AttachedENI])
        /// ENIs that the node is not to use take these places, and no others do.
        case seatsOfOthers(Set<DeviceSeat>)
        case subnetsDescribed(CallID, [SubnetStatus])
        /// What the instance's metadata shows of its ENIs: a hint that may be old, and no more.
        case enisHinted([HintedENI])
        indirect case eniCreated(CallID, AttachedENI)
        case eniAttached(CallID)
        /// The ENI's link is up, with its addresses, routes and rules.
        case eniReady(CallID)
        case addressesAssigned(CallID, [IPv4Address])
        case prefixesAssigned(CallID, [IPv4CIDR])
        case ipv6PrefixAssigned(CallID, IPv6CIDR)
        /// The ENI has the very address that was asked for.
        case addressClaimed(CallID)
        case unassigned(CallID)
        case eniDetached(CallID)
        case eniDeleted(CallID)
        case callFailed(CallID, CallFailure)

        /// The operator or the cluster wants the node run otherwise; what pods hold stays as it is.
        indirect case configured(EngineConfiguration)
        /// The primary ENI is in these security groups; ENIs to come of the pools that follow it will be.
        case primaryENIGrouped([SecurityGroupID])
        case nodeChanged(NodeCondition)
        /// These pods, and no others, are bound to the node and will ask for an address, each of a named pool or of the node's own.
        case podsExpected([PodName: PoolName?])
        /// An operator has the node keep away from EC2, or call it again.
        case degradationOrdered(Degradation)
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
        indirect case refuse(PodAttachment, Refusal)

        case describeENIs(CallID)
        case describeSubnets(CallID)
        /// The ENI holds all its addresses or prefixes from the beginning.
        indirect case createENI(CallID, NewENI)
        case attachENI(CallID, ENIID, DeviceSeat)
        /// The link, its address, its route table and its rule.
        indirect case setUpENI(CallID, AttachedENI)
        case assignAddresses(CallID, ENIID, count: Int)
        case assignPrefixes(CallID, ENIID, count: Int)
        /// One /80.
        case assignIPv6Prefix(CallID, ENIID)
        /// This very address.
        case claimAddress(CallID, ENIID, IPv4Address)
        case unassign(CallID, ENIID, [IPv4Address], [IPv4CIDR])
        /// Takes the ENI's routes and rule away, then detaches it.
        indirect case detachENI(CallID, AttachedENI)
        case deleteENI(CallID, ENIID)
    }
}

extension IPAMEngine.Effect {
    /// The call to EC2, or the step of an ENI's life, that the effect asks for; nil for the others.
    public var call: CallID? {
        switch self {
        case .describeENIs(let id), .describeSubnets(let id), .createENI(let id, _), .attachENI(let id, _, _), .setUpENI(let id, _),
            .assignAddresses(let id, _, _), .assignPrefixes(let id, _, _), .assignIPv6Prefix(let id, _), .claimAddress(let id, _, _),
            .unassign(let id, _, _, _), .detachENI(let id, _), .deleteENI(let id, _):
            id
        case .record, .wire, .unwire, .confirmDeleted, .refuse: nil
        }
    }
}

extension IPAMEngine.Event {
    /// Whether the event belongs to the ordinary life of pods, of which the pools see but how many addresses are free. So does time
    /// that passes: it ends cooldowns, and a calm knows when else it ends.
    var isOfPodsAlone: Bool {
        switch self {
        case .podAdded, .podWired, .podDeleted, .podUnwired, .linkGone, .deadlineReached: true
        case .started, .wiringFailed, .linksSwept, .adopted, .garbageCollected, .enisDescribed, .seatsOfOthers, .subnetsDescribed,
            .enisHinted, .eniCreated, .eniAttached, .eniReady, .addressesAssigned, .prefixesAssigned, .ipv6PrefixAssigned, .addressClaimed,
            .unassigned, .eniDetached, .eniDeleted, .callFailed, .configured, .primaryENIGrouped, .nodeChanged, .podsExpected,
            .degradationOrdered, .stopping:
            false
        }
    }

    /// The call whose outcome the event is; nil for the others.
    public var call: CallID? {
        switch self {
        case .enisDescribed(let id, _), .subnetsDescribed(let id, _), .eniCreated(let id, _), .eniAttached(let id), .eniReady(let id),
            .addressesAssigned(let id, _), .prefixesAssigned(let id, _), .ipv6PrefixAssigned(let id, _), .addressClaimed(let id),
            .unassigned(let id), .eniDetached(let id), .eniDeleted(let id), .callFailed(let id, _):
            id
        case .started, .podAdded, .podWired, .wiringFailed, .podDeleted, .podUnwired, .linkGone, .linksSwept, .adopted,
            .garbageCollected, .seatsOfOthers, .enisHinted, .configured, .primaryENIGrouped, .nodeChanged, .podsExpected,
            .degradationOrdered, .deadlineReached, .stopping:
            nil
        }
    }
}

/// What a new ENI shall be.
public struct NewENI: Hashable, Sendable {
    public var subnet: SubnetID
    public var securityGroups: [SecurityGroupID]
    /// The same for the same intention, so that EC2 makes one ENI however often it is asked.
    public var clientToken: String
    public var content: Content
    /// Whether it gets a /80 as well.
    public var hasIPv6: Bool
    /// The named pool it is for, to be kept in a tag; nil for the node's own.
    public var pool: PoolName?
    /// Where it is to be attached.
    public var seat: DeviceSeat

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

    public init(
        subnet: SubnetID, securityGroups: [SecurityGroupID], clientToken: String, content: Content, hasIPv6: Bool = false,
        pool: PoolName? = nil, seat: DeviceSeat
    ) {
        self.subnet = subnet
        self.securityGroups = securityGroups
        self.clientToken = clientToken
        self.content = content
        self.hasIPv6 = hasIPv6
        self.pool = pool
        self.seat = seat
    }
}

/// An ENI as the instance's metadata shows it.
public struct HintedENI: Hashable, Sendable {
    public var id: ENIID
    /// Without the primary; no order.
    public var secondaryAddresses: [IPv4Address]
    /// No order.
    public var prefixes: [IPv4CIDR]

    public init(id: ENIID, secondaryAddresses: [IPv4Address], prefixes: [IPv4CIDR]) {
        self.id = id
        self.secondaryAddresses = secondaryAddresses
        self.prefixes = prefixes
    }
}

/// What must survive the daemon. An entry means the same however often it is read.
public enum JournalEntry: Hashable, Sendable {
    /// Addresses are held; their kernel work is about to begin.
    case allocated(Allocation)
    /// The kernel work of the attachment is complete.
    case wired(PodAttachment)
    /// The attachment's addresses are cooling until the instant, and for as long as their link exists.
    case released(PodAttachment, PodAddresses, until: Instant)
    /// The link of cooling addresses is gone.
    case linkGone(PodAddresses)
    /// Addresses that are about to be released are promised to the next pod of this name until the instant.
    indirect case promised(PodName, PodAddresses, until: Instant)
    /// EC2 is about to be asked for an ENI. Asked again with the same token it gives the same one, so none is lost.
    indirect case eniRequested(NewENI)
    /// EC2 made no ENI for the token.
    case eniRefused(clientToken: String)
    /// The ENI of a token was made for this node; until it is attached it would leak.
    case eniCreated(ENIID, clientToken: String)
    /// An ENI and all that it holds; replaces what was said of it before.
    indirect case eniAttached(AttachedENI)
    /// EC2 is about to be asked to take these back. Whatever it shows, they are not the node's any more.
    case unassigning(ENIID, [IPv4Address], [IPv4CIDR])
    /// EC2 has taken them back, at that moment.
    case unassigned(ENIID, [IPv4Address], [IPv4CIDR], at: Instant)
    /// The ENI is about to be detached, and will be deleted whatever EC2 shows.
    indirect case eniDetaching(AttachedENI)
    /// The ENI is attached to nothing, and is to be deleted.
    case eniDetached(ENIID)
    /// The ENI does not exist any more, since that moment.
    case eniGone(ENIID, at: Instant)
    /// EC2 shows the ENI on the node no longer; it may come back.
    case eniLost(ENIID)
    /// An operator said how far the node is to keep away from EC2, at that moment.
    case degradationOrdered(Degradation, at: Instant)
}
