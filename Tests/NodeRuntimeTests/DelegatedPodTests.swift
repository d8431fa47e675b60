import Addressing
import CNISpec
import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import PodNetwork
import Testing

/// Pods that have their addresses from an IPAM plugin of others, which is run between two calls of each ADD.
@Suite(.timeLimit(.minutes(1))) struct DelegatedPodTests {
    private static func configuration(_ version: String = "1.1.0", more: String = "") -> String {
        #"{"cniVersion":"\#(version)","name":"berth","type":"berth-cni","ipam":{"type":"host-local"}\#(more)}"#
    }

    private static func gives(_ addresses: String..., more: String = "") -> DelegationOutcome {
        let list = addresses.map { #"{"address":"\#($0)"}"# }.joined(separator: ",")
        return exited(0, #"{"cniVersion":"1.0.0","ips":[\#(list)]\#(more)}"#)
    }

    private static func exited(_ status: Int, _ output: String) -> DelegationOutcome {
        .exited(status: status, output: Array(output.utf8))
    }

    private static func delegation(_ command: CNICommand, _ telling: Delegation.Telling, _ limit: Duration = .seconds(20)) -> Delegation {
        Delegation(command, to: "host-local", telling: telling, limit: limit)
    }

    /// Both calls of an ADD.
    private static func add(
        _ pod: TestPod, on node: TestNode, _ outcome: DelegationOutcome = gives("10.9.0.5/16"), version: String = "1.1.0"
    ) throws -> PluginAnswer {
        let first = try #require(node.call("ADD", pod, input: configuration(version)).answered)
        try #require(first.delegation == delegation(.add, .always, .seconds(30)), "\(first.text)")
        return try #require(node.call("ADD", pod, input: configuration(version), outcome: outcome).answered)
    }

    private static func check(_ pod: TestPod, on node: TestNode, _ added: PluginAnswer) throws -> PluginAnswer? {
        try node.call("CHECK", pod, input: configuration(more: #","prevResult":\#(added.text)"#)).answered
    }

    /// An answer that is silent behind a plugin that succeeds.
    private static func silent(behind command: CNICommand, _ telling: Delegation.Telling = .failure) -> PluginAnswer {
        PluginAnswer(exitStatus: 0, output: [], delegation: delegation(command, telling))
    }

    // MARK: - ADD, CHECK, DEL

    @Test(arguments: [
        ("1.1.0", #""ips":[{"interface":1,"address":"10.9.0.5/32","gateway":"169.254.1.1"},"#),
        ("0.4.0", #""ips":[{"version":"4","interface":1,"address":"10.9.0.5/32","gateway":"169.254.1.1"},"#),
        ("0.2.0", #""ip4":{"ip":"10.9.0.5/32","gateway":"169.254.1.1","routes":[{"dst":"0.0.0.0/0","gw":"169.254.1.1"}]}"#),
    ])
    func aPodIsWiredWithTheAddressesAndADELTakesThemAway(version: String, result: String) throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let before = try (node.hostObjects(), node.objects(of: pod.namespace))
        let dns = #","routes":[{"dst":"10.0.0.0/8"}],"dns":{"nameservers":["10.9.0.2"]}"#
        let added = try Self.add(pod, on: node, Self.gives("10.9.0.5/16", "fd00::5/64", more: dns), version: version)
        #expect(added.exitStatus == 0 && added.delegation == nil && added.text.contains(result), "\(added.text)")
        #expect(added.text.contains(#""dns":{"nameservers":["10.9.0.2"]}"#) && !added.text.contains("10.0.0.0/8"))
        let inPod = try node.objects(of: pod.namespace)
        #expect(inPod.isSuperset(of: ["address 10.9.0.5/32 dev eth0", "address fd00::5/128 dev eth0"]))
        let onNode = try node.hostObjects().subtracting(before.0)
        #expect(onNode.contains("rule priority 512 to 10.9.0.5/32 lookup main") && !onNode.contains { $0.contains("priority 1536") })
        // The pool has no part in it.
        #expect(node.held == [:] && node.status.pods == 0)

        #expect(try node.call("DEL", pod, input: Self.configuration(version)).answered == Self.silent(behind: .delete))
        #expect(try node.call("DEL", pod, input: Self.configuration(version)).answered == Self.silent(behind: .delete))
        node.stop()
        #expect(try node.hostObjects() == before.0)
        #expect(try node.objects(of: pod.namespace) == before.1)
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test func twoPodsReachEachOtherAndAPodOfThePool() throws {
        let node = TestNode()
        let host = try node.openHost()
        #expect(try host.perform([.setSysctl("ipv4/ip_forward", "1")], sandboxNetns: nil) == [nil])
        let (web, api, own) = (TestPod("web", on: node), TestPod("api", on: node), TestPod("own", on: node))
        #expect(try Self.add(web, on: node).exitStatus == 0)
        #expect(try Self.add(api, on: node, Self.gives("10.9.0.6/16")).exitStatus == 0)
        #expect(try node.call("ADD", own).answered?.exitStatus == 0)
        for address in [IPv4Address(10, 9, 0, 6), SmallEC2.address(0)] {
            let trace = node.kernel.ping(from: web.namespace, to: .v4(address))
            #expect(trace.isAnswered, "\(trace)")
        }
        #expect(node.kernel.ping(from: own.namespace, to: .v4(IPv4Address(10, 9, 0, 5))).isAnswered)
    }

    @Test func checkPassesOursBeforeTheIPAMPluginIsAsked() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let added = try Self.add(pod, on: node)
        #expect(try Self.check(pod, on: node, added) == Self.silent(behind: .check))
        let input = Self.configuration(more: #","prevResult":\#(added.text)"#)
        let failed = try node.call("CHECK", pod, input: input, outcome: Self.exited(1, #"{"code":999,"msg":"no address"}"#)).answered
        #expect(failed?.code == 999 && failed?.message == "host-local: no address" && failed?.delegation == nil)

        let host = try node.openHost()
        let rule = try #require(try host.rules().first { $0.priority == PodNetworkPlan.toPodPriority })
        #expect(try host.perform([.delete(.rule(rule))], sandboxNetns: nil) == [nil])
        let drift = try Self.check(pod, on: node, added)
        #expect(drift?.code == 113 && drift?.delegation == nil, "\(drift?.text ?? "")")
    }

    @Test func aDELThatTheIPAMPluginFailsTellsItsError() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        _ = try Self.add(pod, on: node)
        let failed = try node.call("DEL", pod, input: Self.configuration(), outcome: .timedOut(after: .seconds(20))).answered
        #expect(failed?.code == 127 && failed?.message.contains("did not end within") == true)
    }

    // MARK: - Refusals

    @Test(
        arguments: [
            (exited(0, "garbage"), 127, "its result cannot be read"), (exited(0, "{}"), 127, "its result has no address"),
            (gives("10.9.0.5/16", "10.9.0.6/16"), 127, "its result has 10.9.0.5, 10.9.0.6, where a pod has one of a family"),
            (exited(1, #"{"code":11,"msg":"wait"}"#), 11, "host-local: wait"), (exited(2, ""), 127, "it exited with 2"),
            (.killed(signal: 9), 127, "signal 9"), (.timedOut(after: .seconds(30)), 127, "did not end"),
            (gives("10.0.32.200/24"), 110, "10.0.32.200 lies in subnet 10.0.32.0/24 of eni-"),
            (gives("169.254.1.1/16"), 110, "169.254.1.1 lies in 169.254.0.0/16"), (gives("fe80::1/64"), 110, "fe80::1 lies in fe80::/10"),
            (gives("127.0.0.1/8"), 110, "127.0.0.1 lies in 127.0.0.0/8"), (gives("239.1.1.1/32"), 110, "239.1.1.1 lies in 224.0.0.0/3"),
        ] as [(DelegationOutcome, Int, String)])
    func whatCannotBeUsedIsRefusedAndGivenBack(outcome: DelegationOutcome, code: Int, problem: String) throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let before = try (node.hostObjects(), node.objects(of: pod.namespace))
        let answer = try Self.add(pod, on: node, outcome)
        #expect(answer.exitStatus == 1 && answer.code == code && answer.message.contains(problem), "\(answer.text)")
        #expect(answer.delegation == Self.delegation(.delete, .never))
        #expect(try (node.hostObjects(), node.objects(of: pod.namespace)) == before)
        #expect(node.kernel.openDescriptorCount == 0)
    }

    @Test(arguments: [DelegationOutcome.notFound, .notStarted(problem: "permission denied (EACCES)")])
    func aPluginThatNeverRanHasNothingToGiveBack(outcome: DelegationOutcome) throws {
        let node = TestNode()
        let answer = try Self.add(TestPod("web", on: node), on: node, outcome)
        #expect(answer.code == 127 && answer.delegation == nil, "\(answer.text)")
    }

    @Test(arguments: 1...6) func aKernelThatRefusesAStepGivesTheAddressBack(step: Int) throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let before = try node.hostObjects()
        let first = try node.call("ADD", pod, input: Self.configuration()).answered
        #expect(first?.delegation?.command == .add)
        node.faults.fail(step, .refusal)
        let answer = try #require(node.call("ADD", pod, input: Self.configuration(), outcome: Self.gives("10.9.0.5/16")).answered)
        #expect(answer.code == 112 && answer.delegation == Self.delegation(.delete, .never), "\(answer.text)")
        #expect(try node.hostObjects() == before)
        #expect(try Self.add(pod, on: node).exitStatus == 0)
    }

    @Test func anAddressThatAnotherPodHasIsRefused() throws {
        let node = TestNode()
        let (web, api) = (TestPod("web", on: node), TestPod("api", on: node))
        let added = try Self.add(web, on: node)
        let refused = try Self.add(api, on: node)
        #expect(refused.code == 110 && refused.message.contains("10.9.0.5") && refused.message.contains(web.containerID), "\(refused.text)")
        #expect(refused.delegation == Self.delegation(.delete, .never))
        #expect(try Self.check(web, on: node, added) == Self.silent(behind: .check))
    }

    @Test func theAddressOfAPodIsNotGivenBackForALaterADDOfIt() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let added = try Self.add(pod, on: node)
        let again = try #require(node.call("ADD", pod, input: Self.configuration()).answered)
        #expect(again.message.contains("already has an interface") && again.delegation == nil, "\(again.text)")
        // Of two ADDs that were let begin by two daemons, the later one's plugin was refused the address.
        let late = try node.call("ADD", pod, input: Self.configuration(), outcome: Self.exited(1, #"{"code":999,"msg":"duplicate"}"#))
            .answered
        #expect(late?.code == 999 && late?.delegation == nil)
        #expect(try Self.check(pod, on: node, added) == Self.silent(behind: .check))
    }

    @Test func ofTwoADDsOfOneContainerAtOnceTheSecondRunsNothing() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        func begin() throws -> PluginAnswer? { try node.call("ADD", pod, input: Self.configuration()).answered }
        #expect(try begin()?.delegation != nil)
        let second = try begin()
        #expect(second?.code == 11 && second?.delegation == nil)
        _ = try node.call("DEL", pod, input: Self.configuration())
        #expect(try begin()?.delegation != nil)
        // Its plugin was killed, and nobody says so.
        node.clock.advance(by: .seconds(61))
        #expect(try begin()?.delegation != nil)
    }

    @Test func anADDThatNobodyWaitsForMakesNothing() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let before = try node.hostObjects()
        let outcome = Self.gives("10.9.0.5/16")
        #expect(try node.call("ADD", pod, input: Self.configuration(), isAbandoned: true, outcome: outcome).answered == nil)
        #expect(try node.hostObjects() == before)
    }

    @Test func whereNothingCanBeRunTheErrorSaysWhy() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let older = try node.call("ADD", pod, input: Self.configuration(), runsDelegations: false).answered
        #expect(older?.code == 114 && older?.message.contains("same release") == true)
        var homeless = TestPod("api", on: node)
        homeless.path = nil
        for command in ["ADD", "DEL"] {
            let answer = try node.call(command, homeless, input: Self.configuration()).answered
            #expect(answer?.code == 4 && answer?.message.contains("CNI_PATH") == true, "\(command)")
        }
        // Nothing of either ADD is left to stand in the way.
        #expect(try node.call("ADD", pod, input: Self.configuration()).answered?.delegation != nil)
    }

    // MARK: - Over time

    @Test func aDaemonThatWasRestartedInBetweenFinishesTheADD() throws {
        let first = TestNode()
        let pod = TestPod("web", on: first)
        _ = try first.call("ADD", pod, input: Self.configuration())
        let next = TestNode(after: first)
        next.node.recover()
        let answer = try next.call("ADD", pod, input: Self.configuration(), outcome: Self.gives("10.9.0.5/16")).answered
        #expect(answer?.address == IPv4Address(10, 9, 0, 5))
    }

    @Test(arguments: [["10.9.0.5/16"], ["10.9.0.5/16", "fd00::5/64"], ["fd00::5/64"]])
    func aRestartFindsThePodAndCanCheckAndDeleteIt(addresses: [String]) throws {
        let first = TestNode()
        let (pod, own) = (TestPod("web", on: first), TestPod("own", on: first))
        let before = try first.hostObjects()
        let list = addresses.map { #"{"address":"\#($0)"}"# }.joined(separator: ",")
        let added = try Self.add(pod, on: first, Self.exited(0, #"{"ips":[\#(list)]}"#))
        try #require(first.call("ADD", own).answered?.exitStatus == 0)
        let (objects, held) = (try first.hostObjects(), first.held)
        let next = TestNode(after: first)
        next.node.recover()
        #expect(try next.hostObjects() == objects && next.held == held)
        #expect(try Self.check(pod, on: next, added) == Self.silent(behind: .check))
        #expect(try next.call("DEL", own).answered == .silent)
        #expect(try next.call("DEL", pod, input: Self.configuration()).answered == Self.silent(behind: .delete))
        next.stop()
        #expect(try next.hostObjects() == before)
    }

    @Test(arguments: RepairTests.Damage.allCases) func damageIsMendedByANodeAtWork(damage: RepairTests.Damage) async throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let added = try Self.add(pod, on: node)
        let before = try node.hostObjects()
        let host = try node.openHost()
        try await node.whileRunning {
            try damage.apply(to: host)
            await node.until { $0.status.repairs.objects > 0 && (try? $0.hostObjects()) == before }
            let checked = try Self.check(pod, on: node, added)
            #expect(checked == Self.silent(behind: .check), "\(checked?.text ?? "")")
            try damage.apply(to: host)
            let report = try await node.node.driftReport(mending: true)
            #expect(report.drift.allSatisfy { $0.owner == "pod default/web" }, "\(report.drift)")
        }
        #expect(try node.hostObjects() == before)
    }

    @Test func aPodWhoseLinkVanishesIsLetGo() async throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let before = try node.hostObjects()
        _ = try Self.add(pod, on: node)
        try await node.whileRunning {
            node.kernel.destroyNamespace(pod.namespace)
            await node.until { (try? $0.hostObjects()) == before }
        }
        #expect(node.status.repairs.podsGone == 1)
        #expect(try node.call("DEL", pod, input: Self.configuration()).answered == Self.silent(behind: .delete))
    }

    @Test func podsThatComeAndGoAreNoDrift() async throws {
        let node = TestNode()
        let stays = TestPod("stays", on: node)
        let added = try Self.add(stays, on: node)
        try await node.whileRunning {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        for number in 0..<25 {
                            let pod = TestPod("pod-\(worker)-\(number)", on: node)
                            let answer = try Self.add(pod, on: node, Self.gives("10.9.\(worker + 1).\(number)/16"))
                            try #require(answer.exitStatus == 0, "\(answer.text)")
                            _ = try await node.node.driftReport(mending: true)
                            try #require(node.call("DEL", pod, input: Self.configuration()).answered?.exitStatus == 0)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(node.status.repairs == RepairCount())
        #expect(try Self.check(stays, on: node, added) == Self.silent(behind: .check))
    }

    // MARK: - GC and STATUS

    private static let list = configuration(more: #","cni.dev/valid-attachments":[]"#)

    @Test func garbageCollectionTakesOursThenAsksTheIPAMPlugin() throws {
        let node = TestNode()
        let pod = TestPod("web", on: node)
        let before = try node.hostObjects()
        _ = try Self.add(pod, on: node)
        node.clock.advance(by: .seconds(1))
        #expect(try node.call("GC", input: Self.list).answered == Self.silent(behind: .collectGarbage))
        node.stop()
        #expect(try node.hostObjects() == before)
        let failed = try node.call("GC", input: Self.list, outcome: Self.exited(1, #"{"code":100,"msg":"disk full"}"#)).answered
        #expect(failed?.code == 100 && failed?.message == "host-local: disk full")
    }

    @Test func whatNeitherCouldFreeIsToldTogether() throws {
        let node = TestNode()
        _ = try Self.add(TestPod("web", on: node), on: node)
        node.clock.advance(by: .seconds(1))
        node.faults.fail(1, .brokenSocket)
        #expect(try node.call("GC", input: Self.list).answered == Self.silent(behind: .collectGarbage, .always))
        node.faults.fail(1, .brokenSocket)
        let failed = try node.call("GC", input: Self.list, outcome: Self.exited(1, #"{"code":100,"msg":"disk full"}"#)).answered
        #expect(failed?.code == 115 && failed?.message.contains("could not free 2 attachments") == true, "\(failed?.text ?? "")")
        #expect(failed?.message.contains("disk full") == true)
        // Alone ours are told even when the IPAM plugin had no trouble.
        node.faults.fail(1, .brokenSocket)
        #expect(try node.call("GC", input: Self.list, outcome: Self.exited(0, "")).answered?.code == 115)
        #expect(try node.call("GC", input: Self.list).answered == Self.silent(behind: .collectGarbage))
    }

    /// A network that has its addresses elsewhere is available while the pool has none.
    @Test func statusIsThatOfTheIPAMPlugin() throws {
        let node = TestNode(addresses: 0)
        #expect(try node.call("STATUS", input: #"{"cniVersion":"1.1.0","name":"berth"}"#).answered?.code == 50)
        let asked = try node.call("STATUS", input: Self.configuration()).answered
        #expect(asked == PluginAnswer(exitStatus: 0, output: [], delegation: Self.delegation(.status, .failure, .seconds(2))))
        let failed = try node.call("STATUS", input: Self.configuration(), outcome: Self.exited(1, #"{"code":50,"msg":"full"}"#)).answered
        #expect(failed?.code == 50 && failed?.message == "host-local: full")
    }
}
