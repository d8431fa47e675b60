import Addressing
import NodePorts
import PodNetwork

extension KernelContract {
    static let linkCases: [Case] = [
        Case("a namespace has a loopback link that is down") { run in
            let links = try run.host.links()
            run.expect("names", links.map(\.name), is: [.loopback])
            run.expect("index", links.first?.index, is: 1)
            run.expect("is up", links.first?.isUp, is: false)
            run.expect("MTU", links.first?.mtuBytes, is: 65536)
            run.expect("kind", links.first?.kind, is: "")
        },
        Case("a veth has its near end up in the host and its peer down in the sandbox") { run in
            try run.host(.create(.veth(Fixture.veth)))
            let near = try run.host.link(named: Fixture.outside)
            let peer = try run.sandbox.link(named: Fixture.inside)
            run.expect("near MAC", near?.mac, is: Fixture.outsideMAC)
            run.expect("peer MAC", peer?.mac, is: Fixture.insideMAC)
            run.expect("near MTU", near?.mtuBytes, is: 9001)
            run.expect("peer MTU", peer?.mtuBytes, is: 9001)
            run.expect("near is up", near?.isUp, is: true)
            run.expect("peer is up", peer?.isUp, is: false)
            run.expect("kinds", [near?.kind, peer?.kind], is: ["veth", "veth"])
            run.expect("aliases", [near?.alias, peer?.alias], is: ["pod/a eth0", ""])
            run.expect("groups", [near?.group, peer?.group], is: [0, 0])
        },
        Case("a veth without an alias has none") { run in
            try run.host(.create(.veth(Fixture.otherVeth)))
            run.expect("alias", try run.host.link(named: Fixture.otherVeth.name)?.alias, is: "")
        },
        Case("a veth of a name in use is refused and leaves the first one as it is") { run in
            try run.host(.create(.veth(Fixture.veth)))
            var second = Fixture.otherVeth
            second.name = Fixture.outside
            second.alias = "pod/b eth1"
            try run.host(.create(.veth(second)), answers: .exists)
            run.expect("alias", try run.host.link(named: Fixture.outside)?.alias, is: "pod/a eth0")
            run.expect("sandbox links", try run.sandbox.links().map(\.name), is: [.loopback, Fixture.inside])
        },
        Case("a veth whose peer's name is in use in the sandbox is refused whole") { run in
            try run.host(.create(.veth(Fixture.veth)))
            var second = Fixture.otherVeth
            second.peerName = Fixture.inside
            try run.host(.create(.veth(second)), answers: .exists)
            run.expect("host links", try run.host.links().map(\.name), is: [.loopback, Fixture.outside])
        },
        Case("a veth cannot be made without a sandbox") { run in
            let outcomes = try run.host.perform([.create(.veth(Fixture.veth))], sandboxNetns: nil)
            run.expect("outcomes", outcomes, is: [.badDescriptor])
        },
        Case("a veth with an MTU below 68 or above 65535 is refused") { run in
            for mtuBytes in [67, 65536] {
                var veth = Fixture.veth
                veth.mtuBytes = mtuBytes
                try run.host(.create(.veth(veth)), answers: .invalidArgument)
            }
            run.expect("host links", try run.host.links().map(\.name), is: [.loopback])
        },
        Case("a veth with a multicast address is refused") { run in
            var veth = Fixture.veth
            veth.mac = MACAddress(bits: 0x0100_0000_0a01)
            try run.host(.create(.veth(veth)), answers: .addressNotAvailable)
        },
        Case("a veth with an alias of more than 255 bytes is refused whole") { run in
            var veth = Fixture.veth
            veth.alias = String(repeating: "a", count: 256)
            try run.host(.create(.veth(veth)), answers: .outOfRange)
            run.expect("host links", try run.host.links().map(\.name), is: [.loopback])
            veth.alias.removeLast()
            try run.host(.create(.veth(veth)))
            run.expect("alias", try run.host.link(named: veth.name)?.alias, is: veth.alias)
            try run.host(.setLink(veth.name, LinkSettings(alias: veth.alias + "a")), answers: .outOfRange)
        },
        Case("neither a veth nor a rule can be replaced") { run in
            try run.host(.replace(.veth(Fixture.veth)), answers: .notSupported)
            try run.host(.replace(.rule(Rule(priority: 512, family: .v4, table: .main))), answers: .notSupported)
        },
        Case("deleting a veth takes its peer with it") { run in
            try run.wire()
            try run.host(.delete(.veth(Fixture.veth)))
            run.expect("host links", try run.host.links().map(\.name), is: [.loopback])
            run.expect("sandbox links", try run.sandbox.links().map(\.name), is: [.loopback])
        },
        Case("deleting a link that is absent answers ENODEV") { run in
            try run.host(.delete(.veth(Fixture.veth)), answers: .noSuchDevice)
        },
        Case("deleting a link takes its addresses, routes and neighbours and leaves the rules") { run in
            try run.wire()
            let rule = Rule(priority: 512, family: .v4, to: Fixture.pod.hostCIDR, table: .main)
            try run.host(
                [
                    .create(.address(InterfaceAddress(device: Fixture.outside, address: Fixture.gateway, prefixLength: 32))),
                    .create(.route(Route(to: Fixture.pod.hostCIDR, device: Fixture.outside, scope: .link))),
                    .create(.neighbour(Neighbour(device: Fixture.outside, address: Fixture.pod, mac: Fixture.insideMAC))),
                    .create(.rule(rule)), .delete(.veth(Fixture.veth)),
                ], answers: [nil, nil, nil, nil, nil])
            run.expect("addresses", try run.host.givenAddresses(), is: [])
            run.expect("routes", try run.host.givenRoutes(), is: [])
            run.expect("neighbours", try run.host.neighbours(), is: [])
            run.expect("the rule is there", try run.host.rules().contains(rule), is: true)
        },
        Case("a link is found by its name alone") { run in
            try run.wire()
            run.expect("present", try run.host.link(named: Fixture.outside)?.name, is: Fixture.outside)
            run.expect("absent", try run.host.link(named: Fixture.absent), is: nil)
            run.expect("the peer's name", try run.host.link(named: Fixture.inside), is: nil)
        },
        Case("loopback cannot be deleted") { run in
            var veth = Fixture.veth
            veth.name = .loopback
            try run.host(.delete(.veth(veth)), answers: .notSupported)
        },
        Case("links are listed by index") { run in
            try run.host(.create(.veth(Fixture.veth)))
            try run.host(.create(.veth(Fixture.otherVeth)))
            let indices = try run.host.links().map(\.index)
            run.expect("indices", indices, is: indices.sorted())
            run.expect("different indices", Set(indices).count, is: 3)
        },
    ]

    static let linkSettingCases: [Case] = [
        Case("MTU, alias and group of a link can be changed together") { run in
            try run.wire()
            let settings = LinkSettings(mtuBytes: 1400, alias: "pod/c eth0", group: 7)
            try run.host(.setLink(Fixture.outside, settings))
            let link = try run.host.link(named: Fixture.outside)
            run.expect("MTU", link?.mtuBytes, is: 1400)
            run.expect("alias", link?.alias, is: "pod/c eth0")
            run.expect("group", link?.group, is: 7)
            run.expect("is up", link?.isUp, is: true)
        },
        Case("what is not given of a link stays as it is") { run in
            try run.wire()
            try run.host(.setLink(Fixture.outside, LinkSettings(group: 9)))
            let link = try run.host.link(named: Fixture.outside)
            run.expect("MTU", link?.mtuBytes, is: 9001)
            run.expect("alias", link?.alias, is: "pod/a eth0")
            run.expect("group", link?.group, is: 9)
        },
        Case("an empty alias takes the alias away") { run in
            try run.wire()
            try run.host(.setLink(Fixture.outside, LinkSettings(alias: "")))
            run.expect("alias", try run.host.link(named: Fixture.outside)?.alias, is: "")
        },
        Case("settings of a link that is absent answer ENODEV") { run in
            try run.host(.setLink(Fixture.absent, LinkSettings(isUp: true)), answers: .noSuchDevice)
        },
        Case("an MTU that a link cannot have is refused") { run in
            try run.wire()
            try run.host(.setLink(Fixture.outside, LinkSettings(mtuBytes: 20)), answers: .invalidArgument)
            run.expect("MTU", try run.host.link(named: Fixture.outside)?.mtuBytes, is: 9001)
        },
        Case("a link of a group goes with the group, the others stay") { run in
            try run.host(.create(.veth(Fixture.veth)))
            try run.host(.create(.veth(Fixture.otherVeth)))
            try run.host([.setLink(Fixture.outside, LinkSettings(group: 77)), .deleteLinks(group: 77)], answers: [nil, nil])
            run.expect("host links", try run.host.links().map(\.name), is: [.loopback, Fixture.otherVeth.name])
        },
        Case("deleting group 0 is refused") { run in
            try run.host(.create(.veth(Fixture.veth)))
            try run.host(.deleteLinks(group: 0), answers: .invalidArgument)
            run.expect("host links", try run.host.links().map(\.name), is: [.loopback, Fixture.outside])
        },
        Case("deleting an empty group answers ENODEV") { run in
            try run.host(.deleteLinks(group: 12), answers: .noSuchDevice)
        },
        Case("deleting a group that holds loopback is refused") { run in
            try run.host(.create(.veth(Fixture.veth)))
            try run.host(.setLink(.loopback, LinkSettings(group: 5)))
            try run.host(.setLink(Fixture.outside, LinkSettings(group: 5)))
            try run.host(.deleteLinks(group: 5), answers: .notSupported)
            run.expect("host links", try run.host.links().map(\.name), is: [.loopback, Fixture.outside])
        },
        Case("loopback gets its addresses when it is set up") { run in
            try run.host(.setLink(.loopback, LinkSettings(isUp: true)))
            let addresses = Set(try run.host.addresses().map { "\($0)" })
            run.expect("addresses", addresses, is: ["address 127.0.0.1/8 dev lo", "address ::1/128 dev lo"])
            run.expect("routes", try run.host.givenRoutes(), is: [])
        },
    ]
}
