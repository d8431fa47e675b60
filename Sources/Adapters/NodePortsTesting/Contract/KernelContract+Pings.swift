import Addressing
import PodNetwork

extension KernelContract {
    private static let podNeighbour = Neighbour(
        device: Fixture.inside, address: Fixture.gateway, mac: Fixture.outsideMAC)
    private static let firstRoute = Route(
        to: PingWiring.firstAddress.hostCIDR, device: Fixture.outside, scope: .link)
    private static let secondRoute = Route(
        to: PingWiring.secondAddress.hostCIDR, device: Fixture.otherVeth.name, scope: .link)

    /// Ways to wire two pods that work, and ways in which they are commonly broken.
    public static let pingCases: [PingCase] = pingCasesThatWork + pingCasesOfRoutes + pingCasesOfFilters + pingCasesOfNeighbours

    private static let pingCasesThatWork = [
        PingCase("two pods of a node reach each other", isAnswered: true),
        PingCase("a pod reaches its node", to: PingWiring.hostAddress, isAnswered: true),
        PingCase("a node reaches its pod", from: .host, isAnswered: true),
        PingCase("a pod reaches itself", to: PingWiring.firstAddress, isAnswered: true) { wiring in
            try wiring.perform(.setLink(.loopback, LinkSettings(isUp: true)), in: wiring.firstPod)
        },
        PingCase("two pods reach each other over IPv6", to: PingWiring.secondIPv6, isAnswered: true) { try $0.wireIPv6() },
        PingCase("IPv6 that is not forwarded is lost", to: PingWiring.secondIPv6, isAnswered: false) { wiring in
            try wiring.wireIPv6()
            try wiring.set("ipv6/conf/all/forwarding", "0", in: wiring.host)
        },
        PingCase("a node without forwarding passes nothing on", isAnswered: false) { wiring in
            try wiring.set("ipv4/ip_forward", "0", in: wiring.host)
        },
        PingCase("a node without forwarding answers all the same", to: PingWiring.hostAddress, isAnswered: true) { wiring in
            try wiring.set("ipv4/ip_forward", "0", in: wiring.host)
        },
    ]

    private static let pingCasesOfRoutes = [
        PingCase("a node without the route to a pod does not reach it", isAnswered: false) { wiring in
            try wiring.perform(.delete(.route(secondRoute)), in: wiring.host)
        },
        PingCase("a pod whose link is down is not reached", isAnswered: false) { wiring in
            try wiring.perform(.setLink(Fixture.otherVeth.peerName, LinkSettings(isUp: false)), in: wiring.secondPod)
        },
        PingCase("a pod without a default route cannot answer another", isAnswered: false) { wiring in
            let route = Route(to: .everyIPv4, via: Fixture.gateway, device: Fixture.otherVeth.peerName)
            try wiring.perform(.delete(.route(route)), in: wiring.secondPod)
        },
        PingCase("a rule that sends a pod's packets into an empty table changes nothing", isAnswered: true) { wiring in
            let rule = Rule(
                priority: 1536, family: .v4, from: PingWiring.firstAddress.hostCIDR, table: RouteTable(number: 2))
            try wiring.perform(.create(.rule(rule)), in: wiring.host)
        },
        PingCase("a rule that sends a pod's packets into a table with another way loses them", isAnswered: false) { wiring in
            let table = RouteTable(number: 2)
            let rule = Rule(priority: 1536, family: .v4, from: PingWiring.firstAddress.hostCIDR, table: table)
            let route = Route(to: .everyIPv4, device: Fixture.outside, table: table, scope: .link)
            try wiring.perform(.create(.rule(rule)), in: wiring.host)
            try wiring.perform(.create(.route(route)), in: wiring.host)
        },
        PingCase("a rule before it that sends packets to pods into main saves them", isAnswered: true) { wiring in
            let table = RouteTable(number: 2)
            let route = Route(to: .everyIPv4, device: Fixture.outside, table: table, scope: .link)
            try wiring.perform(.create(.route(route)), in: wiring.host)
            for rule in [
                Rule(priority: 1536, family: .v4, from: PingWiring.firstAddress.hostCIDR, table: table),
                Rule(priority: 512, family: .v4, to: PingWiring.secondAddress.hostCIDR, table: .main),
            ] {
                try wiring.perform(.create(.rule(rule)), in: wiring.host)
            }
        },
        PingCase("a rule for the link a packet comes in by sends it another way", isAnswered: false) { wiring in
            let table = RouteTable(number: 2)
            let rule = Rule(priority: 10, family: .v4, inputDevice: Fixture.outside, table: table)
            let route = Route(to: .everyIPv4, device: Fixture.outside, table: table, scope: .link)
            try wiring.perform(.create(.rule(rule)), in: wiring.host)
            try wiring.perform(.create(.route(route)), in: wiring.host)
        },
        PingCase("a packet that is sent to and fro ends when its hops are used up", to: loopAddress, isAnswered: false) { wiring in
            try wiring.set("ipv4/ip_forward", "1", in: wiring.secondPod)
            let neighbour = Neighbour(device: Fixture.otherVeth.name, address: loopAddress, mac: Fixture.otherVeth.peerMAC)
            try wiring.perform(.create(.neighbour(neighbour)), in: wiring.host)
            let route = Route(to: loopAddress.hostCIDR, device: Fixture.otherVeth.name, scope: .link)
            try wiring.perform(.create(.route(route)), in: wiring.host)
        },
    ]

    private static let loopAddress = Fixture.address("10.9.9.9")

    private static let pingCasesOfFilters = [
        PingCase("a strict filter lets a pod's packets in by its own link", isAnswered: true) { wiring in
            try wiring.set("ipv4/conf/\(Fixture.outside)/rp_filter", "1", in: wiring.host)
        },
        PingCase("without a filter the node may answer a pod by another link", isAnswered: true) { try $0.wireDetour() },
        PingCase("a loose filter of a link with an address lets in what is answered by another link", isAnswered: true) { wiring in
            try wiring.wireDetour()
            try wiring.perform(.create(PingWiring.address(Fixture.gateway, on: Fixture.outside)), in: wiring.host)
            try wiring.set("ipv4/conf/\(Fixture.outside)/rp_filter", "2", in: wiring.host)
        },
        PingCase("a loose filter of a link without an address is a strict one", isAnswered: false) { wiring in
            try wiring.wireDetour()
            try wiring.set("ipv4/conf/\(Fixture.outside)/rp_filter", "2", in: wiring.host)
        },
        PingCase("a strict filter does not let in what is answered by another link", isAnswered: false) { wiring in
            try wiring.wireDetour()
            try wiring.set("ipv4/conf/\(Fixture.outside)/rp_filter", "1", in: wiring.host)
        },
        PingCase("a strict filter of all links counts for each", isAnswered: false) { wiring in
            try wiring.wireDetour()
            try wiring.set("ipv4/conf/all/rp_filter", "1", in: wiring.host)
        },
        PingCase("a loose filter of a link overrules a strict one of all", isAnswered: true) { wiring in
            try wiring.wireDetour()
            try wiring.perform(.create(PingWiring.address(Fixture.gateway, on: Fixture.outside)), in: wiring.host)
            try wiring.set("ipv4/conf/all/rp_filter", "1", in: wiring.host)
            try wiring.set("ipv4/conf/\(Fixture.outside)/rp_filter", "2", in: wiring.host)
        },
        PingCase("a pod's packets are not let in when the node holds its address", isAnswered: false) { wiring in
            try wiring.perform(.create(PingWiring.address(PingWiring.firstAddress, on: .loopback)), in: wiring.host)
        },
    ]

    private static let pingCasesOfNeighbours = [
        PingCase("a pod that takes another MAC address for its gateway's reaches nobody", isAnswered: false) { wiring in
            var neighbour = podNeighbour
            neighbour.mac = MACAddress(bits: 0x0200_0000_0eee)
            try wiring.perform(.replace(.neighbour(neighbour)), in: wiring.firstPod)
        },
        PingCase("a gateway that nobody holds answers no ARP", isAnswered: false) { wiring in
            try wiring.perform(.delete(.neighbour(podNeighbour)), in: wiring.firstPod)
        },
        PingCase("a gateway that the node holds answers ARP", isAnswered: true) { wiring in
            try wiring.perform(.delete(.neighbour(podNeighbour)), in: wiring.firstPod)
            try wiring.perform(.create(PingWiring.address(Fixture.gateway, on: .loopback)), in: wiring.host)
        },
        PingCase("a node with proxy_arp answers for a gateway that lies behind another link", isAnswered: true) { wiring in
            try wiring.perform(.delete(.neighbour(podNeighbour)), in: wiring.firstPod)
            try wiring.set("ipv4/conf/\(Fixture.outside)/proxy_arp", "1", in: wiring.host)
            let route = Route(to: .everyIPv4, device: Fixture.otherVeth.name, scope: .link)
            try wiring.perform(.create(.route(route)), in: wiring.host)
        },
        PingCase("proxy_arp does not answer for what lies behind the same link", isAnswered: false) { wiring in
            try wiring.perform(.delete(.neighbour(podNeighbour)), in: wiring.firstPod)
            try wiring.set("ipv4/conf/\(Fixture.outside)/proxy_arp", "1", in: wiring.host)
            let route = Route(to: .everyIPv4, device: Fixture.outside, scope: .link)
            try wiring.perform(.create(.route(route)), in: wiring.host)
        },
        PingCase("ARP is not answered to an address that a strict filter keeps out", isAnswered: false) { wiring in
            try wiring.wireDetour()
            try wiring.perform(.delete(.neighbour(podNeighbour)), in: wiring.firstPod)
            try wiring.perform(.create(PingWiring.address(Fixture.gateway, on: .loopback)), in: wiring.host)
            try wiring.set("ipv4/conf/\(Fixture.outside)/rp_filter", "1", in: wiring.host)
        },
    ]
}
