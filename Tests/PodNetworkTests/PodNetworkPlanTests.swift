import Addressing
import PodNetwork
import Testing

@Suite struct PodNetworkPlanTests {
    private let veth = VethPair(
        name: LinkName(literal: "enic440f455693"), mac: MACAddress(bits: 0x0200_0000_0001), peerName: LinkName(literal: "eth0"),
        peerMAC: MACAddress(bits: 0x0200_0000_0002), mtuBytes: 9001)

    @Test func podOnThePrimaryENIIsRoutedByTheMainTable() {
        let plan = PodNetworkPlan(address: IPv4Address(10, 0, 32, 17), table: .ofENI(deviceIndex: 0), veth: veth)
        #expect(
            "\(plan)" == """
                link enic440f455693 address 02:00:00:00:00:01 mtu 9001 type veth peer eth0 address 02:00:00:00:00:02
                route 10.0.32.17/32 dev enic440f455693 scope link
                rule priority 512 to 10.0.32.17/32 lookup main
                in sandbox: address 10.0.32.17/32 dev eth0
                in sandbox: route 169.254.1.1/32 dev eth0 scope link
                in sandbox: route default via 169.254.1.1 dev eth0
                in sandbox: neighbour 169.254.1.1 lladdr 02:00:00:00:00:01 dev eth0 permanent
                """)
    }

    @Test func podOnASecondaryENIIsRoutedByThatENIsTableToo() {
        let plan = PodNetworkPlan(address: IPv4Address(10, 0, 32, 17), table: .ofENI(deviceIndex: 2), veth: veth)
        #expect(
            "\(plan)" == """
                link enic440f455693 address 02:00:00:00:00:01 mtu 9001 type veth peer eth0 address 02:00:00:00:00:02
                route 10.0.32.17/32 dev enic440f455693 scope link
                rule priority 512 to 10.0.32.17/32 lookup main
                rule priority 1536 from 10.0.32.17/32 lookup 3
                in sandbox: address 10.0.32.17/32 dev eth0
                in sandbox: route 169.254.1.1/32 dev eth0 scope link
                in sandbox: route default via 169.254.1.1 dev eth0
                in sandbox: neighbour 169.254.1.1 lladdr 02:00:00:00:00:01 dev eth0 permanent
                """)
    }

    private let ipv6 = IPv6Address(bits: 0x2600_1f13_0a2b_4c01_80ff << 48 | 0x17)

    @Test func podWithAnIPv6AddressHasItsGatewayAndIsANeighbourOfTheNode() {
        let plan = PodNetworkPlan(addresses: [.v6(ipv6)], table: .main, veth: veth)
        #expect(
            "\(plan)" == """
                link enic440f455693 address 02:00:00:00:00:01 mtu 9001 type veth peer eth0 address 02:00:00:00:00:02
                route 2600:1f13:a2b:4c01:80ff::17/128 dev enic440f455693
                neighbour 2600:1f13:a2b:4c01:80ff::17 lladdr 02:00:00:00:00:02 dev enic440f455693 permanent
                rule priority 512 to 2600:1f13:a2b:4c01:80ff::17/128 lookup main
                in sandbox: address 2600:1f13:a2b:4c01:80ff::17/128 dev eth0
                in sandbox: route fe80::1/128 dev eth0
                in sandbox: route default via fe80::1 dev eth0
                in sandbox: neighbour fe80::1 lladdr 02:00:00:00:00:01 dev eth0 permanent
                """)
    }

    @Test func podOfBothFamiliesOnASecondaryENIHasEverythingTwiceButItsVeth() {
        let addresses: [IPAddress] = [.v4(IPv4Address(10, 0, 32, 17)), .v6(ipv6)]
        let plan = PodNetworkPlan(addresses: addresses, table: .ofENI(deviceIndex: 2), veth: veth)
        #expect(
            "\(plan)" == """
                link enic440f455693 address 02:00:00:00:00:01 mtu 9001 type veth peer eth0 address 02:00:00:00:00:02
                route 10.0.32.17/32 dev enic440f455693 scope link
                rule priority 512 to 10.0.32.17/32 lookup main
                rule priority 1536 from 10.0.32.17/32 lookup 3
                route 2600:1f13:a2b:4c01:80ff::17/128 dev enic440f455693
                neighbour 2600:1f13:a2b:4c01:80ff::17 lladdr 02:00:00:00:00:02 dev enic440f455693 permanent
                rule priority 512 to 2600:1f13:a2b:4c01:80ff::17/128 lookup main
                rule priority 1536 from 2600:1f13:a2b:4c01:80ff::17/128 lookup 3
                in sandbox: address 10.0.32.17/32 dev eth0
                in sandbox: route 169.254.1.1/32 dev eth0 scope link
                in sandbox: route default via 169.254.1.1 dev eth0
                in sandbox: neighbour 169.254.1.1 lladdr 02:00:00:00:00:01 dev eth0 permanent
                in sandbox: address 2600:1f13:a2b:4c01:80ff::17/128 dev eth0
                in sandbox: route fe80::1/128 dev eth0
                in sandbox: route default via fe80::1 dev eth0
                in sandbox: neighbour fe80::1 lladdr 02:00:00:00:00:01 dev eth0 permanent
                """)
    }

    @Test func anInterfaceBehindTheFirstHasATableAndAGatewayOfItsOwnInThePod() {
        let addresses: [IPAddress] = [.v4(IPv4Address(10, 0, 32, 17)), .v6(ipv6)]
        let plan = PodNetworkPlan(addresses: addresses, table: .ofENI(card: 1, deviceIndex: 1), veth: veth, place: 2)
        #expect(
            plan.sandbox.map { "\($0)" } == [
                "address 10.0.32.17/32 dev eth0", "route 169.254.1.3/32 dev eth0 table 2 scope link",
                "route default via 169.254.1.3 dev eth0 table 2", "neighbour 169.254.1.3 lladdr 02:00:00:00:00:01 dev eth0 permanent",
                "rule priority 1 from 10.0.32.17/32 lookup 2", "address 2600:1f13:a2b:4c01:80ff::17/128 dev eth0",
                "route fe80::3/128 dev eth0 table 2", "route default via fe80::3 dev eth0 table 2",
                "neighbour fe80::3 lladdr 02:00:00:00:00:01 dev eth0 permanent",
                "rule priority 1 from 2600:1f13:a2b:4c01:80ff::17/128 lookup 2",
            ])
    }

    @Test func podWithEgressHasARouteToItsEgressAddressAndNoRuleForIt() {
        let plan = PodNetworkPlan(addresses: [.v6(ipv6)], egress: IPAddress("169.254.172.2"), table: .ofENI(deviceIndex: 1), veth: veth)
        #expect(
            "\(plan)" == """
                link enic440f455693 address 02:00:00:00:00:01 mtu 9001 type veth peer eth0 address 02:00:00:00:00:02
                route 2600:1f13:a2b:4c01:80ff::17/128 dev enic440f455693
                neighbour 2600:1f13:a2b:4c01:80ff::17 lladdr 02:00:00:00:00:02 dev enic440f455693 permanent
                rule priority 512 to 2600:1f13:a2b:4c01:80ff::17/128 lookup main
                rule priority 1536 from 2600:1f13:a2b:4c01:80ff::17/128 lookup 2
                route 169.254.172.2/32 dev enic440f455693 scope link
                in sandbox: address 2600:1f13:a2b:4c01:80ff::17/128 dev eth0
                in sandbox: route fe80::1/128 dev eth0
                in sandbox: route default via fe80::1 dev eth0
                in sandbox: neighbour fe80::1 lladdr 02:00:00:00:00:01 dev eth0 permanent
                in sandbox: address 169.254.172.2/32 dev eth0
                in sandbox: route 169.254.1.1/32 dev eth0 scope link
                in sandbox: route default via 169.254.1.1 dev eth0
                in sandbox: neighbour 169.254.1.1 lladdr 02:00:00:00:00:01 dev eth0 permanent
                """)
    }

    @Test func rulesOfAPodAreOfItsAddresssFamily() {
        let rules = PodNetworkPlan.rules(address: .v6(ipv6), table: .ofENI(card: 1, deviceIndex: 2))
        #expect(rules.map(\.family) == [.v6, .v6])
        #expect(rules.map(\.table.number) == [254, 10_102])
    }

    @Test func anAddressOfOneFamilyIsPlannedAlikeWithOneOfTheOther() {
        let pod = IPAddress.v4(IPv4Address(10, 0, 32, 17))
        let alone = PodNetworkPlan(addresses: [pod], table: .main, veth: veth)
        let dual = PodNetworkPlan(addresses: [pod, .v6(ipv6)], table: .main, veth: veth)
        #expect(alone == PodNetworkPlan(address: IPv4Address(10, 0, 32, 17), table: .main, veth: veth))
        #expect(Array(dual.host.prefix(alone.host.count)) == alone.host)
        #expect(Array(dual.sandbox.prefix(alone.sandbox.count)) == alone.sandbox)
    }

    @Test func secondaryENIOfASubnetWithIPv6HasTheVPCsGatewayOfBothFamilies() {
        let plan = secondaryENI(card: 1, ipv6Address: IPv6Address(bits: 0x2600_1f13_0a2b_4c01 << 64 | 9))
        #expect(
            "\(plan)" == """
                link set eth1 up mtu 9001
                address 10.0.47.9/32 dev eth1
                route 10.0.32.1/32 dev eth1 table 10101 scope link
                route default via 10.0.32.1 dev eth1 table 10101
                rule priority 32765 from 10.0.47.9/32 lookup 10101
                address 2600:1f13:a2b:4c01::9/128 dev eth1
                route fe80:ec2::1/128 dev eth1 table 10101
                route default via fe80:ec2::1 dev eth1 table 10101
                rule priority 32765 from 2600:1f13:a2b:4c01::9/128 lookup 10101
                """)
    }

    @Test func secondaryENIWithOnlyAPrefixHasNoIPv6AddressOfItsOwn() {
        let plan = secondaryENI(card: 0, ipv6Address: nil)
        #expect(
            "\(plan)" == """
                link set eth1 up mtu 9001
                address 10.0.47.9/32 dev eth1
                route 10.0.32.1/32 dev eth1 table 2 scope link
                route default via 10.0.32.1 dev eth1 table 2
                rule priority 32765 from 10.0.47.9/32 lookup 2
                route fe80:ec2::1/128 dev eth1 table 2
                route default via fe80:ec2::1 dev eth1 table 2
                """)
    }

    private func secondaryENI(card: Int, ipv6Address: IPv6Address?) -> ENINetworkPlan {
        ENINetworkPlan(
            device: LinkName(literal: "eth1"), card: card, deviceIndex: 1, primaryAddress: IPv4Address(10, 0, 47, 9),
            subnet: IPv4CIDR(containing: IPv4Address(10, 0, 32, 0), prefixLength: 20),
            ipv6Subnet: IPv6CIDR(containing: ipv6, prefixLength: 64), ipv6Address: ipv6Address, mtuBytes: 9001)
    }

    @Test func secondaryENIHasATableOfItsOwnWithTheGatewayOfTheSubnet() {
        let plan = ENINetworkPlan(
            device: LinkName(literal: "eth1"), deviceIndex: 1, primaryAddress: IPv4Address(10, 0, 47, 9),
            subnet: IPv4CIDR(containing: IPv4Address(10, 0, 32, 0), prefixLength: 20), mtuBytes: 9001)
        #expect(
            "\(plan)" == """
                link set eth1 up mtu 9001
                address 10.0.47.9/32 dev eth1
                route 10.0.32.1/32 dev eth1 table 2 scope link
                route default via 10.0.32.1 dev eth1 table 2
                rule priority 32765 from 10.0.47.9/32 lookup 2
                """)
    }

    @Test(arguments: [0, 1, 7]) func rulesOfAnAddressAreThoseOfItsPlan(deviceIndex: Int) {
        let address = IPv4Address(10, 0, 32, 17)
        let plan = PodNetworkPlan(address: address, table: .ofENI(deviceIndex: deviceIndex), veth: veth)
        let rules = PodNetworkPlan.rules(address: .v4(address), table: .ofENI(deviceIndex: deviceIndex)).map(KernelObject.rule)
        #expect(plan.host.filter { if case .rule = $0 { true } else { false } } == rules)
    }

    @Test func everyRouteAndRuleCarriesOurOrigin() {
        let eni = secondaryENI(card: 0, ipv6Address: IPv6Address(bits: 0x2600_1f13_0a2b_4c01 << 64 | 9))
        let addresses: [IPAddress] = [.v4(IPv4Address(10, 0, 32, 17)), .v6(ipv6)]
        let pod = PodNetworkPlan(addresses: addresses, table: .ofENI(deviceIndex: 1), veth: veth)
        let origins = (pod.host + pod.sandbox + eni.objects).compactMap { object -> Origin? in
            switch object {
            case .route(let route): route.origin
            case .rule(let rule): rule.origin
            case .veth, .vlan, .address, .neighbour: nil
            }
        }
        #expect(origins == Array(repeating: .berth, count: 16))
    }

    @Test func tableOfAnENIIsItsDeviceIndexAndOneMore() {
        #expect(RouteTable.ofENI(deviceIndex: 0) == .main)
        // The next table would be `default`, which is everybody's.
        #expect((1...251).map { RouteTable.ofENI(deviceIndex: $0).number } == Array(2...252))
    }

    @Test func tablesOfOtherNetworkCardsAreNumberedFromTenThousand() {
        #expect(RouteTable.ofENI(card: 1, deviceIndex: 0).number == 10_100)
        #expect(RouteTable.ofENI(card: 3, deviceIndex: 14).number == 10_314)
        let tables = (0...255).flatMap { card in (0...99).map { RouteTable.ofENI(card: card, deviceIndex: $0) } }
        #expect(Set(tables).count == tables.count)
    }
}
