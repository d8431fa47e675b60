public import Addressing

/// The ENIs attached to a node at one moment.
public struct NodeENIs: Hashable, Sendable {
    /// Those that are for the node and its pods, with all that they hold; by card and device index.
    public var enis: [ENIDescription]
    /// The places of those that carry other traffic, such as EFA and the trunk of branch ENIs, or that are somebody else's; no order.
    public var attachmentsOfOthers: [ENIDescription.Attachment]

    /// The MAC address of the trunk on which the cluster's controller puts branch ENIs; nil while there is none.
    public var trunk: MACAddress?

    public init(_ enis: [ENIDescription], attachmentsOfOthers: [ENIDescription.Attachment] = [], trunk: MACAddress? = nil) {
        self.enis = enis
        self.attachmentsOfOthers = attachmentsOfOthers
        self.trunk = trunk
    }
}
