import Addressing
import PodNetwork
import Testing

@Suite struct KernelObjectTests {
    private static let eth1 = LinkName(literal: "eth1")
    private static let gateway = IPAddress.v4(IPv4Address(10, 0, 32, 1))

    static let written: [(object: KernelObject, text: String)] = [
        (.route(Route(to: .everyIPv6, device: eth1, table: .local)), "route default dev eth1 table local"),
        (
            .route(Route(to: .everyIPv4, via: gateway, device: eth1, table: .defaultTable, isOnLink: true)),
            "route default via 10.0.32.1 dev eth1 table default onlink"
        ),
        (
            .route(Route(to: gateway.hostCIDR, device: eth1, scope: .host, source: gateway)),
            "route 10.0.32.1/32 dev eth1 scope host src 10.0.32.1"
        ),
        (
            .rule(
                Rule(
                    priority: 1024, family: .v4, inputDevice: eth1, mark: Rule.Mark(value: 0x80, mask: 0x80), table: .main)),
            "rule priority 1024 iif eth1 fwmark 0x80/0x80 lookup main"
        ),
        (
            .rule(Rule(priority: 1536, family: .v4, from: gateway.hostCIDR, to: .everyIPv4, table: RouteTable(number: 7))),
            "rule priority 1536 from 10.0.32.1/32 to 0.0.0.0/0 lookup 7"
        ),
    ]

    @Test(arguments: written) func objectIsWrittenAsIPIsTold(object: KernelObject, text: String) {
        #expect("\(object)" == text)
    }

    @Test func tablesAreNumberedAsInRtnetlink() {
        #expect([RouteTable.defaultTable, .main, .local].map(\.number) == [253, 254, 255])
        #expect([Origin.kernel, .boot, .administrator, .berth].map(\.number) == [2, 3, 4, 190])
    }
}
