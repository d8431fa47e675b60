package import Addressing
package import IPAMEngine
package import PodNetwork

/// An object of ours that is not as it must be, or one of others' that stands in its way.
package struct Drift: Hashable, Sendable {
    /// Whose object it is.
    package enum Owner: Hashable, Sendable {
        case pod(PodAttachment, PodName?)
        case eni(ENIID)
        /// Of the node as a whole.
        case node
        /// Nobody's any longer: its owner is gone.
        case nobody
    }

    package enum State: String, Sendable {
        case missing
        /// It is there, and not as it must be.
        case changed
        /// It belongs to nobody, or to an earlier owner of an address.
        case stale
        /// It is others', who alone may remove it.
        case conflict = "foreign-conflict"
    }

    package enum Kind: String, CaseIterable, Sendable {
        case link, address, route, rule, neighbour
        case sysctl, firewall
    }

    package var owner: Owner
    package var state: State
    package var kind: Kind
    /// The object in the words of `ip`.
    package var object: String
    /// What does not work because of it.
    package var breaks: String
    /// What mends it; nil where we cannot.
    package var remedy: KernelChange?
}

extension Drift {
    init(_ owner: Owner, missing object: KernelObject) {
        self.init(
            owner: owner, state: .missing, kind: Kind(object), object: "\(object)", breaks: Self.breaks(object, of: owner),
            remedy: .create(object))
    }

    init(_ owner: Owner, changed neighbour: Neighbour) {
        let object = KernelObject.neighbour(neighbour)
        self.init(
            owner: owner, state: .changed, kind: .neighbour, object: "\(object)", breaks: Self.breaks(object, of: owner),
            remedy: .replace(object))
    }

    init(stale object: KernelObject) {
        self.init(
            owner: .nobody, state: .stale, kind: Kind(object), object: "\(object)",
            breaks: "the next pod with the address is routed as an earlier one was", remedy: .delete(object))
    }

    init(unmet sysctl: SysctlSetting) {
        self.init(
            owner: .node, state: .changed, kind: .sysctl, object: "\(sysctl)",
            breaks: "the node forwards, filters or answers packets of pods otherwise than they need", remedy: nil)
    }

    /// The table of nftables that is ours.
    static let firewall = Drift(
        owner: .node, state: .changed, kind: .firewall, object: "nft table \(FirewallPlan.table)",
        breaks: "packets to the outside leave with addresses that mean nothing there, and node ports are not answered", remedy: nil)

    init(_ owner: Owner, inTheWay object: KernelObject) {
        self.init(
            owner: owner, state: .conflict, kind: Kind(object), object: "\(object)",
            breaks: "it overrides ours and is left to whoever made it", remedy: nil)
    }

    private static func breaks(_ object: KernelObject, of owner: Owner) -> String {
        switch (object, owner) {
        case (.rule(let rule), .pod) where rule.priority == PodNetworkPlan.fromPodPriority:
            "the pod's packets leave by the primary ENI, where the VPC drops them"
        case (.rule, .pod): "packets to the pod may be routed by another table than main"
        case (.route, .pod): "no packet reaches the pod"
        case (.neighbour, .pod): "the pod's first packets wait until its address is found"
        case (.address, _): "the ENI does not answer for its own address"
        case (.rule, .eni): "packets from the ENI's own address leave by another ENI"
        case (.route, .eni): "pods of this ENI reach nothing beyond the node"
        default: "traffic of the node may be routed wrongly"
        }
    }
}

extension Drift.Kind {
    init(_ object: KernelObject) {
        switch object {
        case .veth, .vlan: self = .link
        case .address: self = .address
        case .route: self = .route
        case .rule: self = .rule
        case .neighbour: self = .neighbour
        }
    }
}
