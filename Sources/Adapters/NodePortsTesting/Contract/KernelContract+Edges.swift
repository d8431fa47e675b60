import Addressing
import NodePorts
import PodNetwork

/// What Linux makes of addresses that nobody has, of links too small for IPv6, and of loopback: each found by comparing random
/// changes.
extension KernelContract {
    private static let outside = Fixture.outside

    private static func address(_ text: StaticString, _ prefixLength: Int, on device: LinkName = outside) -> KernelObject {
        .address(InterfaceAddress(device: device, address: Fixture.address(text), prefixLength: prefixLength))
    }

    static let addressEdgeCases: [Case] = [
        Case("an address with a prefix length of 0 is refused") { run in
            try run.wire()
            try run.host(.create(address("10.0.0.1", 0)), answers: .invalidArgument)
            try run.host(.create(address("fd00::1", 0)), answers: .invalidArgument)
        },
        Case("the IPv4 address of zeros is taken and not kept") { run in
            try run.wire()
            try run.host(.create(address("0.0.0.0", 16)))
            try run.host(.create(address("0.0.0.0", 16)))
            run.expect("addresses", try run.host.givenAddresses(), is: [])
        },
        Case("a link has neither IPv6's address of zeros nor a group's nor loopback's") { run in
            try run.wire()
            try run.host(.create(address("::", 128)), answers: .addressNotAvailable)
            try run.host(.create(address("ff02::1", 128)), answers: .addressNotAvailable)
            try run.host(.create(address("::1", 128)), answers: .addressNotAvailable)
        },
        Case("everyone's IPv4 address stands for no block") { run in
            try run.wire()
            try run.host(.create(address("255.255.255.255", 24)))
            run.expect("routes", try run.host.givenRoutes(), is: [])
        },
        Case("a rule of a block of all addresses has none") { run in
            let rule = Rule(priority: 512, family: .v6, from: .everyIPv6, to: .everyIPv6, table: .main)
            try run.host(.create(.rule(rule)))
            run.expect("listed", try run.host.rules().contains(Rule(priority: 512, family: .v6, table: .main)), is: true)
            try run.host(.delete(.rule(rule)))
        },
    ]

    static let routeEdgeCases: [Case] = [
        Case("a source or an IPv4 gateway of zeros is none") { run in
            try run.wire()
            let plain = Route(to: Fixture.pod.hostCIDR, device: outside, scope: .link)
            var zeros = plain
            (zeros.gateway, zeros.source) = (Fixture.address("0.0.0.0"), Fixture.address("0.0.0.0"))
            try run.host(.create(.route(zeros)))
            run.expect("routes", try run.host.givenRoutes(), is: [plain])
            try run.host(.delete(.route(zeros)))
        },
        Case("an IPv4 onlink gateway is neither a group nor everyone nor the node itself") { run in
            try run.wire()
            try run.host(.create(address("169.254.1.1", 32)))
            for gateway in [Fixture.address("224.0.0.1"), Fixture.address("255.255.255.255"), Fixture.gateway] {
                let route = Route(to: .everyIPv4, via: gateway, device: outside, isOnLink: true)
                try run.host(.create(.route(route)), answers: .invalidArgument)
            }
        },
        Case("an IPv6 gateway is neither a group nor zeros") { run in
            try run.wire()
            for gateway in [Fixture.address("ff02::1"), Fixture.address("::")] {
                try run.host(.create(.route(Route(to: .everyIPv6, via: gateway, device: outside))), answers: .invalidArgument)
            }
        },
        Case("a link-local gateway is another node's on each link but the one that has the address") { run in
            try run.wire()
            try run.host(.create(.veth(Fixture.otherVeth)))
            let gateway = Fixture.address("fe80::1")
            try run.host(.create(address("fe80::1", 128)))
            try run.host(.create(.route(Route(to: .everyIPv6, via: gateway, device: outside))), answers: .invalidArgument)
            try run.host(.create(.route(Route(to: .everyIPv6, via: gateway, device: Fixture.otherVeth.name))))
        },
        Case("an IPv6 route prefers a link-local source only over the link that has it") { run in
            try run.wire()
            try run.host(.create(.veth(Fixture.otherVeth)))
            try run.host(.create(address("fe80::1", 128)))
            var route = Route(to: Fixture.block("fd00::/64"), device: Fixture.otherVeth.name, source: Fixture.address("fe80::1"))
            try run.host(.create(.route(route)), answers: .invalidArgument)
            route.device = outside
            try run.host(.create(.route(route)))
        },
        Case("an IPv6 route made without an origin was made during boot") { run in
            try run.wire()
            var route = Route(to: Fixture.block("fd00::/64"), device: outside, origin: Origin(number: 0))
            try run.host(.create(.route(route)))
            route.origin = .boot
            run.expect("routes", try run.host.givenRoutes(), is: [route])
        },
        Case("an IPv6 route without a gateway is deleted by naming one of zeros") { run in
            try run.wire()
            var route = Route(to: Fixture.block("fd00::/64"), device: outside)
            try run.host(.create(.route(route)))
            route.gateway = Fixture.address("fd00::1")
            try run.host(.delete(.route(route)), answers: .noSuchObject)
            route.gateway = Fixture.address("::")
            try run.host(.delete(.route(route)))
        },
        Case("rules for packets of one link, and be it loopback, do not lead to an IPv6 gateway") { run in
            try run.wire()
            let table = RouteTable(number: 6)
            let gateway = Fixture.address("fd00::1")
            try run.host(.create(.rule(Rule(priority: 100, family: .v6, inputDevice: .loopback, table: table))))
            try run.host(.create(.route(Route(to: gateway.hostCIDR, device: outside, table: table))))
            try run.host(.create(.route(Route(to: .everyIPv6, via: gateway, device: outside))), answers: .hostUnreachable)
            try run.host(.create(.rule(Rule(priority: 101, family: .v6, table: table))))
            try run.host(.create(.route(Route(to: .everyIPv6, via: gateway, device: outside))))
        },
        Case("every address of loopback's IPv4 blocks is the node's own from the time that loopback is up") { run in
            try run.wire()
            let route = Route(to: .everyIPv4, via: Fixture.address("10.0.0.9"), device: outside, isOnLink: true)
            try run.host([.create(address("10.0.0.1", 24, on: .loopback)), .create(.route(route))], answers: [nil, nil])
            try run.host([.delete(.route(route)), .setLink(.loopback, LinkSettings(isUp: true))], answers: [nil, nil])
            try run.host(.create(.route(route)), answers: .invalidArgument)
        },
    ]

    static let linkEdgeCases: [Case] = [
        Case("IPv6 leaves a link whose MTU falls below 1280 bytes, with all that is on it") { run in
            try run.wire()
            let path = "ipv6/conf/\(outside)/accept_ra"
            let route = Route(to: Fixture.block("fd00::/64"), device: outside)
            try run.host([.setSysctl(path, "2"), .create(address("fd00::1", 128)), .create(.route(route))], answers: [nil, nil, nil])
            try run.host(.setLink(outside, LinkSettings(mtuBytes: 1279)))
            run.expect("addresses", try run.host.givenAddresses(), is: [])
            run.expect("routes", try run.host.givenRoutes(), is: [])
            run.expect("sysctl", try run.host.sysctl(path), is: nil)
            try run.host(.setLink(outside, LinkSettings(mtuBytes: 1280)))
            run.expect("sysctl", try run.host.sysctl(path), is: "1")
        },
        Case("a link of less than 1280 bytes takes nothing of IPv6") { run in
            try run.wire()
            try run.host(.setLink(outside, LinkSettings(mtuBytes: 576)))
            let neighbour = Neighbour(device: outside, address: Fixture.address("fd00::2"), mac: Fixture.insideMAC)
            try run.host(
                [
                    .create(address("fd00::1", 128)), .delete(address("fd00::1", 128)),
                    .create(.route(Route(to: .everyIPv6, device: outside))), .create(.neighbour(neighbour)),
                    .setSysctl("ipv6/conf/all/disable_ipv6", "0"), .setSysctl("ipv6/conf/\(outside)/disable_ipv6", "1"),
                ], answers: [.invalidArgument, .noSuchDeviceOrAddress, .noSuchDevice, .invalidArgument, nil, .noSuchEntry])
        },
        Case("IPv4's forwarding is passed on to the links only when it changes") { run in
            try run.wire()
            let path = "ipv4/conf/\(outside)/forwarding"
            try run.host([.setSysctl("ipv4/ip_forward", "1"), .setSysctl(path, "0")], answers: [nil, nil])
            try run.host(.setSysctl("ipv4/ip_forward", "1"))
            run.expect("of the link", try run.host.sysctl(path), is: "0")
            try run.host([.setSysctl("ipv4/ip_forward", "0"), .setSysctl("ipv4/ip_forward", "1")], answers: [nil, nil])
            run.expect("of the link", try run.host.sysctl(path), is: "1")
        },
        Case("a veth has its alias though one of its name was refused in the same batch") { run in
            var refused = Fixture.veth
            refused.mtuBytes = 67
            try run.host([.create(.veth(refused)), .create(.veth(Fixture.veth))], answers: [.invalidArgument, nil])
            run.expect("alias", try run.host.link(named: outside)?.alias, is: Fixture.veth.alias)
        },
    ]
}
