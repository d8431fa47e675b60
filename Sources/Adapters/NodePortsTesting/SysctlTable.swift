import Addressing
import PodNetwork

/// The files below `/proc/sys/net` that the node's programs and the packets of ``PacketWalk`` read.
struct SysctlTable: Sendable {
    /// The files of a link, by folder; each `conf` has them for `all` and `default` too. The values are those of a kernel that was
    /// told nothing; to `proxy_delay` the packets here, which take no time, pay no heed.
    private static let perLink: [String: [String: Int]] = [
        "ipv4/conf": ["accept_local": 0, "forwarding": 0, "proxy_arp": 0, "rp_filter": 0],
        "ipv4/neigh": ["proxy_delay": 80],
        "ipv6/conf": ["accept_ra": 1, "accept_redirects": 1, "disable_ipv6": 0, "forwarding": 0],
    ]
    private static let ofIPv6 = "ipv6/conf"
    private static let allLinks = "ipv4/conf/all/forwarding"

    private var values: [String: Int] = ["ipv4/tcp_early_demux": 1]

    init() {
        // The neighbour tables have no folder for all links, and one for the default only in the machine's first namespace.
        for (folder, names) in Self.perLink where folder.hasSuffix("conf") {
            for (name, value) in names {
                values["\(folder)/default/\(name)"] = value
                values["\(folder)/all/\(name)"] = value
            }
        }
    }

    /// A link starts with the values that `default` has at the time.
    mutating func addLink(_ link: LinkName, hasIPv6: Bool) {
        for folder in Self.perLink.keys where hasIPv6 || folder != Self.ofIPv6 { add(folder, of: link) }
    }

    /// Gives a link the IPv6 files it had none of.
    mutating func addIPv6(_ link: LinkName) {
        add(Self.ofIPv6, of: link)
    }

    private mutating func add(_ folder: String, of link: LinkName) {
        for (name, value) in Self.perLink[folder] ?? [:] {
            values["\(folder)/\(link)/\(name)"] = values["\(folder)/default/\(name)"] ?? value
        }
    }

    mutating func removeLink(_ link: LinkName) {
        for folder in Self.perLink.keys { remove(folder, of: link) }
    }

    /// Takes the IPv6 files of a link away, which has none while its MTU is below ``NamespaceState/mtuOfIPv6Min``.
    mutating func removeIPv6(_ link: LinkName) {
        remove(Self.ofIPv6, of: link)
    }

    private mutating func remove(_ folder: String, of link: LinkName) {
        for name in (Self.perLink[folder] ?? [:]).keys { values["\(folder)/\(link)/\(name)"] = nil }
    }

    /// Whether IPv6 knows the link, enabled there or not.
    func knowsIPv6(on link: LinkName) -> Bool {
        values["\(Self.ofIPv6)/\(link)/disable_ipv6"] != nil
    }

    func text(at path: String) -> String? {
        values[Self.canonical(path)].map { "\($0)" }
    }

    /// - Throws: EINVAL for a path that leads out of the sysctls or a value that is no number, ENOENT for an unknown file.
    mutating func set(_ path: String, _ text: String, links: some Collection<LinkName>) throws(KernelErrno) {
        guard Self.isSafe(path) else { throw .invalidArgument }
        let path = Self.canonical(path)
        guard values[path] != nil else { throw .noSuchEntry }
        guard let value = Int(text), Int(Int32.min)...Int(Int32.max) ~= value else { throw .invalidArgument }
        let hasChanged = values[path] != value
        values[path] = value
        // IPv4's is passed on only when it changes (`devinet_sysctl_forward()`), IPv6's are whenever they are written.
        guard let (family, name) = Self.appliedToAllLinks[path], hasChanged || family == "ipv6" else { return }
        values["\(family)/conf/default/\(name)"] = value
        for link in links {
            let path = "\(family)/conf/\(link)/\(name)"
            if values[path] != nil { values[path] = value }
        }
    }

    /// Switches whose `all` sets every link and `default` besides.
    private static let appliedToAllLinks = [
        allLinks: ("ipv4", "forwarding"), "ipv6/conf/all/forwarding": ("ipv6", "forwarding"),
        "ipv6/conf/all/disable_ipv6": ("ipv6", "disable_ipv6"),
    ]

    /// Linux has two names for the switch that makes a router.
    private static func canonical(_ path: String) -> String {
        path == "ipv4/ip_forward" ? allLinks : path
    }

    private static func isSafe(_ path: String) -> Bool {
        path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
        }
    }

    private func value(_ family: String, _ link: String, _ name: String) -> Int {
        values["\(family)/conf/\(link)/\(name)"] ?? 0
    }

    func forwards(_ family: AddressFamily, from link: LinkName) -> Bool {
        switch family {
        case .v4: value("ipv4", link.rawValue, "forwarding") != 0
        case .v6: value("ipv6", "all", "forwarding") != 0
        }
    }

    /// 0 none, 1 strict, 2 loose: the higher of the link's and that of `all` (ip-sysctl.rst).
    func reversePathFilter(on link: LinkName) -> Int {
        max(value("ipv4", "all", "rp_filter"), value("ipv4", link.rawValue, "rp_filter"))
    }

    func answersARPForOthers(on link: LinkName) -> Bool {
        value("ipv4", "all", "proxy_arp") != 0 || value("ipv4", link.rawValue, "proxy_arp") != 0
    }

    func acceptsOwnSource(on link: LinkName) -> Bool {
        value("ipv4", "all", "accept_local") != 0 || value("ipv4", link.rawValue, "accept_local") != 0
    }

    func isIPv6Disabled(on link: LinkName) -> Bool {
        value("ipv6", link.rawValue, "disable_ipv6") != 0
    }
}

extension NamespaceState {
    mutating func setSysctl(_ path: String, _ value: String) throws(KernelErrno) {
        let names = links.keys.sorted()
        let enabled = names.filter { !sysctls.isIPv6Disabled(on: $0) }
        try sysctls.set(path, value, links: names)
        for name in enabled where sysctls.isIPv6Disabled(on: name) { removeIPv6(from: name) }
        for name in names where !enabled.contains(name) && !sysctls.isIPv6Disabled(on: name) && name == .loopback && isUp(name) {
            addLoopbackAddresses()
        }
    }
}
