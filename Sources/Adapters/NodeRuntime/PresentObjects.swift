import Addressing
import NodePorts
import PodNetwork

/// What a namespace holds, ordered for comparison.
struct PresentObjects {
    let links: [LinkName: LinkState]
    let linksByMAC: [MACAddress: LinkState]
    /// Rules and routes whoever made them: one that is equal does its work.
    private var objects: Set<KernelObject> = []
    private var neighbours: Set<NeighbourKey> = []
    private var foreignRules: [CIDR: [Rule]] = [:]
    private var foreignRoutes: [CIDR: [Route]] = [:]

    private struct NeighbourKey: Hashable {
        var device: LinkName
        var address: IPAddress
    }

    init(_ contents: NamespaceContents) {
        links = Dictionary(contents.links.map { ($0.name, $0) }) { first, _ in first }
        linksByMAC = Dictionary(contents.links.filter { $0.name != .loopback }.map { ($0.mac, $0) }) { first, _ in first }
        objects.reserveCapacity(contents.routes.count + contents.rules.count)
        objects.formUnion(contents.addresses.map(KernelObject.address))
        objects.formUnion(contents.neighbours.map(KernelObject.neighbour))
        for var rule in contents.rules {
            if rule.isForeign {
                for block in [rule.source, rule.destination].compactMap({ $0 }) { foreignRules[block, default: []].append(rule) }
            }
            rule.origin = .berth
            objects.insert(.rule(rule))
        }
        for var route in contents.routes {
            if route.origin != .berth { foreignRoutes[route.destination, default: []].append(route) }
            route.origin = .berth
            objects.insert(.route(route))
        }
        neighbours = Set(contents.neighbours.map { NeighbourKey(device: $0.device, address: $0.address) })
    }

    func missing(_ wanted: [KernelObject]) -> [KernelObject] {
        wanted.filter { !objects.contains($0) }
    }

    /// Whether the link has the neighbour with another MAC address.
    func hasOther(_ neighbour: Neighbour) -> Bool {
        neighbours.contains(NeighbourKey(device: neighbour.device, address: neighbour.address))
    }

    /// A route of others to the same block in the same table, which keeps ours out.
    func foreignRoute(inPlaceOf route: Route) -> Route? {
        foreignRoutes[route.destination]?.first { $0.table == route.table && !$0.means(route) }
    }

    /// What others made that is asked before a pod's rules, or stands where its routes belong.
    func foreignObjects(inTheWayOf objects: [KernelObject]) -> [KernelObject] {
        objects.flatMap { object -> [KernelObject] in
            switch object {
            case .route(let route): foreignRoute(inPlaceOf: route).map { [.route($0)] } ?? []
            case .rule(let rule):
                [rule.source, rule.destination].compactMap { $0 }.flatMap { foreignRules[$0] ?? [] }
                    .filter { $0.priority <= rule.priority && $0.table != rule.table && $0.family == rule.family && $0.isAbout(rule) }
                    .map(KernelObject.rule)
            case .veth, .vlan, .address, .neighbour: []
            }
        }
    }
}

extension Rule {
    fileprivate var isForeign: Bool { origin != .berth && origin != .kernel }

    /// Whether it names the same block at the same end.
    fileprivate func isAbout(_ other: Rule) -> Bool {
        source == other.source && destination == other.destination
    }
}

extension Route {
    /// Whether it is the same but for who made it.
    fileprivate func means(_ other: Route) -> Bool {
        var copy = self
        copy.origin = other.origin
        return copy == other
    }
}
