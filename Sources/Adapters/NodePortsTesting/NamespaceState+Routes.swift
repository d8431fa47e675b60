import Addressing
import PodNetwork

extension NamespaceState {
    private static let metricOfIPv6Users: UInt32 = 1024

    mutating func add(_ route: Route, replacing: Bool) throws(KernelErrno) {
        guard links[route.device] != nil else { throw .noSuchDevice }
        let installed = try checked(route.understood)
        guard let position = routes.firstIndex(where: { installed.isInPlace(of: $0) }) else {
            return routes.append(installed)
        }
        guard replacing else { throw .exists }
        if !routes.contains(installed) { routes[position] = installed }
    }

    /// The route as it will stand in its table.
    private func checked(_ route: Route) throws(KernelErrno) -> InstalledRoute {
        var route = route
        switch route.destination.family {
        case .v4:
            try checkIPv4(route)
            return InstalledRoute(value: route, metric: 0)
        case .v6:
            try checkIPv6(route)
            route.scope = .universe
            if route.origin.number == 0 { route.origin = .boot }
            return InstalledRoute(value: route, metric: Self.metricOfIPv6Users)
        }
    }

    /// As `fib_create_info()` checks it, in its order.
    private func checkIPv4(_ route: Route) throws(KernelErrno) {
        guard route.scope != .nowhere else { throw .invalidArgument }
        if route.scope == .host {
            guard route.gateway == nil else { throw .invalidArgument }
        } else if let gateway = route.gateway {
            try checkIPv4Gateway(gateway, of: route)
        } else {
            guard !route.isOnLink else { throw .invalidArgument }
            guard isUp(route.device) else { throw .networkDown }
        }
        if let source = route.source, !isLocal(source) { throw .invalidArgument }
    }

    private func checkIPv4Gateway(_ gateway: IPAddress, of route: Route) throws(KernelErrno) {
        if route.isOnLink {
            guard route.scope.rawValue < Route.Scope.link.rawValue else { throw .invalidArgument }
            guard isUp(route.device) else { throw .networkDown }
            guard case .v4(let address) = gateway, !address.isMulticast, address.bits != .max else { throw .invalidArgument }
            guard hasLocalTable, !isLocal(gateway) else { throw .invalidArgument }
            return
        }
        var flow = Flow(to: gateway)
        flow.outputDevice = route.device
        flow.scopeMin = max(Route.Scope.link.rawValue, route.scope.rawValue + 1)
        guard lookUp(flow, in: route.table) != nil || lookUp(flow) != nil else { throw .networkUnreachable }
        guard isUp(route.device) else { throw .networkDown }
    }

    /// As `fib6_nh_init()` checks it, in its order.
    private func checkIPv6(_ route: Route) throws(KernelErrno) {
        guard sysctls.knowsIPv6(on: route.device) else { throw .noSuchDevice }
        if route.isOnLink && !isUp(route.device) { throw .networkDown }
        if let gateway = route.gateway { try checkIPv6Gateway(gateway, of: route) }
        guard !sysctls.isIPv6Disabled(on: route.device) else { throw .permissionDenied }
        guard isUp(route.device) else { throw .networkDown }
        if case .v6(let source) = route.source {
            guard mayPrefer(source, on: route.device) else { throw .invalidArgument }
        }
    }

    /// Whether IPv6 routes over the link may prefer the source (`ipv6_chk_addr()`): an address of one link alone, or of
    /// loopback, serves only there.
    func mayPrefer(_ source: IPv6Address, on device: LinkName) -> Bool {
        isLocal(.v6(source), on: source.isLinkLocal || source.isLoopback ? device : nil)
    }

    /// As `ip6_validate_gw()` checks it: a link-local address means another node's on every link but the one that holds it.
    private func checkIPv6Gateway(_ gateway: IPAddress, of route: Route) throws(KernelErrno) {
        guard case .v6(let address) = gateway else { throw .invalidArgument }
        guard !isLocal(gateway, on: address.isLinkLocal ? route.device : nil) else { throw .invalidArgument }
        if address.isLinkLocal { return }
        guard address.bits != 0, !address.isMulticast else { throw .invalidArgument }
        if route.isOnLink { return try checkIPv6OnLinkGateway(gateway, of: route) }
        var flow = Flow(to: gateway)
        flow.inputDevice = nil
        flow.outputDevice = route.device
        let found = [lookUp(flow, in: route.table), lookUp(flow)?.verdict]
        let isReached = found.contains { verdict in
            if case .unicast(let hop) = verdict { hop.gateway == nil } else { false }
        }
        guard isReached else { throw .hostUnreachable }
    }

    /// An onlink gateway must not be reached over another link, by the main table and its default route left aside
    /// (`ip6_route_check_nh_onlink()`).
    private func checkIPv6OnLinkGateway(_ gateway: IPAddress, of route: Route) throws(KernelErrno) {
        let main = routes.map(\.value).filter { $0.table == .main && $0.destination.contains(gateway) }
        let longest = main.map(\.destination.prefixLength).max() ?? 0
        let nearest = main.filter { $0.destination.prefixLength == longest && longest > 0 }
        guard nearest.isEmpty || nearest.contains(where: { $0.device == route.device }) else { throw .invalidArgument }
    }

    /// Removes the first route that has everything the request gives; a gateway or source it leaves out is not asked for.
    mutating func delete(_ route: Route) throws(KernelErrno) {
        guard links[route.device] != nil else { throw .noSuchDevice }
        let route = route.understood
        let position = routes.indices.sorted { routes[$0].metric < routes[$1].metric }.first { routes[$0].value.matches(route) }
        guard let position else { throw .noSuchObject }
        routes.remove(at: position)
    }
}

extension InstalledRoute {
    /// Whether both cannot stand in one table.
    fileprivate func isInPlace(of other: InstalledRoute) -> Bool {
        value.table == other.value.table && value.destination == other.value.destination && metric == other.metric
    }
}

extension Route {
    /// The route as Linux reads it: an address of zeros is none, but for the gateway of an IPv6 route.
    fileprivate var understood: Route {
        var route = self
        if let address = source, address == .unspecified(address.family) { route.source = nil }
        if gateway == .unspecified(.v4) { route.gateway = nil }
        return route
    }

    /// Whether a request to delete `request` means this route (`fib_table_delete()`, `ip6_route_del()`).
    fileprivate func matches(_ request: Route) -> Bool {
        guard table == request.table, destination == request.destination, device == request.device else { return false }
        guard request.gateway == nil || (gateway ?? .unspecified(destination.family)) == request.gateway else { return false }
        guard request.origin.number == 0 || origin == request.origin else { return false }
        guard destination.family == .v4 else { return true }
        return (request.scope == .nowhere || scope == request.scope) && (request.source == nil || source == request.source)
    }
}
