import Addressing
import IPAMEngine
import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import PodNetwork
import Testing

/// What the kernel loses is made again, and nothing of others' is touched.
@Suite(.timeLimit(.minutes(1))) struct RepairTests {
    /// What another program may do to a pod's objects.
    enum Damage: CaseIterable {
        case ruleDeleted, routeDeleted, linkDown, aliasTaken, everything
    }

    @Test(arguments: Damage.allCases) func damageToAPodIsFoundAndMended(damage: Damage) async throws {
        let node = try DamagedNode()
        try node.apply(damage)
        let found = try await node.test.node.driftReport(mending: false)
        #expect(!found.drift.isEmpty && found.drift.allSatisfy { $0.owner == "pod default/web" && !$0.isMended && $0.state != "stale" })
        let mended = try await node.test.node.driftReport(mending: true)
        #expect(mended.drift.map(\.object) == found.drift.map(\.object))
        #expect(mended.drift.allSatisfy { $0.isMended }, "\(mended.drift)")
        #expect(try await node.test.node.driftReport(mending: false).drift == [])
        #expect(try node.test.hostObjects() == node.before)
        #expect(node.test.status.repairs.objects == found.drift.count)
    }

    @Test(arguments: Damage.allCases) func aNodeAtWorkMendsDamageByItself(damage: Damage) async throws {
        let node = try DamagedNode()
        try await node.test.whileRunning {
            try node.apply(damage)
            await node.test.until { $0.status.repairs.objects > 0 && (try? $0.hostObjects()) == node.before }
        }
        #expect(node.test.status.repairs.objects > 0)
        #expect(try node.test.hostObjects() == node.before)
    }

    @Test func rulesOfAReleasedAddressAreRemovedAndThoseOfOthersStay() async throws {
        let node = try DamagedNode()
        let stale = [
            Rule(priority: 1536, family: .v4, from: .v4(IPv4CIDR(host: SmallEC2.address(1))), table: RouteTable(number: 2)),
            Rule(priority: 512, family: .v4, to: .v4(IPv4CIDR(host: SmallEC2.address(2))), table: .main),
            // An earlier owner's of the address that the pod has.
            Rule(priority: 1536, family: .v4, from: .v4(IPv4CIDR(host: SmallEC2.address(0))), table: RouteTable(number: 3)),
        ]
        let others = stale.map { rule in
            var rule = rule
            (rule.origin, rule.priority) = (.administrator, rule.priority + 1000)
            return rule
        }
        let ours = Rule(priority: 1024, family: .v4, mark: Rule.Mark(value: 0x80, mask: 0x80), table: .main)
        try node.host.ensure(others.map(KernelObject.rule) + [.rule(ours)])
        let before = try node.test.hostObjects()
        try node.host.ensure(stale.map(KernelObject.rule))
        let report = try await node.test.node.driftReport(mending: true)
        #expect(Set(report.drift.map(\.object)) == Set(stale.map { "\($0)" }))
        #expect(report.drift.allSatisfy { $0.state == "stale" && $0.owner == "-" && $0.isMended })
        #expect(try node.test.hostObjects() == before)
    }

    @Test func objectsOfTheNodeAsAWholeAreKeptToo() async throws {
        let node = try DamagedNode()
        let rule = Rule(priority: 1024, family: .v4, mark: Rule.Mark(value: 0x80, mask: 0x80), table: .main)
        try await node.test.whileRunning {
            node.test.node.desire([.rule(rule)])
            await node.test.until { _ in (try? node.host.rules().contains(rule)) == true }
            let faults = try node.host.remove([.rule(rule)])
            #expect(faults == [])
            await node.test.until { _ in (try? node.host.rules().contains(rule)) == true }
        }
        #expect(try node.test.hostObjects() == node.before.union(["\(rule)"]))
    }

    @Test func aRouteOfOthersInThePlaceOfAPodsIsToldAndLeft() async throws {
        let node = try DamagedNode()
        let route = Route(
            to: .v4(IPv4CIDR(host: SmallEC2.address(0))), device: .loopback, scope: .link, origin: .administrator)
        #expect(try node.host.perform([.setLink(.loopback, LinkSettings(isUp: true))], sandboxNetns: nil) == [nil])
        #expect(try node.host.perform([.replace(.route(route))], sandboxNetns: nil) == [nil])
        let report = try await node.test.node.driftReport(mending: true)
        #expect(report.drift.map(\.state) == ["foreign-conflict"])
        #expect(report.drift.map(\.isMended) == [false])
        #expect(try node.host.routes().contains(route))
        // When it is gone, ours comes back.
        #expect(try node.host.perform([.delete(.route(route))], sandboxNetns: nil) == [nil])
        #expect(try await node.test.node.driftReport(mending: true).drift.map(\.isMended) == [true])
    }

    @Test func aPodWhoseLinkVanishesIsLetGoWhileTheNodeRuns() async throws {
        let test = TestNode()
        let (gone, stays) = (TestPod("gone", on: test), TestPod("stays", on: test))
        for pod in [gone, stays] { try #require(test.call("ADD", pod).answered?.exitStatus == 0) }
        try await test.whileRunning {
            test.kernel.destroyNamespace(gone.namespace)
            await test.until { Set($0.held.keys) == [stays.containerID] }
        }
        #expect(try !test.hostObjects().contains { $0.contains("10.0.32.11") })
        #expect(test.status.addresses.cooling == 1)
        #expect(test.status.repairs.podsGone == 1)
        // The DEL that comes late finds nothing to do.
        #expect(try test.call("DEL", gone).answered == .silent)
    }

    @Test func podsThatComeAndGoAreNoDrift() async throws {
        let test = TestNode(addresses: 40, cooldown: .zero)
        let stays = TestPod("stays", on: test)
        try #require(test.call("ADD", stays).answered?.exitStatus == 0)
        try await test.whileRunning {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        for number in 0..<25 {
                            let pod = TestPod("pod-\(worker)-\(number)", on: test)
                            try #require(test.call("ADD", pod).answered?.exitStatus == 0)
                            _ = try await test.node.driftReport(mending: true)
                            try #require(test.call("DEL", pod).answered == .silent)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(test.status.repairs == RepairCount())
        #expect(Set(test.held.keys) == [stays.containerID])
        #expect(try await test.node.driftReport(mending: false).drift == [])
    }

    /// An agent removes the pod's rule whenever it sees it.
    @Test func repairsThatAreUndoneAgainAndAgainComeLaterAndLater() async throws {
        let node = try DamagedNode()
        let rule = try #require(node.rules.first)
        let test = node.test
        let agent = Task {
            while !Task.isCancelled {
                _ = try? test.openHost().remove([.rule(rule)])
                await Task.yield()
            }
        }
        defer { agent.cancel() }
        try await node.test.whileRunning {
            await node.test.until { $0.status.repairs.rules >= 4 }
            await node.test.until { (try? $0.openHost().rules().contains(rule)) == false }
            // The clock stands, so no further repair is ever due.
            let report = try await node.test.node.driftReport(mending: false)
            #expect(report.drift.map(\.isContested) == [true])
            #expect(node.test.status.repairs.rules == 4)
            node.test.clock.advance(by: .milliseconds(300))
            await node.test.until { $0.status.repairs.rules == 5 }
        }
        agent.cancel()
        await agent.value
        let report = try await node.test.node.driftReport(mending: true)
        #expect(report.drift.map(\.isMended) == [true])
        #expect(try node.test.hostObjects() == node.before)
    }

    @Test func anADDPurgesTheRulesOfEarlierOwnersOfItsAddress() throws {
        let test = TestNode()
        let block = CIDR.v4(IPv4CIDR(host: SmallEC2.address(0)))
        let host = try test.openHost()
        // One of ours, and one of the incumbent's.
        try host.ensure([
            .rule(Rule(priority: 1536, family: .v4, from: block, table: RouteTable(number: 2))),
            .rule(Rule(priority: 1536, family: .v4, from: block, table: RouteTable(number: 3), origin: .boot)),
            .rule(Rule(priority: 700, family: .v4, from: block, table: RouteTable(number: 3), origin: .administrator)),
        ])
        try #require(test.call("ADD", TestPod("web", on: test)).answered?.address == SmallEC2.address(0))
        #expect(try host.rules().filter { $0.source == block }.map(\.priority) == [700])
    }

    @Test func aKernelThatCannotBeReadIsLeftAlone() async throws {
        let node = try DamagedNode()
        node.test.faults.failReading = true
        await #expect(throws: KernelError.self) { try await node.test.node.driftReport(mending: true) }
        node.test.faults.failReading = false
        #expect(try node.test.hostObjects() == node.before)
        #expect(Set(node.test.held.keys) == [node.pod.containerID])
    }
}

/// A node with one pod, and objects of others beside the pod's.
private struct DamagedNode {
    let test = TestNode()
    let pod: TestPod
    let host: any KernelNamespace
    let before: Set<String>
    let rules: [Rule]

    init() throws {
        pod = TestPod("web", on: test)
        host = try test.openHost()
        try host.ensure([
            .rule(Rule(priority: 100, family: .v4, from: .v4(SmallEC2.block), table: RouteTable(number: 77), origin: .administrator))
        ])
        try #require(test.call("ADD", pod).answered?.exitStatus == 0)
        before = try test.hostObjects()
        rules = try host.rules().filter { $0.origin == .berth }
    }

    func apply(_ damage: RepairTests.Damage) throws { try damage.apply(to: host) }
}

extension RepairTests.Damage {
    /// Damages the only pod's objects.
    func apply(to host: any KernelNamespace) throws {
        let link = try #require(try host.links().first { $0.kind == "veth" })
        let rules = try host.rules().filter { $0.origin == .berth }
        let routes = try host.routes().filter { $0.origin == .berth }
        let changes: [KernelChange] =
            switch self {
            case .ruleDeleted: rules.map { .delete(.rule($0)) }
            case .routeDeleted: routes.map { .delete(.route($0)) }
            case .linkDown: [.setLink(link.name, LinkSettings(isUp: false))]
            case .aliasTaken: [.setLink(link.name, LinkSettings(alias: "mine"))]
            case .everything:
                rules.map { .delete(.rule($0)) } + routes.map { .delete(.route($0)) } + [.setLink(link.name, LinkSettings(isUp: false))]
            }
        #expect(try host.perform(changes, sandboxNetns: nil).allSatisfy { $0 == nil })
    }
}
