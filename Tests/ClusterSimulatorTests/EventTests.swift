import Addressing
import CapacityPlanner
import ClusterSimulator
import IPAMEngine
import Simulator
import Synchronization
import Testing
import VPCModel

@Suite struct EventTests {
    private func scenario(_ events: [PlanScenario.Event], zones: Int = 1, nodes: Int = 6, pods: Int = 60) -> PlanScenario {
        PlanScenario(
            subnets: (0..<zones).map { .test($0) }, networking: .init(targets: WarmTargets(addresses: 2)),
            nodeGroups: [.test(nodes: nodes, most: nodes * 2, zones: zones)], workloads: [.test("web", pods)], events: events,
            controlPlane: .init(subnets: [.test(0)]))
    }

    private func phase(
        _ scenario: PlanScenario, settle: Duration = .seconds(300)
    ) throws -> (steady: SimulatedPlan.Phase, event: SimulatedPlan.Phase) {
        let run = try #require(try Lived(scenario, settle: settle).run)
        return (run.steady, try #require(run.events.first))
    }

    @Test func aRollHoldsPodsThatComeAndPodsThatGo() throws {
        let (steady, roll) = try phase(scenario([.rollingUpdate(workload: "web")]))
        let peak = try #require(roll.peakUses[.test(0)])
        #expect(peak.ending > 0 && peak.running + peak.ending > 60 && peak.demand.addresses > steady.peaks[.test(0)]?.addresses ?? 0)
        #expect(roll.waits.count == 60 && roll.podsWaiting == 0 && roll.readyAfter != nil)
    }

    @Test func anUpgradeReplacesEveryNodeAndKeepsTheirNumber() throws {
        let (_, upgrade) = try phase(scenario([.nodeUpgrade(group: "general")]))
        #expect(upgrade.samples.map(\.nodes).max() == 7 && upgrade.samples.last?.nodes == 6)
        #expect(upgrade.waits.count >= 60 && upgrade.podsWaiting == 0 && upgrade.readyAfter != nil)
    }

    @Test func blueAndGreenAreThereAtOnce() throws {
        let (_, both) = try phase(scenario([.blueGreen(group: "general")]))
        #expect(both.samples.map(\.nodes).max() == 12 && both.samples.last?.nodes == 6 && both.podsWaiting == 0)
    }

    @Test func nodesThatComeAtOnceComeWithPods() throws {
        let (_, growth) = try phase(scenario([.scaleOut(group: "general", nodes: 3)]))
        #expect(growth.samples.last?.nodes == 9 && growth.samples.last?.pods == 90)
    }

    /// Nodes come and go all the time, and none of those is taken for one that the event waits for.
    @Test(arguments: 1...5) func nodesThatAreReplacedMeanwhileAreNotOfTheEvent(seed: UInt64) throws {
        var scenario = scenario([.scaleOut(group: "general", nodes: 3)], nodes: 20, pods: 200)
        scenario.nodeGroups[0].lifetime = .seconds(300)
        let growth = try #require(try Lived(scenario, seed: seed).run?.events.first)
        #expect(try #require(growth.readyAfter) < .seconds(300) && growth.podsWaiting == 0)
    }

    @Test func aLostZoneTakesNothingAnyMoreAndItsPodsComeAgain() throws {
        let (steady, loss) = try phase(scenario([.zoneLoss(zone: "zone-1")], zones: 3))
        #expect(loss.peaks[.test(1)] == nil && steady.peaks[.test(1)] != nil)
        #expect(loss.samples.last?.pods == 60 && loss.podsWaiting == 0)
        #expect(loss.peaks[.test(0)]?.addresses ?? 0 > steady.peaks[.test(0)]?.addresses ?? 0)
    }

    @Test func anUpgradeOfTheClusterDoublesTheControlPlanesENIs() throws {
        let (steady, upgrade) = try phase(scenario([.clusterUpgrade]))
        #expect((upgrade.peaks[.test(0)]?.enis ?? 0) == (steady.samples.last?.subnets[.test(0)]?.demand.enis ?? 0) + 4)
        #expect(upgrade.samples.last?.subnets[.test(0)]?.demand == steady.samples.last?.subnets[.test(0)]?.demand)
    }

    @Test func podsWaitWhileEC2IsAwayAndRunAfterIt() throws {
        var scenario = scenario([.outage(.seconds(900))])
        // No node that comes meanwhile learns of its ENIs.
        scenario.nodeGroups[0].lifetime = .seconds(300)
        let (steady, outage) = try phase(scenario, settle: .seconds(1800))
        #expect(steady.podsWaiting == 0)
        #expect(outage.samples.contains { $0.waiting > 20 })
        #expect(outage.readyAfter.map { $0 > .seconds(900) } == true)
        // Nodes come and go all the time, and some pods are on their way.
        #expect(outage.samples.suffix(60).contains { $0.waiting == 0 })
    }

    @Test func aBucketThatOthersUseUpIsSeenAndPodsWaitForIt() throws {
        var scenario = scenario([.scaleOut(group: "general", nodes: 3)])
        scenario.cloud.buckets[.assignPrivateIPAddresses] = .init(burst: 12, perSecond: 5, othersPerSecond: 4.99)
        let slow = try phase(scenario).event
        scenario.cloud.buckets = [:]
        let fast = try phase(scenario).event
        #expect(slow.throttled[.assignPrivateIPAddresses] ?? 0 > 0 && fast.throttled.isEmpty)
        #expect(slow.readyAfter ?? .seconds(1_000_000) > fast.readyAfter ?? .zero)
    }

    @Test func aSubnetThatRunsOutIsAFault() throws {
        var scenario = scenario([], pods: 120)
        scenario.subnets = [.test(0, 26)]
        let plan = try #require(try SimulatedPlan.run(scenario, seeds: [1]))
        #expect(!plan.faults.isEmpty && plan.runs[0].steady.podsWaiting > 0)
        #expect(plan.runs[0].steady.refusals["subnet-full"] ?? 0 > 0)
        scenario.subnets = [.test(0, 20)]
        #expect(try SimulatedPlan.run(scenario, seeds: [1])?.faults == [])
    }

    @Test func aReservationForPrefixesKeepsBlocksWhole() throws {
        func blocks(_ reservations: [PlanScenario.Reservation]) throws -> Int {
            var scenario = scenario([])
            scenario.networking = .init(addressing: .prefix, targets: WarmTargets(prefixes: 1))
            scenario.subnets = [.test(0, 22, used: .count(500), reservations: reservations)]
            return try #require(try Lived(scenario).run).steady.peaks[.test(0)]?.blocks ?? 0
        }
        let reserved = PlanScenario.Reservation(block: IPv4CIDR(containing: IPv4Address(10, 0, 2, 0), prefixLength: 24), kind: .prefix)
        #expect(try blocks([]) < 6)
        #expect(try blocks([reserved]) >= 12)
    }

    @Test func aRunThatIsEndedGivesThePhasesThatWereFinished() throws {
        let scenario = scenario([.clusterUpgrade, .rollingUpdate(workload: "web")])
        let done = Atomic<Int>(0)
        let watch = SimulationWatch(
            isCancelled: { done.load(ordering: .relaxed) >= 2 }, progress: { phases, _ in done.store(phases, ordering: .relaxed) })
        let plan = try #require(try SimulatedPlan.run(scenario, seeds: [1, 2, 3], watch: watch))
        #expect(plan.runs.count == 1 && plan.seedsAsked == 3 && plan.isPartial)
        #expect(!(try #require(try SimulatedPlan.run(scenario, seeds: [1])).isPartial))
        #expect(try SimulatedPlan.run(scenario, seeds: [1], watch: SimulationWatch(isCancelled: { true })) == nil)
    }

    @Test func theDifferenceIsTakenApart() throws {
        let scenario = scenario([.nodeUpgrade(group: "general")], zones: 3)
        let simulated = try #require(try SimulatedPlan.run(scenario, seeds: [1, 2, 3]))
        let differences = Difference.all(simulated, CapacityPlan(scenario))
        #expect(differences.count == 6)
        #expect(differences.filter { $0.situation == 0 }.allSatisfy { $0.addresses == 0 && $0.explanation == "the same" })
        let upgraded = try #require(differences.first { $0.situation == 1 && $0.subnet == .test(1) })
        #expect(upgraded.peak.ending > 0 && upgraded.explanation.contains("\(upgraded.peak.ending) of pods in their grace"))
        let use = upgraded.peak
        #expect(use.demand.addresses == use.demand.enis + use.running + use.ending + use.cooling + use.warm)
    }
}
