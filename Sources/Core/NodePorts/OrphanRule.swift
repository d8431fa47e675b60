public import Addressing

/// Which ENIs that are attached to nothing a node may delete: those that a node of its cluster made and will not come back for.
///
/// Whatever is in doubt is kept: an ENI too many costs some addresses, one too few costs pods theirs.
public struct OrphanRule: Hashable, Sendable {
    /// The instance of this node.
    public var instance: InstanceID
    /// Nil where none is named; then only ENIs of this node itself can be orphans.
    public var cluster: String?

    public init(instance: InstanceID, cluster: String?) {
        self.instance = instance
        self.cluster = cluster
    }

    /// A younger ENI is on its way to a node or to its deletion: each takes a minute or two, and an outage of EC2 can stretch them.
    public static let ageMin: Duration = .seconds(900)

    /// What is held against, or for, the deletion of an ENI.
    public enum Verdict: Hashable, Sendable {
        /// Made by a node that has gone, or by this one, which knows nothing of it.
        case orphan(of: InstanceID)
        case kept(Reason)
    }

    public enum Reason: Hashable, Sendable {
        /// It is no ENI of a node: a tag or the description that nodes give is missing.
        case notOfANode(lacking: String)
        /// Somebody other than nodes keeps it: an AWS service, the branch ENIs' controller, an operator.
        case keptByOthers(String)
        case ofAnotherCluster(String?)
        /// This node has no cluster's name, and the ENI is another node's.
        case clusterNotNamed
        case withoutAge
        case young(Duration)
        /// The instance that made it exists.
        case ownerLives(InstanceID)
        /// EC2 did not say whether the instance that made it exists.
        case ownerUnknown(InstanceID)
        /// This node is about to attach or to delete it, or awaits the answer to a request that may have made it.
        case inUseHere
    }

    /// Judges by what the ENI itself shows. An orphan by this judgement is one only if its maker has gone: see ``judge(_:living:isKnownHere:)``.
    func suspicion(of eni: UnattachedENI) -> Verdict {
        guard !eni.isRequesterManaged else { return .kept(.keptByOthers("an AWS service")) }
        guard eni.interfaceType == "interface" else { return .kept(.keptByOthers("whoever uses interfaces of type \(eni.interfaceType)")) }
        guard eni.tags[ENITag.unmanaged] != "true" else { return .kept(.keptByOthers("an operator, by the tag \(ENITag.unmanaged)")) }
        if let owner = eni.tags[ENITag.owner], owner != ENITag.nodeOwner { return .kept(.keptByOthers(owner)) }
        guard let maker = eni.tags[ENITag.instance].flatMap({ InstanceID($0) }) else {
            return .kept(.notOfANode(lacking: "the tag \(ENITag.instance)"))
        }
        guard eni.description == ENITag.description(of: maker) else {
            return .kept(.notOfANode(lacking: "the description \"\(ENITag.description(of: maker))\""))
        }
        if eni.tags[ENITag.cluster] != cluster { return .kept(.ofAnotherCluster(eni.tags[ENITag.cluster])) }
        guard cluster != nil || maker == instance else { return .kept(.clusterNotNamed) }
        guard let age = eni.age else { return .kept(.withoutAge) }
        guard age >= Self.ageMin else { return .kept(.young(age)) }
        return .orphan(of: maker)
    }

    /// The instances that must be asked for before these ENIs can be judged; this node's own is not among them.
    public func makersInQuestion(_ enis: [UnattachedENI]) -> Set<InstanceID> {
        Set(enis.compactMap { if case .orphan(let maker) = suspicion(of: $0), maker != instance { maker } else { nil } })
    }

    /// Judges an ENI.
    ///
    /// - Parameters:
    ///   - living: Those of ``makersInQuestion(_:)`` that exist; nil when EC2 did not say.
    ///   - isKnownHere: Whether this node has, awaits or deletes an ENI of its own.
    public func judge(_ eni: UnattachedENI, living: Set<InstanceID>?, isKnownHere: (ENIID) -> Bool) -> Verdict {
        guard case .orphan(let maker) = suspicion(of: eni) else { return suspicion(of: eni) }
        if isKnownHere(eni.id) { return .kept(.inUseHere) }
        guard maker != instance else { return .orphan(of: maker) }
        guard let living else { return .kept(.ownerUnknown(maker)) }
        return living.contains(maker) ? .kept(.ownerLives(maker)) : .orphan(of: maker)
    }
}
