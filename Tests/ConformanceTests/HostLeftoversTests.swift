import Addressing
import Conformance
import NodePorts
import PodNetwork
import Testing

@Suite struct HostLeftoversTests {
    private let address = IPv4Address(10, 0, 0, 5)
    private let uplink = LinkName(literal: "eth0")
    private let veth = LinkName(literal: "veth1")

    private var before: NamespaceContents {
        NamespaceContents(links: [link(uplink, kind: "")], addresses: [], routes: [], rules: [], neighbours: [])
    }

    private func link(_ name: LinkName, kind: String) -> LinkState {
        LinkState(index: 1, name: name, mac: MACAddress(bits: 0), mtuBytes: 1500, isUp: true, kind: kind)
    }

    private func leftovers(_ change: (inout NamespaceContents) -> Void) -> [String] {
        var now = before
        change(&now)
        return HostLeftovers(since: before).list(in: now, addresses: [.v4(address)])
    }

    @Test func whatWasThereBeforeIsNoLeftover() {
        #expect(leftovers { _ in } == [])
    }

    @Test func aLinkIntoAContainerAndWhatStandsOnItAreLeftovers() {
        let found = leftovers {
            $0.links.append(link(veth, kind: "veth"))
            $0.routes.append(Route(to: .v4(IPv4CIDR(containing: IPv4Address(192, 0, 2, 0), prefixLength: 24)), device: veth))
        }
        #expect(found.count == 2 && found.contains("link veth1"))
    }

    @Test func whatNamesAContainersAddressIsALeftoverWhereverItStands() {
        let block = CIDR.v4(IPv4CIDR(host: address))
        #expect(leftovers { $0.routes.append(Route(to: block, device: uplink)) }.count == 1)
        #expect(leftovers { $0.rules.append(Rule(priority: 512, family: .v4, to: block, table: .main)) }.count == 1)
        #expect(leftovers { $0.neighbours.append(Neighbour(device: uplink, address: .v4(address), mac: MACAddress(bits: 1))) }.count == 1)
    }

    @Test func aBridgeAndTheRoutesOfOthersMayComeToStay() {
        let found = leftovers {
            $0.links.append(link(LinkName(literal: "cni0"), kind: "bridge"))
            $0.routes.append(Route(to: .v4(IPv4CIDR(containing: address, prefixLength: 24)), device: LinkName(literal: "cni0")))
        }
        #expect(found == [])
    }
}
