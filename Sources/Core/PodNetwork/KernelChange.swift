/// One request to a network namespace. A list of them is sent in one write and every one is answered.
public enum KernelChange: Hashable, Sendable {
    /// Makes the object; `EEXIST` when it is there already. A veth is made with its near end up and its peer in the
    /// sandbox that goes with the request, a VLAN link up.
    case create(KernelObject)
    /// Makes a route, neighbour or address whatever stood in its place before. Links and rules cannot be replaced.
    case replace(KernelObject)
    /// Removes the object; `ENOENT`, `ESRCH`, `ENODEV` or `EADDRNOTAVAIL` when it is not there. A veth goes with its peer.
    case delete(KernelObject)
    /// Changes what is given of an existing link; `ENODEV` without it.
    case setLink(LinkName, LinkSettings)
    /// Removes every link of the group at once, 0 excepted; `ENODEV` when it is empty.
    case deleteLinks(group: UInt32)
    /// Writes a file below `/proc/sys/net`, such as `ipv4/conf/eth0/rp_filter`, of this namespace.
    case setSysctl(String, String)
}

/// The attributes of a link that can be changed; nil leaves one as it is.
public struct LinkSettings: Hashable, Sendable {
    public var isUp: Bool?
    public var mtuBytes: Int?
    public var alias: String?
    public var group: UInt32?

    public init(isUp: Bool? = nil, mtuBytes: Int? = nil, alias: String? = nil, group: UInt32? = nil) {
        self.isUp = isUp
        self.mtuBytes = mtuBytes
        self.alias = alias
        self.group = group
    }
}
