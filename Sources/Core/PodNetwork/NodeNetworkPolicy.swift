public import Addressing

/// What the operator wants of the node's own network, whatever its addresses: the incumbent's variables of reference §1.3 with its
/// manifest's defaults.
public struct NodeNetworkPolicy: Hashable, Sendable {
    /// The families pods have an address of in the VPC.
    public var podFamilies: Set<AddressFamily> = [.v4]
    /// Whether packets of pods to addresses outside of the VPC leave with the node's primary address; false where something else, such
    /// as a NAT gateway in front of private subnets, does it (`AWS_VPC_K8S_CNI_EXTERNALSNAT`).
    public var translatesSources = true
    /// Destinations besides the VPC's blocks that see the pods' own addresses (`AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS`).
    public var untranslated: [IPv4CIDR] = []
    public var portChoice = PortChoice.fullyRandom
    /// Blocks that pods reach through the primary ENI (`AWS_EXTERNAL_SERVICE_CIDRS`).
    public var externalServices: [IPv4CIDR] = []
    /// Whether connections that come in by the primary ENI are answered through it (`AWS_VPC_CNI_NODE_PORT_SUPPORT`).
    public var servesNodePorts = true
    /// The bits that mark a connection of the primary ENI; not 0 (`AWS_VPC_K8S_CNI_CONNMARK`).
    public var mark: UInt32 = 0x80
    /// Whether the kernel looks for a TCP socket before it routes. With it, probes of the kubelet do not reach pods whose packets a rule
    /// sends to a branch ENI (`DISABLE_TCP_EARLY_DEMUX`).
    public var hasTCPEarlyDemux = true
    /// Whether pods that have no IPv4 address in the VPC reach IPv4 through the node's (`ENABLE_V4_EGRESS`).
    public var hasIPv4Egress = true
    /// The same for pods without an IPv6 address (`ENABLE_V6_EGRESS`).
    public var hasIPv6Egress = false
    /// What names of the node's ends of pods' links begin with: one to four letters and digits (`AWS_VPC_K8S_CNI_VETHPREFIX`).
    public var podLinkPrefix = "eni"

    public init() {}
}

/// How the port of a translated connection is chosen where the pod's own is taken (`AWS_VPC_K8S_CNI_RANDOMIZESNAT`).
public enum PortChoice: String, Hashable, Sendable, CaseIterable {
    /// At random for every connection, so that two translated at once on two cores seldom choose the same port and lose a packet.
    case fullyRandom = "prng"
    /// By a secret hash of the connection.
    case random = "hashrandom"
    /// The first that is free.
    case firstFree = "none"
}

/// Where the node's primary ENI connects it: what a plan of the node's network is made for.
public struct NodeUplink: Hashable, Sendable {
    /// The primary ENI's link.
    public var link: LinkName
    /// The primary ENI's primary address.
    public var address: IPv4Address
    /// An address of the primary ENI that is the node's own; nil without IPv6.
    public var ipv6Address: IPv6Address?
    /// The VPC's IPv4 blocks, in any order; overlapping ones are taken as one.
    public var vpcBlocks: [IPv4CIDR]

    public init(link: LinkName, address: IPv4Address, ipv6Address: IPv6Address? = nil, vpcBlocks: [IPv4CIDR]) {
        self.link = link
        self.address = address
        self.ipv6Address = ipv6Address
        self.vpcBlocks = vpcBlocks
    }
}
