import Addressing
import PodNetwork

/// What a packet offers to the rules and tables.
struct Flow {
    var destination: IPAddress
    /// Nil while the source is yet to be chosen.
    var source: IPAddress?
    /// Where the packet came in; loopback for one the node sends itself, nil for a question that no packet asks.
    var inputDevice: LinkName? = .loopback
    /// When given, only routes over this link count.
    var outputDevice: LinkName?
    var mark: UInt32 = 0
    /// Routes with a wider scope, that is a lower number, do not count; IPv4 only.
    var scopeMin: UInt8 = 0

    init(to destination: IPAddress, from source: IPAddress? = nil) {
        self.destination = destination
        self.source = source
    }
}

/// Where a packet goes by the tables.
enum RouteVerdict {
    case local
    case unicast(Route)
}

extension NamespaceState {
    /// Asks the tables in the order of the rules; the first that has a route decides.
    func lookUp(_ flow: Flow) -> (verdict: RouteVerdict, rule: Rule)? {
        for rule in rules where rule.applies(to: flow) {
            if let verdict = lookUp(flow, in: rule.table) { return (verdict, rule) }
        }
        return nil
    }

    /// The longest matching prefix of one table; among equal ones the lowest metric, then the oldest.
    func lookUp(_ flow: Flow, in table: RouteTable) -> RouteVerdict? {
        if table == .local && isLocal(flow.destination, on: flow.outputDevice) { return .local }
        var best: InstalledRoute?
        for route in routes where route.value.table == table && flow.allows(route.value) {
            if let other = best, !route.isPreferred(to: other) { continue }
            best = route
        }
        return best.map { .unicast($0.value) }
    }

    /// Whether packets to the address end here: a link holds it, up or down, or loopback has its IPv4 block.
    ///
    /// - Parameter device: When given, only addresses of this link count.
    func isLocal(_ address: IPAddress, on device: LinkName? = nil) -> Bool {
        addresses.contains { held in
            guard device == nil || device == held.value.device else { return false }
            return held.value.address == address || (held.hasLocalBlock && held.subnet.contains(address))
        }
    }
}

extension HeldAddress {
    /// Whether it is an address that loopback has by itself, from which nothing is sent to others.
    var isOfLoopback: Bool {
        switch value.address {
        case .v4(let address): address.bits >> 24 == 127
        case .v6(let address): address.bits == 1
        }
    }
}

extension Flow {
    fileprivate func allows(_ route: Route) -> Bool {
        guard route.destination.contains(destination) else { return false }
        guard outputDevice == nil || outputDevice == route.device else { return false }
        return destination.family == .v6 || route.scope.rawValue >= scopeMin
    }
}

extension InstalledRoute {
    fileprivate func isPreferred(to other: InstalledRoute) -> Bool {
        let (length, otherLength) = (value.destination.prefixLength, other.value.destination.prefixLength)
        return length != otherLength ? length > otherLength : metric < other.metric
    }
}

extension Rule {
    fileprivate func applies(to flow: Flow) -> Bool {
        guard family == flow.destination.family else { return false }
        if let destination, !destination.contains(flow.destination) { return false }
        if let source, !source.contains(flow.source ?? .unspecified(family)) { return false }
        if let inputDevice, inputDevice != flow.inputDevice { return false }
        guard let mark else { return true }
        return (mark.value ^ flow.mark) & mark.mask == 0
    }
}

extension IPAddress {
    static func unspecified(_ family: AddressFamily) -> IPAddress {
        switch family {
        case .v4: .v4(IPv4Address(bits: 0))
        case .v6: .v6(IPv6Address(bits: 0))
        }
    }
}
