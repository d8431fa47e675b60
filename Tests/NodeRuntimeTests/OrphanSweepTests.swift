import Addressing
import Logging
import NodePorts
import NodeReports
import NodeRuntime
import Synchronization
import Testing

@Suite struct OrphanSweepTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func sweep(
        _ vpc: LeftENIs, cluster: String? = "prod", interval: Duration? = .seconds(3600), turn: SweepTurn? = nil,
        needed: Set<ENIID> = [], mayDelete: @escaping @Sendable () -> Bool = { true }
    ) -> OrphanSweep {
        OrphanSweep(
            vpc.control, rule: OrphanRule(instance: LeftENIs.here, cluster: cluster), interval: interval, turn: turn,
            isKnownHere: { needed.contains($0) }, mayDelete: mayDelete, logger: logger)
    }

    // MARK: - What an orphan is

    @Test func anENIOfANodeThatHasGoneIsAnOrphan() async throws {
        let report = try await sweep(LeftENIs([LeftENIs.eni()])).report()
        let eni = try #require(report.enis.first)
        #expect(eni.isOrphan && eni.action == "delete" && eni.code == "orphan")
        #expect(eni.ageSeconds == 3600 && eni.instance == "i-0dead" && eni.cluster == "prod")
        #expect(report.sweep == OrphansReport.Sweep(intervalSeconds: 3600, ageMinSeconds: 900))
    }

    private static let kept: [(code: String, UnattachedENI)] = [
        ("kept-by-others", LeftENIs.eni { $0.isRequesterManaged = true }),
        ("kept-by-others", LeftENIs.eni { $0.interfaceType = "trunk" }),
        ("kept-by-others", LeftENIs.eni { $0.interfaceType = "efa" }),
        ("kept-by-others", LeftENIs.eni { $0.tags["node.k8s.amazonaws.com/no_manage"] = "true" }),
        ("kept-by-others", LeftENIs.eni { $0.tags["eks:eni:owner"] = "eks-vpc-resource-controller" }),
        ("not-of-a-node", LeftENIs.eni { $0.tags["node.k8s.amazonaws.com/instance_id"] = nil }),
        ("not-of-a-node", LeftENIs.eni { $0.tags["node.k8s.amazonaws.com/instance_id"] = "me" }),
        ("not-of-a-node", LeftENIs.eni { $0.description = "aws-K8S-i-0other" }),
        ("not-of-a-node", LeftENIs.eni { $0.description = "" }),
        ("other-cluster", LeftENIs.eni { $0.tags["cluster.k8s.amazonaws.com/name"] = "test" }),
        ("other-cluster", LeftENIs.eni { $0.tags["cluster.k8s.amazonaws.com/name"] = nil }),
        ("age-unknown", LeftENIs.eni { $0.age = nil }),
        ("too-young", LeftENIs.eni { $0.age = .seconds(899) }),
        ("too-young", LeftENIs.eni { $0.age = .seconds(-3600) }),
        ("owner-exists", LeftENIs.eni(of: LeftENIs.other)),
    ]

    @Test(arguments: kept.indices) func whateverIsInDoubtIsKept(index: Int) async throws {
        let (code, eni) = Self.kept[index]
        let vpc = LeftENIs([eni])
        let told = try #require(try await sweep(vpc).report().enis.first)
        #expect(told.code == code && !told.isOrphan && told.action == "keep" && !told.reason.isEmpty, "\(told)")
        try await sweep(vpc).sweep { _ in }
        #expect(vpc.left == [eni.id])
    }

    @Test func withoutAClustersNameOnlyTheNodesOwnAreOrphans() async throws {
        let unnamed = { (eni: inout UnattachedENI) in eni.tags["cluster.k8s.amazonaws.com/name"] = nil }
        let vpc = LeftENIs([LeftENIs.eni(1, unnamed), LeftENIs.eni(2, of: LeftENIs.here, unnamed)])
        #expect(try await sweep(vpc, cluster: nil).report().enis.map(\.code) == ["cluster-not-named", "orphan"])
    }

    @Test func whatTheNodeItselfMayNeedIsKept() async throws {
        let mine = LeftENIs.eni(of: LeftENIs.here)
        #expect(try await sweep(LeftENIs([mine])).report().enis.map(\.code) == ["orphan"])
        #expect(try await sweep(LeftENIs([mine]), needed: [mine.id]).report().enis.map(\.code) == ["in-use-here"])
    }

    @Test func whereEC2DoesNotTellOfInstancesOthersENIsAreKept() async throws {
        let vpc = LeftENIs([LeftENIs.eni(1), LeftENIs.eni(2, of: LeftENIs.here)])
        vpc.fail("instances", "UnauthorizedOperation")
        let report = try await sweep(vpc).report()
        #expect(report.enis.map(\.code) == ["owner-unknown", "orphan"])
        #expect(report.enis[0].reason.contains("ec2:DescribeInstances"))
        try await sweep(vpc).sweep { _ in }
        #expect(vpc.left == [LeftENIs.eni(1).id])
    }

    // MARK: - A turn

    @Test func aTurnIsTwoLooksAndTheDeletionOfWhatBothHaveFound() async throws {
        let vpc = LeftENIs([LeftENIs.eni(1), LeftENIs.eni(2, of: LeftENIs.other)])
        let slept = Mutex<[Duration]>([])
        try await sweep(vpc).sweep { duration in slept.withLock { $0.append(duration) } }
        #expect(vpc.left == [LeftENIs.eni(2).id])
        #expect(slept.withLock { $0 } == [.seconds(30), .seconds(1)])
        #expect([vpc.calls("describe"), vpc.calls("instances"), vpc.calls("delete")] == [2, 2, 1])
    }

    @Test func whileNothingIsGivenBackEC2IsNotAsked() async throws {
        let vpc = LeftENIs([LeftENIs.eni()])
        try await sweep(vpc, mayDelete: { false }).sweep { _ in Issue.record("there was nothing to wait for") }
        #expect(vpc.left == [LeftENIs.eni().id] && vpc.calls("describe") == 0)
    }

    @Test func anOrderInTheMiddleOfATurnKeepsTheRest() async throws {
        let vpc = LeftENIs([LeftENIs.eni(1), LeftENIs.eni(2)])
        try await sweep(vpc, mayDelete: { vpc.calls("delete") == 0 }).sweep { _ in }
        #expect(vpc.left.count == 1 && vpc.calls("delete") == 1)
    }

    @Test func aTurnThatFindsNothingIsOneCall() async throws {
        let vpc = LeftENIs([LeftENIs.eni { $0.tags = [:] }])
        try await sweep(vpc).sweep { _ in Issue.record("there was nothing to wait for") }
        #expect(vpc.calls("describe") == 1 && vpc.calls("instances") == 0)
    }

    @Test func whatIsTakenBetweenTheLooksIsKept() async throws {
        let (taken, left) = (LeftENIs.eni(1), LeftENIs.eni(2))
        let vpc = LeftENIs([taken, left])
        try await sweep(vpc).sweep { _ in vpc.attach(taken.id) }
        #expect(vpc.all == [taken.id])
    }

    @Test func whatAnotherNodeDeletesMeanwhileIsNobodysFault() async throws {
        let vpc = LeftENIs([LeftENIs.eni(1), LeftENIs.eni(2)])
        try await sweep(vpc).sweep { _ in vpc.remove(LeftENIs.eni(1).id) }
        #expect(vpc.all == [] && vpc.calls("delete") == 1)
    }

    @Test func aTurnDeletesNoMoreThanItMay() async throws {
        let vpc = LeftENIs((100..<130).map { LeftENIs.eni($0) })
        try await sweep(vpc).sweep { _ in }
        #expect(vpc.left.count == 30 - OrphanSweep.deletionsMax)
        try await sweep(vpc).sweep { _ in }
        #expect(vpc.left == [])
    }

    @Test func anENIThatEC2WillNotDeleteDoesNotKeepTheOthers() async throws {
        let (stuck, other) = (LeftENIs.eni(1), LeftENIs.eni(2))
        let vpc = LeftENIs([stuck, other])
        vpc.refuseToDelete(stuck.id)
        try await sweep(vpc).sweep { _ in }
        #expect(vpc.left == [stuck.id] && vpc.calls("delete") == 2)
    }

    @Test func aTurnInWhichEC2IsThrottledIsLeftForTheNext() async throws {
        let vpc = LeftENIs([LeftENIs.eni()])
        vpc.fail("describe", "RequestLimitExceeded")
        try await sweep(vpc).sweep { _ in Issue.record("there was nothing to wait for") }
        vpc.fail("describe", nil)
        try await sweep(vpc).sweep { _ in }
        #expect(vpc.left == [])
    }

    // MARK: - Turns

    @Test func whereTheSweepIsOffOrphansAreToldAndKept() async throws {
        let vpc = LeftENIs([LeftENIs.eni()])
        let off = sweep(vpc, interval: nil)
        await off.run { _ in Issue.record("there is no turn to wait for") }
        let report = try await off.report()
        #expect(report.enis.map(\.action) == ["keep"] && report.enis.map(\.isOrphan) == [true] && report.sweep.intervalSeconds == nil)
    }

    @Test func theSweepComesInEachTurnUntilItIsCancelled() async throws {
        let vpc = LeftENIs([])
        let turns = Mutex(0)
        let turn = SweepTurn { _ in
            let count = turns.withLock { count in
                count += 1
                return count
            }
            if count > 3 { throw CancellationError() }
        }
        await sweep(vpc, turn: turn).run { _ in }
        #expect(vpc.calls("describe") == 3)
    }

    @Test(arguments: [0, 0.25, 0.999]) func turnsAreAnIntervalApartOnAverageAndTheFirstIsSooner(chance: Double) async throws {
        let turn = SweepTurn.spaced(by: .seconds(1000)) { chance }
        let slept = Mutex<[Duration]>([])
        for _ in 0..<3 { try await turn.next { duration in slept.withLock { $0.append(duration) } } }
        let pauses = slept.withLock { $0 }
        #expect(pauses == [.seconds(1000) * chance, .seconds(1000) * (0.5 + chance), .seconds(1000) * (0.5 + chance)])
    }
}
