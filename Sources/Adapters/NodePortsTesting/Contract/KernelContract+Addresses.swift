import Addressing
import NodePorts
import PodNetwork

extension KernelContract {
    private static func address(_ text: StaticString, _ prefixLength: Int, on device: LinkName = Fixture.inside) -> KernelObject {
        .address(InterfaceAddress(device: device, address: Fixture.address(text), prefixLength: prefixLength))
    }

    static let addressCases: [Case] = [
        Case("an address alone makes no route") { run in
            try run.wire()
            try run.sandbox(.create(address("10.0.32.17", 32)))
            run.expect("addresses", try run.sandbox.givenAddresses().count, is: 1)
            run.expect("routes", try run.sandbox.givenRoutes(), is: [])
        },
        Case("an address of a subnet makes its route in main, and takes it away again") { run in
            try run.wire()
            let object = address("10.0.32.17", 24)
            try run.sandbox(.create(object))
            let connected = Route(
                to: Fixture.block("10.0.32.0/24"), device: Fixture.inside, scope: .link, source: Fixture.address("10.0.32.17"),
                origin: .kernel)
            run.expect("routes", try run.sandbox.givenRoutes(), is: [connected])
            try run.sandbox(.delete(object))
            run.expect("routes", try run.sandbox.givenRoutes(), is: [])
            run.expect("addresses", try run.sandbox.givenAddresses(), is: [])
        },
        Case("a link that is down gets the route of its address when it is set up, and loses it when it is set down") { run in
            try run.host(.create(.veth(Fixture.veth)))
            try run.sandbox(.create(address("10.0.32.17", 24)))
            run.expect("routes while down", try run.sandbox.givenRoutes(), is: [])
            try run.sandbox(.setLink(Fixture.inside, LinkSettings(isUp: true)))
            run.expect("routes when up", try run.sandbox.givenRoutes().count, is: 1)
            try run.sandbox(.setLink(Fixture.inside, LinkSettings(isUp: false)))
            run.expect("routes when down again", try run.sandbox.givenRoutes(), is: [])
            run.expect("addresses", try run.sandbox.givenAddresses().count, is: 1)
        },
        Case("an address that is there is refused, with another prefix length it is another address") { run in
            try run.wire()
            try run.sandbox(.create(address("10.0.32.17", 32)))
            try run.sandbox(.create(address("10.0.32.17", 32)), answers: .exists)
            try run.sandbox(.create(address("10.0.32.17", 24)))
            run.expect("addresses", try run.sandbox.givenAddresses().count, is: 2)
        },
        Case("the same address may be on two links") { run in
            try run.wire()
            try run.host(.create(.veth(Fixture.otherVeth)))
            try run.sandbox(.create(address("10.0.32.17", 32)))
            try run.sandbox(.create(address("10.0.32.17", 32, on: Fixture.otherVeth.peerName)))
        },
        Case("replacing an address makes it, or leaves it") { run in
            try run.wire()
            for _ in 0..<2 { try run.sandbox(.replace(address("10.0.32.17", 32))) }
            run.expect("addresses", try run.sandbox.givenAddresses().count, is: 1)
        },
        Case("an address on a link that is absent answers ENODEV") { run in
            try run.sandbox(.create(address("10.0.32.17", 32)), answers: .noSuchDevice)
            try run.sandbox(.delete(address("10.0.32.17", 32)), answers: .noSuchDevice)
        },
        Case("deleting an address that is absent answers EADDRNOTAVAIL") { run in
            try run.wire()
            try run.sandbox(.delete(address("10.0.32.17", 32)), answers: .addressNotAvailable)
            try run.sandbox(.create(address("10.0.32.17", 24)))
            try run.sandbox(.delete(address("10.0.32.17", 32)), answers: .addressNotAvailable)
        },
        Case("the second address of a subnet makes no second route") { run in
            try run.wire()
            try run.sandbox(.create(address("10.0.32.17", 24)))
            try run.sandbox(.create(address("10.0.32.18", 24)))
            run.expect("routes", try run.sandbox.givenRoutes().count, is: 1)
        },
        Case("a link loses its routes and neighbours with its last address, and not before") { run in
            try run.wire()
            let routes = [Route(to: Fixture.gateway.hostCIDR, device: Fixture.inside, scope: .link)]
            let entry = Neighbour(device: Fixture.inside, address: Fixture.gateway, mac: Fixture.outsideMAC)
            try run.sandbox([.create(address("10.0.32.17", 32)), .create(address("10.0.32.18", 32))], answers: [nil, nil])
            try run.sandbox([.create(.route(routes[0])), .create(.neighbour(entry))], answers: [nil, nil])
            try run.sandbox(.delete(address("10.0.32.17", 32)))
            run.expect("routes with one address left", try run.sandbox.givenRoutes(), is: Set(routes))
            try run.sandbox(.delete(address("10.0.32.18", 32)))
            run.expect("routes with none left", try run.sandbox.givenRoutes(), is: [])
            run.expect("neighbours with none left", try run.sandbox.neighbours(), is: [])
        },
        Case("two links to one subnet have a route each") { run in
            try run.wire()
            try run.host(.create(.veth(Fixture.otherVeth)))
            let other = Fixture.otherVeth.peerName
            try run.sandbox(.setLink(other, LinkSettings(isUp: true)))
            try run.sandbox([.create(address("10.0.32.17", 24)), .create(address("10.0.32.18", 24, on: other))], answers: [nil, nil])
            let routes = [(Fixture.inside, "10.0.32.17"), (other, "10.0.32.18")].map { device, source in
                Route(
                    to: Fixture.block("10.0.32.0/24"), device: device, scope: .link, source: IPAddress(source), origin: .kernel)
            }
            run.expect("routes", try run.sandbox.givenRoutes(), is: Set(routes))
        },
        Case("an IPv6 address is one address whatever its prefix length") { run in
            try run.wire()
            try run.sandbox(.create(address("fd00::17", 128)))
            try run.sandbox(.create(address("fd00::17", 64)), answers: .exists)
            try run.sandbox(.delete(address("fd00::17", 64)), answers: .addressNotAvailable)
        },
        Case("an IPv6 address makes its route, even alone") { run in
            try run.wire()
            try run.sandbox(.create(address("fd00::17", 128)))
            let connected = Route(to: Fixture.block("fd00::17/128"), device: Fixture.inside, origin: .kernel)
            run.expect("routes", try run.sandbox.givenRoutes(), is: [connected])
            try run.sandbox(.create(address("fd00::17", 128)), answers: .exists)
            try run.sandbox(.delete(address("fd00::17", 128)))
            run.expect("routes", try run.sandbox.givenRoutes(), is: [])
            try run.sandbox(.delete(address("fd00::17", 128)), answers: .addressNotAvailable)
        },
        Case("IPv6 addresses of a link go when it is set down") { run in
            try run.wire()
            try run.sandbox(.create(address("fd00::17", 64)))
            try run.sandbox(.setLink(Fixture.inside, LinkSettings(isUp: false)))
            run.expect("addresses", try run.sandbox.givenAddresses(), is: [])
            run.expect("routes", try run.sandbox.givenRoutes(), is: [])
        },
    ]
}
