import Addressing
import CNISpec
import Conformance
import JSON
import NodePorts
import PodNetwork
import Testing

@Suite struct ResultJudgementTests {
    private static let netns = "/run/netns/a"
    private static let mac = MACAddress(bits: 0x02_00_00_00_00_0a)

    /// A sound result of 1.0.0 as the text of its members.
    private struct Text {
        var version = "1.0.0"
        var interfaces = #"{"name":"veth1"},{"name":"eth0","mac":"02:00:00:00:00:0A","sandbox":"/run/netns/a"}"#
        var ips = #"{"interface":1,"address":"10.0.0.5/24","gateway":"10.0.0.1"}"#
        var routes = #"{"dst":"0.0.0.0/0"}"#
        var more = ""

        var json: String {
            #"{"cniVersion":"\#(version)","interfaces":[\#(interfaces)],"ips":[\#(ips)],"routes":[\#(routes)]\#(more)}"#
        }
    }

    private func judgement(_ text: String, in version: CNIVersion = .v100, behind earlier: CNIResult? = nil) throws -> ResultJudgement {
        let object = try #require(try JSONValue(parsing: Array(text.utf8), bytesMax: 1 << 16).object)
        return try ResultJudgement(of: object, in: version, netns: Self.netns, ifname: "eth0", behind: earlier)
    }

    @Test func whatAPluginBeforeItMadeIsToBePassedOnAndIsNotItsOwn() throws {
        let loopback = CNIResult.Interface(name: "lo", mac: "00:00:00:00:00:00", sandbox: Self.netns, mtu: 65_536)
        let earlier = CNIResult(
            interfaces: [loopback], addresses: [CNIResult.Address(.v4(IPv4Address(127, 0, 0, 1)), prefixLength: 8, interface: 0)])
        var text = Text()
        text.interfaces = #"{"name":"lo","mac":"00:00:00:00:00:00","sandbox":"/run/netns/a"},"# + text.interfaces
        text.ips = #"{"interface":0,"address":"127.0.0.1/8"},{"interface":2,"address":"10.0.0.5/24"}"#
        #expect(try judgement(text.json, behind: earlier).faultsOfShape == [])
        text.ips = #"{"interface":0,"address":"127.0.0.1/8"}"#
        #expect(try judgement(text.json, behind: earlier).faultsOfShape == ["the result has no address"])
        #expect(
            try judgement(Text().json, behind: earlier).faultsOfShape == [
                "the interface lo of the plugin before it is not in the result",
                "127.0.0.1 of the plugin before it is not in the result, or at another interface",
            ])
    }

    @Test func aSoundResultHasNoFault() throws {
        let judged = try judgement(Text().json)
        #expect(judged.faultsOfShape == [] && judged.faultsOfAddresses == [] && judged.faultsOfConversion == [])
        #expect(judged.faultsOfExtras(mtuBytes: 1500) == [])
    }

    @Test func whatPointsAtTheWrongInterfaceIsFound() throws {
        var text = Text()
        text.ips = #"{"interface":0,"address":"10.0.0.5/24"}"#
        #expect(try judgement(text.json).faultsOfShape == ["10.0.0.5 points at interface 0 instead of 1"])
        text.ips = #"{"address":"10.0.0.5/24"}"#
        #expect(try judgement(text.json).faultsOfShape == ["10.0.0.5 points at interface none instead of 1"])
        text = Text()
        text.interfaces = #"{"name":"eth0","sandbox":"/run/netns/a"},{"name":"veth1"}"#
        text.ips = #"{"interface":0,"address":"10.0.0.5/24"}"#
        #expect(try judgement(text.json).faultsOfShape == ["an interface of the host comes behind the container's"])
        text.interfaces = #"{"name":"eth0","sandbox":"/run/netns/b"}"#
        #expect(try judgement(text.json).faultsOfShape == ["no interface eth0 with the sandbox /run/netns/a in the result"])
    }

    @Test func membersOfAnotherVersionAreFound() throws {
        #expect(try judgement(Text().json, in: .v110).faultsOfShape == [#"the result has cniVersion "1.0.0" instead of 1.1.0"#])
        var text = Text()
        text.ips = #"{"version":"4","interface":1,"address":"10.0.0.5/24"}"#
        #expect(try judgement(text.json).faultsOfShape == ["1 of ips have a version in 1.0.0 instead of 0"])
        text.version = "0.4.0"
        #expect(try judgement(text.json, in: .v040).faultsOfShape == [])
        text.version = "0.2.0"
        #expect(try judgement(text.json, in: .v020).faultsOfShape.count == 3)
        let old = #"{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.5/24"}}"#
        #expect(try judgement(old, in: .v020).faultsOfShape == [])
        #expect(try judgement(#"{"cniVersion":"0.2.0"}"#, in: .v020).faultsOfShape == ["the result has no address"])
    }

    @Test func gatewaysMustBeReachable() throws {
        var text = Text()
        for (ips, isSound) in [
            (#"{"interface":1,"address":"10.0.0.5/32","gateway":"169.254.1.1"}"#, true),
            (#"{"interface":1,"address":"10.0.0.5/32","gateway":"10.0.0.1"}"#, false),
            (#"{"interface":1,"address":"2001:db8::5/128","gateway":"fe80::1"}"#, true),
            (#"{"interface":1,"address":"2001:db8::5/128","gateway":"10.0.0.1"}"#, false),
        ] {
            text.ips = ips
            #expect(try judgement(text.json).faultsOfAddresses.isEmpty == isSound, "\(ips)")
        }
    }

    @Test func extrasBelongToTheNewestVersionAlone() throws {
        var text = Text()
        text.interfaces = #"{"name":"veth1"},{"name":"eth0","mtu":1400,"sandbox":"/run/netns/a"}"#
        text.routes = #"{"dst":"0.0.0.0/0","table":0}"#
        #expect(
            try judgement(text.json).faultsOfExtras(mtuBytes: 1400) == [
                "interfaces have mtu, which 1.0.0 does not know", "routes have table, which 1.0.0 does not know",
            ])
        #expect(try judgement(text.json).faultsOfConversion == ["the result holds what 1.0.0 cannot tell"])
        #expect(try judgement(text.json, in: .v110).faultsOfExtras(mtuBytes: 1400) == [])
        #expect(try judgement(text.json, in: .v110).faultsOfExtras(mtuBytes: 1500).count == 1)
        #expect(
            try judgement(Text().json, in: .v110).faultsOfExtras(mtuBytes: 1500) == [
                "mtu of eth0 is missing in the result and 1500 in the kernel"
            ])
    }

    @Test func whatTheContainerLacksIsFound() throws {
        let judged = try judgement(Text().json)
        let eth0 = LinkName(literal: "eth0")
        let sound = NamespaceContents(
            links: [LinkState(index: 2, name: eth0, mac: Self.mac, mtuBytes: 1500, isUp: true, kind: "veth")],
            addresses: [InterfaceAddress(device: eth0, address: .v4(IPv4Address(10, 0, 0, 5)), prefixLength: 24)],
            routes: [Route(to: .everyIPv4, via: .v4(IPv4Address(10, 0, 0, 1)), device: eth0)], rules: [], neighbours: [])
        #expect(judged.faults(against: sound) == [])
        var broken = sound
        broken.links[0].isUp = false
        broken.links[0].mac = MACAddress(bits: 1)
        broken.addresses[0].prefixLength = 32
        broken.routes = []
        #expect(
            judged.faults(against: broken) == [
                "eth0 is down in the container", "eth0 has 00:00:00:00:00:01 in the container and 02:00:00:00:00:0A in the result",
                "10.0.0.5/24 of the result is not on eth0", "the route to 0.0.0.0/0 of the result is not in the container",
            ])
        broken.links = []
        #expect(judged.faults(against: broken) == ["the container has no link eth0"])
    }
}
