import Addressing
import PodNetwork
import Testing

@Suite struct BranchENIPlanTests {
    private let veth = VethPair(
        name: LinkName(literal: "vlanc440f455693"), mac: MACAddress(bits: 0x0200_0000_0001), peerName: LinkName(literal: "eth0"),
        peerMAC: MACAddress(bits: 0x0200_0000_0002), mtuBytes: 9001)
    private let trunk = LinkName(literal: "eth3")

    private func branch(_ addresses: [IPAddress]) throws -> BranchENI {
        try #require(
            BranchENI(
                mac: MACAddress(bits: 0x0600_0000_0007), vlanID: 7, addresses: addresses, gatewayIPv4: IPv4Address(10, 0, 64, 1)))
    }

    private let ipv4 = IPAddress.v4(IPv4Address(10, 0, 64, 17))
    private let ipv6 = IPAddress.v6(IPv6Address(bits: 0x2600_1f13_0a2b_4c01 << 64 | 0x17))

    @Test func aStrictPodIsToldApartByItsLinksAndReachedByItsVLANAlone() throws {
        #expect(
            "\(BranchENIPlan(try branch([ipv4]), mode: .strict, trunk: trunk, veth: veth))" == """
                link vlan.eth.7 link eth3 address 06:00:00:00:00:07 mtu 9001 type vlan id 7
                link vlanc440f455693 address 02:00:00:00:00:01 mtu 9001 type veth peer eth0 address 02:00:00:00:00:02
                route 10.0.64.1/32 dev vlan.eth.7 table 107 scope link
                route default via 10.0.64.1 dev vlan.eth.7 table 107
                route 10.0.64.17/32 dev vlanc440f455693 table 107 scope link
                rule priority 10 iif vlan.eth.7 lookup 107
                rule priority 10 iif vlanc440f455693 lookup 107
                sysctl ipv4/conf/vlan.eth.7/rp_filter 0
                sysctl ipv4/conf/vlanc440f455693/rp_filter 0
                in sandbox: address 10.0.64.17/32 dev eth0
                in sandbox: route 169.254.1.1/32 dev eth0 scope link
                in sandbox: route default via 169.254.1.1 dev eth0
                in sandbox: neighbour 169.254.1.1 lladdr 02:00:00:00:00:01 dev eth0 permanent
                """)
    }

    @Test func aStandardPodIsRoutedLikeAnyOtherWithTheVLANAsItsENI() throws {
        #expect(
            "\(BranchENIPlan(try branch([ipv6]), mode: .standard, trunk: trunk, veth: veth))" == """
                link vlan.eth.7 link eth3 address 06:00:00:00:00:07 mtu 9001 type vlan id 7
                link vlanc440f455693 address 02:00:00:00:00:01 mtu 9001 type veth peer eth0 address 02:00:00:00:00:02
                route fe80:ec2::1/128 dev vlan.eth.7 table 107
                route default via fe80:ec2::1 dev vlan.eth.7 table 107
                route 2600:1f13:a2b:4c01::17/128 dev vlanc440f455693
                neighbour 2600:1f13:a2b:4c01::17 lladdr 02:00:00:00:00:02 dev vlanc440f455693 permanent
                rule priority 512 to 2600:1f13:a2b:4c01::17/128 lookup main
                rule priority 1536 from 2600:1f13:a2b:4c01::17/128 lookup 107
                in sandbox: address 2600:1f13:a2b:4c01::17/128 dev eth0
                in sandbox: route fe80::1/128 dev eth0
                in sandbox: route default via fe80::1 dev eth0
                in sandbox: neighbour fe80::1 lladdr 02:00:00:00:00:01 dev eth0 permanent
                """)
    }

    @Test func aPodOfBothFamiliesHasBothGatewaysInItsTable() throws {
        let plan = BranchENIPlan(try branch([ipv4, ipv6]), mode: .strict, trunk: trunk, veth: veth)
        let gateways = plan.host.compactMap { if case .route(let route) = $0 { route.gateway } else { nil } }
        #expect(gateways.map(\.description) == ["10.0.64.1", "fe80:ec2::1"])
    }

    @Test(arguments: [0, 153, 155, 4094, -1]) func aVLANWhoseTableIsEverybodysMakesNoBranchENI(id: Int) {
        #expect(BranchENI(mac: veth.mac, vlanID: id, addresses: [ipv6], gatewayIPv4: nil) == nil)
    }

    @Test func anIPv4AddressNeedsItsGatewayAndAFamilyHasOneAddress() {
        #expect(BranchENI(mac: veth.mac, vlanID: 1, addresses: [ipv4], gatewayIPv4: nil) == nil)
        #expect(BranchENI(mac: veth.mac, vlanID: 1, addresses: [ipv6, ipv6], gatewayIPv4: nil) == nil)
        #expect(BranchENI(mac: veth.mac, vlanID: 1, addresses: [], gatewayIPv4: nil) == nil)
    }
}
