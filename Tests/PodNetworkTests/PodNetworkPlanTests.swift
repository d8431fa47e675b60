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
        let rules = PodNetworkPlan.rules(address: address, table: .ofENI(deviceIndex: deviceIndex)).map(KernelObject.rule)
        #expect(plan.host.filter { if case .rule = $0 { true } else { false } } == rules)
    }

    @Test func everyRouteAndRuleCarriesOurOrigin() {
        let eni = ENINetworkPlan(
            device: LinkName(literal: "eth1"), deviceIndex: 1, primaryAddress: IPv4Address(10, 0, 47, 9),
            subnet: IPv4CIDR(containing: IPv4Address(10, 0, 32, 0), prefixLength: 20), mtuBytes: 9001)
        let pod = PodNetworkPlan(address: IPv4Address(10, 0, 32, 17), table: .ofENI(deviceIndex: 1), veth: veth)
        let origins = (pod.host + pod.sandbox + eni.objects).compactMap { object -> Origin? in
            switch object {
            case .route(let route): route.origin
            case .rule(let rule): rule.origin
            case .veth, .address, .neighbour: nil
            }
        }
        #expect(origins == Array(repeating: .berth, count: 8))
    }

    @Test func tableOfAnENIIsItsDeviceIndexAndOneMore() {
        #expect(RouteTable.ofENI(deviceIndex: 0) == .main)
        // The next table would be `default`, which is everybody's.
        #expect((1...251).map { RouteTable.ofENI(deviceIndex: $0).number } == Array(2...252))
    }
}
