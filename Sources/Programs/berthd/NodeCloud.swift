import NodePorts

/// The cloud that a node is in, as far as the daemon asks it.
struct NodeCloud {
    var ec2: EC2Control
    var orphans: OrphanControl
    /// Which ENIs of others are orphans to this node.
    var rule: OrphanRule
}
