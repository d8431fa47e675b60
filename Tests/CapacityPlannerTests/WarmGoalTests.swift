import CapacityPlanner
import IPAMEngine
import Testing

/// Formula 28: what is warm is to last until EC2 has given more. Tails are those of printed Poisson tables.
@Suite struct WarmGoalTests {
    private func plan(_ goals: PlanScenario.Goals, perSecond: Double, targets: WarmTargets, burst: Int? = nil) -> CapacityPlan {
        var jobs = PlanScenario.Workload(
            name: "jobs", size: .pods(20), grace: .zero, arrivalsPerSecond: perSecond)
        jobs.burst = burst.map { .init(pods: $0, every: .seconds(3600)) }
        return CapacityPlan(
            PlanScenario(
                subnets: [.test("subnet-0a", .test(0, 16))], networking: .init(targets: targets, cooldown: .zero),
                nodeGroups: [.test("m5.large", nodes: 10)], workloads: [jobs], goals: goals))
    }

    /// On each of ten nodes; an assignment takes a second: P(X ≤ 3; 1) = 0.981, P(X ≤ 4; 1) = 0.996.
    @Test(arguments: [(1.0, 0.01, 1), (10, 0.01, 4), (10, 0.02, 3), (10, 0.5, 1), (100, 0.01, 18)])
    func asManyAreNeededAsComeWhileEC2Answers(perSecond: Double, chance: Double, needed: Int) throws {
        let plan = plan(.init(missProbability: chance), perSecond: perSecond, targets: .addresses(2))
        let warm = try #require(plan.nodeKinds.first?.warmNeeded)
        #expect(warm.addresses == needed && warm.refillSeconds == 1 && warm.mean == perSecond / 10)
        #expect(plan.findings.map(\.code) == (needed > 2 ? [.warmTarget] : []) && plan.fits)
        if needed > 2 { #expect(plan.findings[0].remedy == "Set WARM_IP_TARGET to \(needed)") }
    }

    @Test func whereNoENIHasRoomAFurtherOneIsWaitedFor() throws {
        let plan = plan(.init(missProbability: 0.01), perSecond: 1, targets: WarmTargets(enis: 1))
        // Ten seconds at 0.1 a second; two pods on a node, whose two ENIs are full.
        let warm = try #require(plan.nodeKinds.first?.warmNeeded)
        #expect(warm.refillSeconds == 10 && warm.addresses == 4 && plan.findings == [])
    }

    /// Who comes in the last half second before EC2's answer waits no longer than that: P(X ≤ 2; ½) = 0.986, P(X ≤ 3; ½) = 0.998.
    @Test(arguments: [(Duration.milliseconds(500), 3), (.zero, 4), (.seconds(1), 0), (.seconds(5), 0)])
    func aWaitThatIsAllowedNeedsLess(wait: Duration, needed: Int) {
        let plan = plan(.init(waitP99: wait), perSecond: 10, targets: .addresses(2))
        #expect(plan.nodeKinds.first?.warmNeeded?.addresses == needed)
    }

    @Test func aBurstIsThereAtOnce() {
        let plan = plan(.init(missProbability: 0.01), perSecond: 10, targets: .addresses(2), burst: 25)
        #expect(plan.nodeKinds.first?.warmNeeded?.addresses == 4 + 3)
        #expect(self.plan(.init(), perSecond: 10, targets: .addresses(2), burst: 25).nodeKinds.first?.warmNeeded == nil)
    }
}
