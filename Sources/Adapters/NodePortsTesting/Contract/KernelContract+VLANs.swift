import Addressing
import NodePorts
import PodNetwork

extension KernelContract {
    private static let vlan = VLANLink(
        name: LinkName(literal: "vlan.eth.7"), parent: Fixture.outside, id: 7, mac: MACAddress(bits: 0x0600_0000_0007), mtuBytes: 1500)

    private static func vlan(_ name: StaticString = "vlan.eth.8", id: Int = 8, mtuBytes: Int = 1500) -> KernelObject {
        .vlan(VLANLink(name: LinkName(literal: name), parent: Fixture.outside, id: id, mac: vlan.mac, mtuBytes: mtuBytes))
    }

    /// What a VLAN link means. Apart from ``cases``, since a kernel may have been built without VLANs.
    public static let vlanCases = [
        Case("a VLAN link is up and stands on its parent") { run in
            try run.wire()
            try run.host(.create(.vlan(vlan)))
            let link = try run.host.link(named: vlan.name)
            run.expect("MAC", link?.mac, is: vlan.mac)
            run.expect("MTU", link?.mtuBytes, is: 1500)
            run.expect("is up", link?.isUp, is: true)
            run.expect("kind", link?.kind, is: "vlan")
            run.expect("VLAN", link?.vlanID, is: 7)
            run.expect("parent", link?.otherIndex, is: try run.host.link(named: Fixture.outside)?.index)
        },
        Case("a VLAN link whose name or number is taken is refused with EEXIST") { run in
            try run.wire()
            try run.host(.create(.vlan(vlan)))
            try run.host(.create(vlan("vlan.eth.7")), answers: .exists)
            try run.host(.create(vlan(id: 7)), answers: .exists)
            try run.host(.replace(vlan("vlan.eth.7")), answers: .notSupported)
        },
        Case("a VLAN link with a number, MTU or parent that cannot be is refused") { run in
            try run.wire()
            try run.host(.create(vlan(id: 4095)), answers: .outOfRange)
            try run.host(.create(vlan(mtuBytes: 9002)), answers: .invalidArgument)
            try run.host(.setLink(Fixture.outside, LinkSettings(isUp: false)))
            try run.host(.create(.vlan(vlan)), answers: .networkDown)
            try run.host(.delete(.veth(Fixture.veth)))
            try run.host(.create(.vlan(vlan)), answers: .noSuchDevice)
            run.expect("links", try run.host.links().map(\.name), is: [.loopback])
        },
        Case("a VLAN link goes down and up with its parent, and goes with it") { run in
            try run.wire()
            try run.host(.create(.vlan(vlan)))
            try run.host(.setLink(Fixture.outside, LinkSettings(isUp: false)))
            run.expect("is up", try run.host.link(named: vlan.name)?.isUp, is: false)
            try run.host(.setLink(Fixture.outside, LinkSettings(isUp: true)))
            run.expect("is up again", try run.host.link(named: vlan.name)?.isUp, is: true)
            try run.host(.delete(.veth(Fixture.veth)))
            run.expect("links", try run.host.links().map(\.name), is: [.loopback])
        },
        Case("a VLAN link is removed by itself and by its group") { run in
            try run.wire()
            try run.host([.create(.vlan(vlan)), .delete(.vlan(vlan)), .delete(.vlan(vlan))], answers: [nil, nil, .noSuchDevice])
            try run.host(
                [.create(.vlan(vlan)), .setLink(vlan.name, LinkSettings(group: 7)), .deleteLinks(group: 7)], answers: [nil, nil, nil])
            run.expect("links", try run.host.links().map(\.name), is: [.loopback, Fixture.outside])
        },
        Case("a VLAN link that is ensured is made anew, with all that stands on it, whatever was there before") { run in
            try run.wire()
            let route = Route(to: Fixture.block("10.0.64.0/20"), device: vlan.name, scope: .link)
            let objects: [KernelObject] = [.vlan(vlan), .route(route), .rule(Rule(priority: 10, family: .v4, table: .main))]
            try run.host(.create(vlan("vlan.eth.7", id: 8)))
            for _ in 0..<2 { try run.host.ensure(objects) }
            run.expect("VLAN", try run.host.link(named: vlan.name)?.vlanID, is: 7)
            run.expect("missing", try run.host.missing(objects), is: [])
        },
    ]
}
