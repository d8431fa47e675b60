import Addressing
import NodePorts
import PodNetwork

extension KernelContract {
    private static let podRoute = Route(to: Fixture.pod.hostCIDR, device: Fixture.outside, scope: .link)
    private static let linkRoute = Route(to: Fixture.gateway.hostCIDR, device: Fixture.outside, scope: .link)
    private static let defaultRoute = Route(to: .everyIPv4, via: Fixture.gateway, device: Fixture.outside)
    private static let tableFive = RouteTable(number: 5)

    private static func changed(_ route: Route, _ change: (inout Route) -> Void) -> Route {
        var route = route
        change(&route)
        return route
    }

    static let routeCases: [Case] = [
        Case("a route is listed as it was made") { run in
            try run.wire()
            try run.host(.create(.route(podRoute)))
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute])
        },
        Case("a gateway is reached by a link route of the route's own table, which may have any number") { run in
            try run.wire()
            let routes = [linkRoute, defaultRoute].map { route in changed(route) { $0.table = RouteTable(number: 10_102) } }
            try run.host(routes.map { .create(.route($0)) }, answers: [nil, nil])
            run.expect("routes", try run.host.givenRoutes(), is: Set(routes))
        },
        Case("a gateway is reached by a link route of a table that the rules ask") { run in
            try run.wire()
            let route = changed(defaultRoute) { $0.table = tableFive }
            try run.host(.create(.route(route)), answers: .networkUnreachable)
            try run.host([.create(.route(linkRoute)), .create(.route(route))], answers: [nil, nil])
            let hidden = changed(linkRoute) { $0.table = RouteTable(number: 6) }
            let other = changed(defaultRoute) { $0.table = RouteTable(number: 7) }
            try run.host([.delete(.route(linkRoute)), .create(.route(hidden))], answers: [nil, nil])
            try run.host(.create(.route(other)), answers: .networkUnreachable)
            try run.host(.create(.rule(Rule(priority: 100, family: .v4, table: RouteTable(number: 6)))))
            try run.host(.create(.route(other)))
        },
        Case("routes to the same block in two tables stand side by side") { run in
            try run.wire()
            let other = changed(podRoute) { $0.table = tableFive }
            try run.host([.create(.route(podRoute)), .create(.route(other))], answers: [nil, nil])
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute, other])
        },
        Case("a route to the same block in the same table is refused, whatever its link and gateway") { run in
            try run.wire()
            try run.host(.create(.veth(Fixture.otherVeth)))
            try run.sandbox(.setLink(Fixture.otherVeth.peerName, LinkSettings(isUp: true)))
            try run.host(.create(.route(podRoute)))
            try run.host(.create(.route(podRoute)), answers: .exists)
            try run.host(.create(.route(changed(podRoute) { $0.device = Fixture.otherVeth.name })), answers: .exists)
            try run.host(.create(.route(changed(podRoute) { $0.origin = .boot })), answers: .exists)
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute])
        },
        Case("replacing a route puts it in the place of the one to the same block") { run in
            try run.wire()
            try run.host(.create(.veth(Fixture.otherVeth)))
            let moved = changed(podRoute) { $0.device = Fixture.otherVeth.name }
            try run.host([.create(.route(podRoute)), .replace(.route(moved))], answers: [nil, nil])
            run.expect("routes", try run.host.givenRoutes(), is: [moved])
        },
        Case("replacing a route that is absent makes it") { run in
            try run.wire()
            try run.host(.replace(.route(podRoute)))
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute])
        },
        Case("deleting a route that is absent answers ESRCH") { run in
            try run.wire()
            try run.host(.delete(.route(podRoute)), answers: .noSuchObject)
        },
        Case("deleting a route spares the one that differs in origin, scope, source, gateway or table") { run in
            try run.wire()
            try run.host(.create(.address(InterfaceAddress(device: Fixture.outside, address: Fixture.gateway, prefixLength: 32))))
            try run.host(.create(.route(podRoute)))
            let others = [
                changed(podRoute) { $0.origin = .boot }, changed(podRoute) { $0.scope = .universe },
                changed(podRoute) { $0.source = Fixture.gateway }, changed(podRoute) { $0.table = tableFive },
                changed(podRoute) { $0.gateway = Fixture.gateway },
            ]
            for other in others { try run.host(.delete(.route(other)), answers: .noSuchObject) }
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute])
            try run.host(.delete(.route(podRoute)))
            run.expect("routes", try run.host.givenRoutes(), is: [])
        },
        Case("a route can be deleted without naming its gateway") { run in
            try run.wire()
            try run.host([.create(.route(linkRoute)), .create(.route(defaultRoute))], answers: [nil, nil])
            try run.host(.delete(.route(changed(defaultRoute) { $0.gateway = nil })))
            run.expect("routes", try run.host.givenRoutes(), is: [linkRoute])
        },
        Case("setting a link down drops its routes, and setting it up does not bring them back") { run in
            try run.wire()
            try run.host(.create(.route(podRoute)))
            try run.host(.setLink(Fixture.outside, LinkSettings(isUp: false)))
            run.expect("routes when down", try run.host.givenRoutes(), is: [])
            try run.host(.setLink(Fixture.outside, LinkSettings(isUp: true)))
            run.expect("routes when up", try run.host.givenRoutes(), is: [])
        },
        Case("setting the peer down leaves the routes of the near end") { run in
            try run.wire()
            try run.host(.create(.route(podRoute)))
            try run.sandbox(.setLink(Fixture.inside, LinkSettings(isUp: false)))
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute])
        },
        Case("a route with host scope outlives its link's going down") { run in
            try run.wire()
            let route = changed(podRoute) { $0.scope = .host }
            try run.host([.create(.route(route)), .setLink(Fixture.outside, LinkSettings(isUp: false))], answers: [nil, nil])
            run.expect("routes", try run.host.givenRoutes(), is: [route])
        },
        Case("a route of another table than main keeps a preferred source that is gone") { run in
            try run.wire()
            try run.host(.create(.veth(Fixture.otherVeth)))
            let own = InterfaceAddress(device: Fixture.otherVeth.name, address: Fixture.gateway, prefixLength: 32)
            let route = changed(podRoute) {
                $0.source = Fixture.gateway
                $0.table = tableFive
            }
            try run.host([.create(.address(own)), .create(.route(route)), .delete(.address(own))], answers: [nil, nil, nil])
            run.expect("routes", try run.host.givenRoutes(), is: [route])
        },
        Case("a route of main may prefer a source address of the node, and goes with it") { run in
            try run.wire()
            let own = InterfaceAddress(device: Fixture.outside, address: Fixture.gateway, prefixLength: 32)
            let route = changed(podRoute) { $0.source = Fixture.gateway }
            try run.host([.create(.address(own)), .create(.route(route))], answers: [nil, nil])
            run.expect("routes", try run.host.givenRoutes(), is: [route])
            try run.host(.delete(.address(own)))
            run.expect("routes", try run.host.givenRoutes(), is: [])
        },
    ]

    static let routeRefusalCases: [Case] = [
        Case("a route over a link that is absent answers ENODEV") { run in
            try run.host(.create(.route(podRoute)), answers: .noSuchDevice)
            try run.host(.replace(.route(podRoute)), answers: .noSuchDevice)
            try run.host(.delete(.route(podRoute)), answers: .noSuchDevice)
        },
        Case("a route over a link that is down answers ENETDOWN") { run in
            try run.host(.create(.veth(Fixture.veth)))
            try run.sandbox(.create(.route(changed(podRoute) { $0.device = Fixture.inside })), answers: .networkDown)
        },
        Case("a route with host scope is accepted over a link that is down, and cannot have a gateway") { run in
            try run.host(.create(.veth(Fixture.veth)))
            var route = Route(to: Fixture.pod.hostCIDR, device: Fixture.inside, scope: .host)
            try run.sandbox(.create(.route(route)))
            route.gateway = Fixture.gateway
            try run.sandbox(.create(.route(route)), answers: .invalidArgument)
        },
        Case("an onlink route needs a gateway") { run in
            try run.wire()
            try run.host(.create(.route(changed(podRoute) { $0.isOnLink = true })), answers: .invalidArgument)
        },
        Case("a route over a link without a running peer is accepted") { run in
            try run.host(.create(.veth(Fixture.veth)))
            try run.host(.create(.route(podRoute)))
        },
        Case("a gateway that no link route reaches answers ENETUNREACH") { run in
            try run.wire()
            try run.host(.create(.route(defaultRoute)), answers: .networkUnreachable)
            try run.host([.create(.route(linkRoute)), .create(.route(defaultRoute))], answers: [nil, nil])
        },
        Case("a gateway behind another gateway answers ENETUNREACH") { run in
            try run.wire()
            let far = Fixture.address("10.9.9.9")
            try run.host([.create(.route(linkRoute)), .create(.route(defaultRoute))], answers: [nil, nil])
            let route = Route(to: Fixture.block("10.8.0.0/16"), via: far, device: Fixture.outside)
            try run.host(.create(.route(route)), answers: .networkUnreachable)
        },
        Case("a gateway on another link than the route's answers ENETUNREACH") { run in
            try run.wire()
            try run.host(.create(.veth(Fixture.otherVeth)))
            try run.host(.create(.route(linkRoute)))
            let route = changed(defaultRoute) { $0.device = Fixture.otherVeth.name }
            try run.host(.create(.route(route)), answers: .networkUnreachable)
        },
        Case("an onlink route asks no link route of its gateway") { run in
            try run.wire()
            try run.host(.setLink(.loopback, LinkSettings(isUp: true)))
            let route = changed(defaultRoute) { $0.isOnLink = true }
            try run.host(.create(.route(route)))
            run.expect("routes", try run.host.givenRoutes(), is: [route])
        },
        Case("a namespace that never had an address takes no onlink route") { run in
            try run.wire()
            try run.host(.create(.route(changed(defaultRoute) { $0.isOnLink = true })), answers: .invalidArgument)
        },
        Case("a gateway may be an address of the node, but not of an onlink route") { run in
            try run.wire()
            let own = InterfaceAddress(device: Fixture.outside, address: Fixture.address("10.0.0.1"), prefixLength: 24)
            try run.host(.create(.address(own)))
            let route = Route(to: .everyIPv4, via: own.address, device: Fixture.outside)
            try run.host(.create(.route(changed(route) { $0.isOnLink = true })), answers: .invalidArgument)
            try run.host(.create(.route(route)))
        },
        Case("a route with link scope finds no gateway, and is refused as an onlink route") { run in
            try run.wire()
            try run.host(.create(.route(linkRoute)))
            let route = changed(defaultRoute) { $0.scope = .link }
            try run.host(.create(.route(route)), answers: .networkUnreachable)
            try run.host(.create(.route(changed(route) { $0.isOnLink = true })), answers: .invalidArgument)
        },
        Case("a link route with host scope is accepted, a gateway behind it too") { run in
            try run.wire()
            try run.host(.create(.route(changed(linkRoute) { $0.scope = .host })))
            try run.host(.create(.route(defaultRoute)))
        },
        Case("a preferred source that the node does not have is refused") { run in
            try run.wire()
            let route = changed(podRoute) { $0.source = Fixture.gateway }
            try run.host(.create(.route(route)), answers: .invalidArgument)
        },
        Case("a route with a scope beyond host is refused") { run in
            try run.wire()
            try run.host(.create(.route(changed(podRoute) { $0.scope = .nowhere })), answers: .invalidArgument)
        },
    ]

    static let ipv6Cases: [Case] = [
        Case("IPv6 routes keep no scope, and stand side by side with those of IPv4") { run in
            try run.wire()
            let pod = Fixture.block("fd00::17/128")
            try run.host(.create(.route(Route(to: pod, device: Fixture.outside, scope: .link))))
            let listed = Route(to: pod, device: Fixture.outside)
            run.expect("routes", try run.host.givenRoutes(), is: [listed])
            try run.host(.create(.route(listed)), answers: .exists)
            try run.host(.delete(.route(listed)))
            try run.host(.delete(.route(listed)), answers: .noSuchObject)
        },
        Case("a link-local IPv6 gateway is reached over its link without a link route") { run in
            try run.wire()
            let route = Route(to: .everyIPv6, via: Fixture.address("fe80::1"), device: Fixture.outside)
            try run.host(.create(.route(route)))
            run.expect("routes", try run.host.givenRoutes(), is: [route])
        },
        Case("a global IPv6 gateway that no route reaches is refused") { run in
            try run.wire()
            let route = Route(to: .everyIPv6, via: Fixture.address("fd00::1"), device: Fixture.outside)
            try run.host(.create(.route(route)), answers: .hostUnreachable)
            try run.host(.create(.route(Route(to: Fixture.block("fd00::1/128"), device: Fixture.outside))))
            try run.host(.create(.route(route)))
        },
        Case("an IPv6 route over a link that is down answers ENETDOWN") { run in
            try run.host(.create(.veth(Fixture.veth)))
            try run.sandbox(.create(.route(Route(to: Fixture.block("fd00::/64"), device: Fixture.inside))), answers: .networkDown)
        },
        Case("replacing an IPv6 route puts it in the place of the one to the same block") { run in
            try run.wire()
            try run.host(.create(.veth(Fixture.otherVeth)))
            let pod = Fixture.block("fd00::17/128")
            let moved = Route(to: pod, device: Fixture.otherVeth.name)
            try run.host([.create(.route(Route(to: pod, device: Fixture.outside))), .replace(.route(moved))], answers: [nil, nil])
            run.expect("routes", try run.host.givenRoutes(), is: [moved])
        },
    ]
}
