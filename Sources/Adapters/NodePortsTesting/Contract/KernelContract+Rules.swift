import Addressing
import NodePorts
import PodNetwork

extension KernelContract {
    private static let toPod = Rule(priority: 512, family: .v4, to: Fixture.pod.hostCIDR, table: .main)
    private static let fromPod = Rule(
        priority: 1536, family: .v4, from: Fixture.pod.hostCIDR, table: RouteTable(number: 10_102))
    private static let nodePort = Rule(
        priority: 1024, family: .v4, mark: Rule.Mark(value: 0x80, mask: 0x80), table: .main)

    static let ruleCases: [Case] = [
        Case("a namespace begins with the kernel's five rules") { run in
            let expected: [Rule] = [
                Rule(priority: 0, family: .v4, table: .local, origin: .kernel),
                Rule(priority: 32766, family: .v4, table: .main, origin: .kernel),
                Rule(priority: 32767, family: .v4, table: .defaultTable, origin: .kernel),
                Rule(priority: 0, family: .v6, table: .local, origin: .kernel),
                Rule(priority: 32766, family: .v6, table: .main, origin: .kernel),
            ]
            run.expect("rules", try run.host.rules(), is: expected)
        },
        Case("rules are listed as they were made, by family and priority") { run in
            let iif = Rule(priority: 10, family: .v4, inputDevice: Fixture.outside, table: RouteTable(number: 101))
            let v6 = Rule(priority: 512, family: .v6, to: Fixture.block("fd00::17/128"), table: .main)
            let made = [v6, fromPod, nodePort, toPod, iif]
            try run.host(made.map { .create(.rule($0)) }, answers: made.map { _ in nil })
            run.expect("rules", try run.host.rules().filter { $0.origin == .berth }, is: [iif, toPod, nodePort, fromPod, v6])
        },
        Case("rules of one priority keep the order in which they were made") { run in
            let rules = (1...3).map { Rule(priority: 512, family: .v4, to: Fixture.pod.hostCIDR, table: RouteTable(number: 9 - $0)) }
            try run.host(rules.map { .create(.rule($0)) }, answers: [nil, nil, nil])
            run.expect("rules", try run.host.rules().filter { $0.priority == 512 }, is: rules)
        },
        Case("an equal rule is refused, one of another origin is not") { run in
            try run.host(.create(.rule(toPod)))
            try run.host(.create(.rule(toPod)), answers: .exists)
            var foreign = toPod
            foreign.origin = .boot
            try run.host(.create(.rule(foreign)))
            run.expect("rules", try run.host.rules().filter { $0.priority == 512 }, is: [toPod, foreign])
        },
        Case("a rule without a block is taken for one that has a block and is refused") { run in
            try run.host(.create(.rule(toPod)))
            try run.host(.create(.rule(Rule(priority: 512, family: .v4, table: .main))), answers: .exists)
        },
        Case("deleting a rule spares the ones of another origin, block, priority or table") { run in
            try run.host(.create(.rule(toPod)))
            var others = [toPod, toPod, toPod, toPod]
            others[0].origin = .boot
            others[1].destination = Fixture.block("10.0.32.18/32")
            others[2].priority = 513
            others[3].table = RouteTable(number: 5)
            for other in others { try run.host(.delete(.rule(other)), answers: .noSuchEntry) }
            try run.host(.delete(.rule(toPod)))
            try run.host(.delete(.rule(toPod)), answers: .noSuchEntry)
        },
        Case("deleting a rule without a block removes the first that has the rest") { run in
            try run.host([.create(.rule(toPod)), .create(.rule(fromPod))], answers: [nil, nil])
            try run.host(.delete(.rule(Rule(priority: 512, family: .v4, table: .main))))
            run.expect("rules", try run.host.rules().filter { $0.origin == .berth }, is: [fromPod])
        },
        Case("a rule for a link needs no such link") { run in
            let rule = Rule(priority: 10, family: .v4, inputDevice: Fixture.absent, table: .main)
            try run.host(.create(.rule(rule)))
            run.expect("rules", try run.host.rules().filter { $0.priority == 10 }, is: [rule])
            try run.host(.delete(.rule(rule)))
        },
        Case("rules are told apart by mark and mask") { run in
            try run.host(.create(.rule(nodePort)))
            run.expect("rules", try run.host.rules().filter { $0.priority == 1024 }, is: [nodePort])
            var other = nodePort
            other.mark = Rule.Mark(value: 0x80, mask: 0xff)
            try run.host(.delete(.rule(other)), answers: .noSuchEntry)
            try run.host(.delete(.rule(nodePort)))
        },
    ]

    private static let entry = Neighbour(device: Fixture.inside, address: Fixture.gateway, mac: Fixture.outsideMAC)

    static let neighbourCases: [Case] = [
        Case("a permanent neighbour is listed as it was made") { run in
            try run.wire()
            try run.sandbox(.create(.neighbour(entry)))
            run.expect("neighbours", try run.sandbox.neighbours(), is: [entry])
        },
        Case("a neighbour that is there is refused, and can be replaced") { run in
            try run.wire()
            var other = entry
            other.mac = Fixture.insideMAC
            try run.sandbox([.create(.neighbour(entry)), .create(.neighbour(other))], answers: [nil, .exists])
            try run.sandbox(.replace(.neighbour(other)))
            run.expect("neighbours", try run.sandbox.neighbours(), is: [other])
        },
        Case("replacing a neighbour that is absent makes it") { run in
            try run.wire()
            try run.sandbox(.replace(.neighbour(entry)))
            run.expect("neighbours", try run.sandbox.neighbours(), is: [entry])
        },
        Case("a neighbour is deleted whatever its MAC address, and once only") { run in
            try run.wire()
            try run.sandbox(.create(.neighbour(entry)))
            var other = entry
            other.mac = Fixture.insideMAC
            try run.sandbox(.delete(.neighbour(other)))
            run.expect("neighbours", try run.sandbox.neighbours(), is: [])
            try run.sandbox(.delete(.neighbour(entry)), answers: .noSuchEntry)
        },
        Case("a neighbour on a link that is absent answers ENODEV") { run in
            try run.sandbox(.create(.neighbour(entry)), answers: .noSuchDevice)
            try run.sandbox(.delete(.neighbour(entry)), answers: .noSuchDevice)
        },
        Case("a neighbour can be made on a link that is down, and stays when a link is set down") { run in
            try run.host(.create(.veth(Fixture.veth)))
            try run.sandbox(.create(.neighbour(entry)))
            try run.sandbox(.setLink(Fixture.inside, LinkSettings(isUp: true)))
            run.expect("neighbours when up", try run.sandbox.neighbours(), is: [entry])
            try run.sandbox(.setLink(Fixture.inside, LinkSettings(isUp: false)))
            run.expect("neighbours when down", try run.sandbox.neighbours(), is: [])
        },
        Case("an IPv6 neighbour is refused on a link without IPv6") { run in
            try run.wire()
            let entry = Neighbour(device: Fixture.inside, address: Fixture.address("fe80::1"), mac: Fixture.outsideMAC)
            try run.sandbox(.setSysctl("ipv6/conf/\(Fixture.inside)/disable_ipv6", "1"))
            try run.sandbox(.create(.neighbour(entry)), answers: .invalidArgument)
        },
        Case("an IPv6 neighbour is listed as it was made") { run in
            try run.wire()
            let entry = Neighbour(device: Fixture.inside, address: Fixture.address("fe80::1"), mac: Fixture.outsideMAC)
            try run.sandbox(.create(.neighbour(entry)))
            run.expect("neighbours", try run.sandbox.neighbours(), is: [entry])
        },
    ]
}
