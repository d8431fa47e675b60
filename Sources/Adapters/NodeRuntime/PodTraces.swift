import Addressing
import NodePorts
import PodNetwork

/// What pods have left in the node's namespace, to be looked up by a pod's link or address: a node has hundreds of them.
struct PodTraces {
    /// Those that are not about to go.
    let links: [LinkState]
    /// Ours of every table.
    let routes: [Route]
    private let routesByLink: [LinkName: [Route]]
    private let tablesBySource: [CIDR: RouteTable]
    private let strictRules: [LinkName: Rule]
    private let vlans: [RouteTable: LinkState]

    init(in contents: NamespaceContents) {
        links = contents.links.filter { $0.group != PodWiring.doomedGroup }
        routes = contents.routes.filter { $0.origin == .berth }
        routesByLink = Dictionary(grouping: routes.filter(\.destination.isHost), by: \.device)
        var (tables, strict): ([CIDR: RouteTable], [LinkName: Rule]) = ([:], [:])
        for rule in contents.rules.reversed() where rule.origin == .berth {
            switch rule.priority {
            case PodNetworkPlan.fromPodPriority: if let source = rule.source { tables[source] = rule.table }
            case BranchENIPlan.strictPriority: if let link = rule.inputDevice { strict[link] = rule }
            default: break
            }
        }
        (tablesBySource, strictRules) = (tables, strict)
        vlans = Dictionary(
            links.compactMap { link in link.branchTable.map { ($0, link) } }, uniquingKeysWith: { first, _ in first })
    }

    /// The routes to single addresses over the link.
    func routes(to link: LinkName) -> [Route] { routesByLink[link] ?? [] }

    /// By which table packets from a pod with these addresses go, when a rule says so.
    func table(ofPodAt addresses: [CIDR]) -> RouteTable? {
        addresses.lazy.compactMap { tablesBySource[$0] }.first
    }

    /// The rule that sends all that a pod on a branch ENI in strict mode sends.
    func strictRule(of link: LinkName) -> Rule? { strictRules[link] }

    /// Links of pods in strict mode, also of those that are no more.
    var strictLinks: some Sequence<LinkName> { strictRules.keys }

    /// The link of the branch ENI whose table this is.
    func vlan(of table: RouteTable) -> LinkState? { vlans[table] }
}

extension LinkState {
    /// The table of the branch ENI that the link is; nil for links of other kinds and of others.
    fileprivate var branchTable: RouteTable? {
        guard let vlanID, BranchENI.vlanIDs.contains(vlanID), name.rawValue == "vlan.eth.\(vlanID)" else { return nil }
        return RouteTable(number: UInt32(100 + vlanID))
    }
}
