import Addressing
import NodePorts
import PodNetwork

extension KernelContract {
    private static let podRoute = Route(to: Fixture.pod.hostCIDR, device: Fixture.outside, scope: .link)
    private static let toPod = Rule(priority: 512, family: .v4, to: Fixture.pod.hostCIDR, table: .main)
    private static let hostObjects: [KernelObject] = [.veth(Fixture.veth), .route(podRoute), .rule(toPod)]
    private static let sandboxObjects: [KernelObject] = [
        .address(InterfaceAddress(device: Fixture.inside, address: Fixture.pod, prefixLength: 32)),
        .route(Route(to: Fixture.gateway.hostCIDR, device: Fixture.inside, scope: .link)),
        .route(Route(to: .everyIPv4, via: Fixture.gateway, device: Fixture.inside)),
        .neighbour(Neighbour(device: Fixture.inside, address: Fixture.gateway, mac: Fixture.outsideMAC)),
    ]

    static let sysctlCases: [Case] = [
        Case("a sysctl can be read, written and read again, in one namespace alone") { run in
            try run.wire()
            let path = "ipv4/conf/\(Fixture.outside)/rp_filter"
            for value in ["0", "2"] {
                try run.host(.setSysctl(path, value))
                run.expect("value", try run.host.sysctl(path), is: value)
            }
            run.expect("in the sandbox", try run.sandbox.sysctl(path), is: nil)
            try run.sandbox(.setSysctl("ipv4/ip_forward", "0"))
            try run.host(.setSysctl("ipv4/ip_forward", "1"))
            run.expect("forwarding of the sandbox", try run.sandbox.sysctl("ipv4/ip_forward"), is: "0")
            run.expect("forwarding of the link", try run.host.sysctl("ipv4/conf/\(Fixture.outside)/forwarding"), is: "1")
        },
        Case("a sysctl of a link that is absent answers ENOENT, and reads as nil") { run in
            let path = "ipv4/conf/\(Fixture.absent)/rp_filter"
            try run.host(.setSysctl(path, "1"), answers: .noSuchEntry)
            run.expect("value", try run.host.sysctl(path), is: nil)
        },
        Case("the neighbour settings of a link can be written, and there are none of all links") { run in
            try run.wire()
            let path = "ipv4/neigh/\(Fixture.outside)/proxy_delay"
            run.expect("value", try run.host.sysctl(path), is: "80")
            try run.host(.setSysctl(path, "0"))
            run.expect("value", try run.host.sysctl(path), is: "0")
            try run.host(.setSysctl("ipv4/neigh/all/proxy_delay", "0"), answers: .noSuchEntry)
        },
        Case("a sysctl goes with its link") { run in
            try run.wire()
            let path = "ipv4/conf/\(Fixture.outside)/proxy_arp"
            try run.host([.setSysctl(path, "1"), .delete(.veth(Fixture.veth))], answers: [nil, nil])
            run.expect("value", try run.host.sysctl(path), is: nil)
        },
        Case("a sysctl takes only a number") { run in
            try run.host(.setSysctl("ipv4/ip_forward", "yes"), answers: .invalidArgument)
        },
        Case("a path that leads out of the sysctls is refused") { run in
            for path in ["../kernel/hostname", "/ipv4/ip_forward", "ipv4//ip_forward", ""] {
                try run.host(.setSysctl(path, "1"), answers: .invalidArgument)
            }
        },
        Case("disabling IPv6 on a link takes its IPv6 addresses and refuses others") { run in
            try run.wire()
            let address = InterfaceAddress(device: Fixture.inside, address: Fixture.address("fd00::17"), prefixLength: 128)
            let path = "ipv6/conf/\(Fixture.inside)/disable_ipv6"
            try run.sandbox([.create(.address(address)), .setSysctl(path, "1")], answers: [nil, nil])
            run.expect("addresses", try run.sandbox.givenAddresses(), is: [])
            try run.sandbox(.create(.address(address)), answers: .permissionDenied)
            try run.sandbox([.setSysctl(path, "0"), .create(.address(address))], answers: [nil, nil])
        },
    ]

    static let batchCases: [Case] = [
        Case("changes behind a failed one are performed all the same") { run in
            try run.wire()
            let missing = Route(to: Fixture.pod.hostCIDR, device: Fixture.absent)
            try run.host(
                [
                    .create(.rule(toPod)), .create(.rule(toPod)), .create(.route(missing)), .deleteLinks(group: 0),
                    .delete(.route(podRoute)), .create(.route(podRoute)),
                ],
                answers: [nil, .exists, .noSuchDevice, .invalidArgument, .noSuchObject, nil])
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute])
            run.expect("the rule is there", try run.host.rules().contains(toPod), is: true)
        },
        Case("a link made in a batch can be named by the changes behind it") { run in
            try run.host(
                [
                    .create(.veth(Fixture.veth)), .create(.route(podRoute)),
                    .setSysctl("ipv4/conf/\(Fixture.outside)/proxy_arp", "1"),
                    .setLink(Fixture.outside, LinkSettings(group: 3)), .create(.rule(toPod)),
                ], answers: [nil, nil, nil, nil, nil])
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute])
            run.expect("group", try run.host.link(named: Fixture.outside)?.group, is: 3)
        },
        Case("a link deleted in a batch cannot be named by the changes behind it") { run in
            try run.wire()
            try run.host([.delete(.veth(Fixture.veth)), .create(.route(podRoute))], answers: [nil, .noSuchDevice])
        },
        Case("a link made anew in a batch is the one that later changes mean") { run in
            try run.wire()
            try run.host(
                [
                    .create(.route(podRoute)), .delete(.veth(Fixture.veth)), .create(.veth(Fixture.veth)),
                    .create(.route(podRoute)),
                ], answers: [nil, nil, nil, nil])
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute])
            run.expect("is up", try run.sandbox.link(named: Fixture.inside)?.isUp, is: false)
        },
        Case("a refused veth leaves its name to the link that has it") { run in
            try run.wire()
            var second = Fixture.otherVeth
            second.name = Fixture.outside
            try run.host([.create(.veth(second)), .create(.route(podRoute))], answers: [.exists, nil])
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute])
        },
        Case("no changes have no outcomes") { run in
            try run.host([], answers: [])
        },
        Case("a thousand changes are each answered in their place") { run in
            try run.wire()
            let pods = (0..<500).map { CIDR.v4(IPv4CIDR(host: IPv4Address(bits: 0x0a00_4000 + UInt32($0)))) }
            let routes = pods.map { KernelChange.create(.route(Route(to: $0, device: Fixture.outside, scope: .link))) }
            try run.host(routes + routes, answers: routes.map { _ in nil } + routes.map { _ in .exists })
            run.expect("routes", try run.host.givenRoutes().count, is: 500)
        },
    ]

    static let desiredStateCases: [Case] = [
        Case("what is ensured twice is there once") { run in
            for _ in 0..<2 {
                try run.host.ensure(Array(hostObjects.dropFirst(2)), sandboxNetns: run.sandboxNetns)
            }
            try run.host.ensure(hostObjects, sandboxNetns: run.sandboxNetns)
            try run.sandbox(.setLink(Fixture.inside, LinkSettings(isUp: true)))
            for _ in 0..<2 { try run.sandbox.ensure(sandboxObjects) }
            run.expect("missing in the host", try run.host.missing(hostObjects), is: [])
            run.expect("missing in the sandbox", try run.sandbox.missing(sandboxObjects), is: [])
            run.expect("rules", try run.host.rules().filter { $0.origin == .berth }, is: [toPod])
        },
        Case("ensuring a veth of a name in use puts another one in its place, with all behind it") { run in
            try run.host.ensure(hostObjects, sandboxNetns: run.sandboxNetns)
            let first = try run.host.link(named: Fixture.outside)?.index
            try run.sandbox(.setLink(Fixture.inside, LinkSettings(isUp: true)))
            try run.host.ensure(hostObjects, sandboxNetns: run.sandboxNetns)
            let second = try run.host.link(named: Fixture.outside)?.index
            run.expect("another index", first != second, is: true)
            run.expect("missing in the host", try run.host.missing(hostObjects), is: [])
            run.expect("the peer is up", try run.sandbox.link(named: Fixture.inside)?.isUp, is: false)
        },
        Case("ensuring a route or neighbour that stands otherwise corrects it") { run in
            try run.wire()
            let foreign = Route(to: Fixture.pod.hostCIDR, device: Fixture.outside, origin: .boot)
            let stale = Neighbour(device: Fixture.outside, address: Fixture.pod, mac: Fixture.outsideMAC)
            let right = Neighbour(device: Fixture.outside, address: Fixture.pod, mac: Fixture.insideMAC)
            try run.host([.create(.route(foreign)), .create(.neighbour(stale))], answers: [nil, nil])
            try run.host.ensure([.route(podRoute), .neighbour(right)])
            run.expect("routes", try run.host.givenRoutes(), is: [podRoute])
            run.expect("neighbours", try run.host.neighbours(), is: [right])
        },
        Case("ensuring what cannot be throws with the object and the number") { run in
            do throws(KernelError) {
                try run.host.ensure([.route(podRoute)])
                run.failures.append("ensured a route over a link that is absent")
            } catch {
                run.expect("errno", error.errno, is: .noSuchDevice)
                run.expect("names the route", error.action.contains("10.0.32.17/32"), is: true)
            }
        },
        Case("removing takes everything, and succeeds again when nothing is left") { run in
            try run.host.ensure(hostObjects, sandboxNetns: run.sandboxNetns)
            for _ in 0..<2 {
                let refusals = try run.host.remove(hostObjects.reversed())
                run.expect("refusals", refusals, is: [])
            }
            run.expect("host links", try run.host.links().map(\.name), is: [.loopback])
            run.expect("rules", try run.host.rules().filter { $0.origin == .berth }, is: [])
        },
    ]
}
