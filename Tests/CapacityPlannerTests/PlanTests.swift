import Addressing
import CapacityPlanner
import IPAMEngine
import InstanceTypes
import Testing
import VPCModel

/// Whole plans, each against a sum that can be done by hand.
@Suite struct PlanTests {
    private static let roomy = [PlanScenario.Subnet.test("subnet-0a", .test(0, 16))]

    private func plan(
        _ subnets: [PlanScenario.Subnet] = roomy, _ networking: PlanScenario.Networking = .init(), _ groups: [PlanScenario.NodeGroup],
        _ workloads: [PlanScenario.Workload] = [], _ events: [PlanScenario.Event] = [], change: (inout PlanScenario) -> Void = { _ in }
    ) -> CapacityPlan {
        var scenario = PlanScenario(subnets: subnets, networking: networking, nodeGroups: groups, workloads: workloads, events: events)
        change(&scenario)
        return CapacityPlan(scenario)
    }

    /// The worked example of AWS's documents.
    @Test func threeNodesWithTwoPodsTakeFiftyAddressesOfWhich43AreWarm() {
        let plan = plan(Self.roomy, .init(), [.test("c5.large", nodes: 3)], [.pods(2, "coredns")])
        #expect(plan.steady.total.addresses == 50 && plan.steady.warm == 43)
        #expect(plan.steady.total.enis == 5 && plan.steady.pods == 2 && plan.fits)
    }

    // MARK: - What the sheet of AWS gets wrong

    @Test func podsOnTheHostNetworkTakeNoAddressAndStillTheRoomOfAPod() {
        let host = PlanScenario.Workload(name: "agent", size: .everyNode, network: .host)
        let with = plan(Self.roomy, .init(), [.test("m5.large", nodes: 2, most: 2)], [host, .pods(52)])
        let without = plan(Self.roomy, .init(), [.test("m5.large", nodes: 2, most: 2)], [.pods(52)])
        #expect(with.steady.total == without.steady.total && with.fits)
        #expect(!plan(Self.roomy, .init(), [.test("m5.large", nodes: 2, most: 2)], [host, .pods(53)]).fits)
        #expect(plan(Self.roomy, .init(), [.test("m5.large", nodes: 2, most: 2)], [.pods(54)]).fits)
    }

    @Test func podsOfADaemonSetAreOnEveryNode() {
        let daemon = PlanScenario.Workload(name: "logs", size: .everyNode)
        let plan = plan(Self.roomy, .init(targets: .addresses(1)), [.test("m5.large", nodes: 10)], [daemon])
        // One pod, one warm address and the ENI's own on each node.
        #expect(plan.steady.pods == 10 && plan.steady.total.addresses == 30)
    }

    @Test func theLastENIOfATypeIsTheLast() {
        let plan = plan(Self.roomy, .init(targets: WarmTargets(enis: 9)), [.test("m5.large", nodes: 1)])
        #expect(plan.steady.total == AddressDemand(singles: 30, enis: 3))
    }

    // MARK: - Nodes and pods

    @Test func nodesComeUpToTheGroupsMostWhenPodsNeedThem() {
        let grown = plan(Self.roomy, .init(), [.test("m5.large", nodes: 2, most: 10)], [.pods(100)])
        #expect(grown.steady.nodes == 4 && grown.fits)
        let full = plan(Self.roomy, .init(), [.test("m5.large", nodes: 2, most: 3)], [.pods(100)])
        #expect(full.steady.nodes == 3 && full.steady.unplaced == ["web": 100 - 81])
        #expect(full.findings.map(\.code) == [.nodesFull] && full.findings[0].problem.contains("19 pods of web"))
    }

    @Test func aGroupOfMixedTypesGoesByTheSmallest() {
        let plan = plan(Self.roomy, .init(), [.test("m5.large", "m5.xlarge", nodes: 4)])
        #expect(plan.nodeKinds.map(\.kind.podsMax) == [29, 29] && plan.nodeKinds.map(\.nodes) == [2, 2])
    }

    @Test func aFullerNodeGetsNoPodBeforeAnEmptierOne() {
        // Seven pods on three nodes: 3, 2, 2; with one warm address and the ENI's own each.
        let plan = plan(Self.roomy, .init(targets: .addresses(1)), [.test("m5.large", nodes: 3)], [.pods(7)])
        #expect(plan.steady.total.addresses == 7 + 3 + 3)
    }

    @Test func aWorkloadKeepsToItsZones() {
        let zones = ["zone-a", "zone-b"]
        let subnets = zones.enumerated().map { PlanScenario.Subnet.test("subnet-0\($1)", .test(UInt8($0), 20), zone: $1) }
        let plan = plan(
            subnets, .init(targets: .addresses(1)), [.test("m5.large", nodes: 2, zones: zones)], [.pods(5, zones: ["zone-b"])])
        #expect(subnets.map { plan.steady.demands[$0.id]?.addresses } == [2, 7])
    }

    // MARK: - Subnets

    @Test func aSubnetThatIsTooSmallIsToldWithWhatIsMissing() throws {
        let plan = plan([.test("subnet-0a", .test(0, 24), used: .count(10))], .init(), [.test("m5.large", nodes: 10)], [.pods(270)])
        let finding = try #require(plan.findings.first)
        #expect(finding.code == .subnetFull && finding.problem.contains("short of 59 addresses") && !plan.fits)
        #expect(finding.remedy.contains("/26") && finding.situations == ["steady"])
    }

    @Test func scatteredAddressesLeaveNoBlockThoughAddressesAreFree() throws {
        let subnet = PlanScenario.Subnet.test("subnet-0a", .test(0, 20), used: .count(800))
        let plan = plan([subnet], .init(addressing: .prefix), [.test("m5.large", nodes: 20)], [.pods(400)])
        let finding = try #require(plan.findings.first)
        #expect(finding.code == .noFreeBlocks && finding.remedy.contains("create-subnet-cidr-reservation --subnet-id subnet-0a"))
        let half = IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 21)
        var reserved = subnet
        reserved.reservations = [.init(block: half, kind: .prefix)]
        #expect(self.plan([reserved], .init(addressing: .prefix), [.test("m5.large", nodes: 20)], [.pods(400)]).fits)
    }

    @Test func furtherENIsGoWhereMostIsLeft() {
        let subnets = [PlanScenario.Subnet.test("subnet-0a", .test(0, 24)), .test("subnet-0b", .test(1, 22), purpose: .pods)]
        let plan = plan(subnets, .init(isCustom: true), [.test("m5.large", nodes: 10)], [.pods(180)])
        #expect(plan.steady.demands[subnets[0].id] == AddressDemand(singles: 10, enis: 10))
        #expect(plan.steady.demands[subnets[1].id] == AddressDemand(singles: 200, enis: 20) && plan.fits)
    }

    @Test func headroomIsAGoal() {
        let subnets = [PlanScenario.Subnet.test("subnet-0a", .test(0, 24))]
        #expect(plan(subnets, .init(), [.test("m5.large", nodes: 7)], [.pods(189)]).fits)
        let wary = plan(subnets, .init(), [.test("m5.large", nodes: 7)], [.pods(189)]) { $0.goals.headroom = 0.2 }
        #expect(wary.findings.map(\.code) == [.headroom] && wary.findings[0].problem.contains("keeps 41 addresses free"))
    }

    // MARK: - Events

    /// Formula 27: of 100 pods 25 come first and as many go, 5 a second, each for 30 s and then 30 s of cooldown.
    @Test func aRollHoldsAddressesOfPodsThatComeThatEndAndThatEnded() {
        let plan = plan(
            Self.roomy, .init(targets: .addresses(1)), [.test("m5.large", nodes: 20)], [.pods(100)], [.rollingUpdate(workload: "web")])
        let peak = plan.situations[1]
        #expect(peak.pods == 100 + 25 + 100, "at 5 a second, 30 s are more than all of them")
        #expect(peak.name == "rolling-update web" && peak.total.singles > plan.steady.total.singles)
    }

    @Test func aSlowRollEndsAFewPodsAtATime() {
        var web = PlanScenario.Workload.pods(100)
        web.rollout = .init(surge: .count(1), unavailable: .count(0), ready: .seconds(30))
        let plan = plan(Self.roomy, .init(targets: .addresses(1)), [.test("m5.large", nodes: 20)], [web], [.rollingUpdate(workload: "web")])
        #expect(plan.situations[1].pods == 102)
        // One more that comes, one that ends and one address that cools.
        #expect(plan.situations[1].total.addresses == plan.steady.total.addresses + 3)
    }

    @Test func podsThatComeAndGoHoldAddressesForAWhileLonger() {
        var jobs = PlanScenario.Workload.pods(50, "jobs")
        jobs.arrivalsPerSecond = 0.5
        let plan = plan(Self.roomy, .init(targets: .addresses(1)), [.test("m5.large", nodes: 20)], [jobs])
        #expect(plan.steady.pods == 65)
        // 15 addresses cool; 20 nodes have an ENI and a warm address each.
        #expect(plan.steady.total.addresses == 65 + 15 + 40)
    }

    @Test func anUpgradeAddsWhatItsSurgeDraws() {
        let groups = [PlanScenario.NodeGroup.test("m5.large", nodes: 10, surge: .percent(15))]
        let plan = plan(Self.roomy, .init(), groups, [.pods(180)], [.nodeUpgrade(group: "general"), .blueGreen(group: "general")])
        // 18 pods and a spare ENI: 30 addresses a node; two nodes more, or ten.
        #expect(plan.situations.map(\.total.addresses) == [300, 360, 600] && plan.situations.map(\.nodes) == [10, 12, 20])
        #expect(plan.situations[1].calls == EC2Calls(newENIs: 4, assigns: 2))
    }

    @Test func aLostZoneIsTakenOverByTheOthers() {
        let zones = ["zone-a", "zone-b", "zone-c"]
        let subnets = zones.enumerated().map { PlanScenario.Subnet.test("subnet-0\($1)", .test(UInt8($0), 24), zone: $1) }
        let groups = [PlanScenario.NodeGroup.test("m5.large", nodes: 24, zones: zones)]
        let plan = plan(subnets, .init(), groups, [.pods(240)], [.zoneLoss(zone: "zone-b")])
        #expect(subnets.map { plan.steady.demands[$0.id]?.addresses } == [240, 240, 240])
        let lost = plan.situations[1]
        #expect(subnets.map { lost.demands[$0.id]?.addresses } == [360, nil, 360] && lost.nodes == 24)
        #expect(plan.findings.count == 2 && plan.findings.allSatisfy { $0.code == .subnetFull && $0.situations == ["zone-loss zone-b"] })
        #expect(self.plan(subnets, .init(), groups, [.pods(240)]).findings.map(\.code) == [.zoneShare, .zoneShare, .zoneShare])
    }

    /// Formula 35, with what the facts about EC2 say of it.
    @Test(arguments: [(50, 0.0), (150, 20), (500, 90), (1000, 190), (5000, 990)])
    func newENIsWaitForTheBucketOfTheAccount(enis: Int, seconds: Double) {
        let throttle = EC2Calls(newENIs: enis, assigns: 0).throttle(in: .init())
        #expect(throttle.seconds == seconds && throttle.operation == (seconds > 0 ? .attachNetworkInterface : nil))
    }

    @Test func whereOthersUseUpABucketNothingEverComesThrough() {
        let events = [PlanScenario.Event.scaleOut(group: "general", nodes: 100)]
        let plan = plan(Self.roomy, .init(), [.test("m5.large", nodes: 10)], [.pods(100)], events) {
            $0.cloud.buckets[.attachNetworkInterface] = .init(burst: 50, perSecond: 5, othersPerSecond: 5)
        }
        #expect(plan.situations[1].seconds == nil && plan.findings.contains { $0.code == .throttled } && !plan.fits)
    }

    @Test func aNodeOfIPv6AsksForItsPrefixAlone() {
        let plan = plan(
            Self.roomy, .init(addressing: .ipv6), [.test("m5.large", nodes: 10)], [.pods(500)], [.scaleOut(group: "general", nodes: 200)])
        #expect(plan.situations[1].calls == EC2Calls(ipv6Assigns: 200))
        // The bucket has 100 calls, and 5 come to it in a second; then an assignment takes its time.
        #expect(plan.situations[1].throttledBy == .assignIPv6Addresses && plan.situations[1].seconds == 20 + 1)
    }

    @Test func theTimeOfAScaleOutIsThatOfItsCallsAndOfAnENI() {
        let plan = plan(Self.roomy, .init(), [.test("m5.large", nodes: 10)], [.pods(100)], [.scaleOut(group: "general", nodes: 100)])
        // Ten pods on a node need a second ENI and one to spare.
        #expect(plan.situations[1].calls.newENIs == 200 && plan.situations[1].seconds == 30 + 10)
    }

    @Test func anOutageIsOutlivedByWhatIsWarm() {
        var jobs = PlanScenario.Workload.pods(10, "jobs")
        jobs.arrivalsPerSecond = 0.1
        let networking = PlanScenario.Networking(targets: .addresses(2), cooldown: .zero)
        let plan = plan(Self.roomy, networking, [.test("m5.large", nodes: 10)], [jobs], [.outage(.seconds(600)), .outage(.seconds(60))])
        #expect(plan.steady.warm == 20)
        #expect(plan.situations[1].blocked == 40 && plan.situations[2].blocked == 0)
        #expect(plan.fits && plan.findings.map(\.code) == [.outage])
    }

    @Test func anUpgradeOfTheClusterTakesItsENIsTwice() {
        let plan = plan(Self.roomy, .init(), [.test("m5.large", nodes: 1)], [], [.clusterUpgrade]) {
            $0.controlPlane = .init(subnets: [$0.subnets[0].id])
        }
        #expect(plan.situations.map(\.total.addresses) == [14, 18])
    }

    // MARK: - Quotas

    @Test func quotasAreToldFromFourFifthsOn() {
        func codes(_ change: (inout PlanScenario) -> Void) -> [String] {
            plan(Self.roomy, .init(), [.test("m5.large", nodes: 10)], [.pods(180)], change: change).findings
                .map { "\($0.code.rawValue) \($0.gravity.rawValue)" }
        }
        // 30 ENIs, and 300 addresses with 20 ENIs beside the first ones.
        #expect(codes { _ in } == [])
        #expect(codes { $0.cloud.enisMax = 35 } == ["eni-quota warning"])
        #expect(codes { $0.cloud.enisMax = 29 } == ["eni-quota fault"])
        #expect(codes { $0.cloud.unitsMax = 320 } == ["nau-quota warning"])
        #expect(codes { $0.cloud.unitsMax = 319 } == ["nau-quota fault"])
    }

    @Test func aTypeWithoutPrefixesIsToldAndReckonedWithSingleAddresses() {
        let plan = plan(Self.roomy, .init(addressing: .prefix), [.test("m4.large", nodes: 2)], [.pods(10)])
        #expect(plan.findings.map(\.code) == [.singleAddresses] && plan.fits && plan.steady.total.blocks == 0)
    }

    @Test func nodesThatComeAndGoAllTheTimeNeedCallsAllTheTime() {
        var group = PlanScenario.NodeGroup.test("m5.large", nodes: 1000)
        group.lifetime = .seconds(300)
        let plan = plan(Self.roomy, .init(), [group], [.pods(10_000)])
        #expect(plan.findings.contains { $0.code == .throttled && $0.place == "AttachNetworkInterface" })
    }
}
