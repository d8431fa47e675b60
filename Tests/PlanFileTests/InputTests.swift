import Addressing
import CapacityPlanner
import IPAMEngine
import NodeConfiguration
import PlanFile
import Testing

/// What a file may say beside nodes and pods.
@Suite struct InputTests {
    private static let whole = """
        subnets:
          - {id: subnet-0a, zone: zone-a, cidr: 10.0.0.0/24, used: 4}
        networking:
          mode: secondary
        nodeGroups:
          - {name: general, instanceTypes: [m5.xlarge], nodes: 4}
        workloads:
          - {name: web, pods: 60}
        events:
          - nodeUpgrade: general
        goals:
          headroom: 0%
        """

    private func scenario(_ text: String = "", _ other: String = "") throws -> PlanScenario {
        let yaml = Self.whole.replacing(text, with: other)
        #expect(text.isEmpty || yaml != Self.whole)
        return try PlanFile.scenario(yaml: yaml, file: "plan.yaml")
    }

    private func faults(_ text: String, _ other: String) -> [String] {
        do {
            _ = try scenario(text, other)
            return []
        } catch {
            return (error as? ConfigurationFaults)?.faults.map(\.description) ?? ["\(error)"]
        }
    }

    @Test func tenantsHaveNamesCountsAndGrowth() throws {
        let subnet = try scenario("used: 4", "tenants: [{name: lb, addresses: 40, growthPerDay: 0.5}, {name: db, addresses: 3}]").subnets[0]
        #expect(subnet.tenants == [.init(name: "lb", addresses: 40, growthPerDay: 0.5), .init(name: "db", addresses: 3)])
        #expect(subnet.others == 43 && subnet.growthPerDay == 0.5)
    }

    /// 30% of 251 are 75.3.
    @Test func anOccupancyIsAShareOfWhatAWSLeaves() throws {
        #expect(try scenario("used: 4", "occupancy: {share: 30%}").subnets[0].used == .count(76))
        #expect(try scenario("used: 4", "occupancy: {share: 0%, spread: packed}").subnets[0].used.count == 0)
        #expect(try scenario("used: 4", "occupancy: {share: 100%, spread: packed}").subnets[0].used.count == 251)
    }

    /// From the fifth address on, in aligned blocks, around what is reserved.
    @Test func packedAddressesLieInTheBeginning() throws {
        let packed = try scenario("used: 4", "occupancy: {share: 30%, spread: packed}").subnets[0]
        let blocks = ["10.0.0.4/30", "10.0.0.8/29", "10.0.0.16/28", "10.0.0.32/27", "10.0.0.64/28"].compactMap { IPv4CIDR($0) }
        #expect(packed.used == .these(blocks) && packed.used.count == 76)
        let around = try scenario(
            "used: 4", "occupancy: {share: 4%, spread: packed}, reservations: [{cidr: 10.0.0.0/28, type: prefix}]"
        ).subnets[0]
        #expect(around.used == .these(["10.0.0.16/29", "10.0.0.24/31", "10.0.0.26/32"].compactMap { IPv4CIDR($0) }))
        #expect(SubnetSpace(packed).blocks(afterSingles: 0) == 15 - 5)
    }

    @Test func peersHaveTheirOwnSettings() throws {
        func preset(_ text: String) throws -> PlanScenario.Networking { try scenario("mode: secondary", text).networking }
        #expect(try preset("preset: vpc-cni").preset == .vpcCNI)
        #expect(try preset("preset: cilium").preset == .cilium(.init()))
        #expect(
            try preset("preset: cilium\n  cilium: {preAllocate: 16, minAllocate: 10, maxAboveWatermark: 4}").preset
                == .cilium(.init(preAllocate: 16, minAllocate: 10, maxAboveWatermark: 4)))
        #expect(try preset("preset: azure\n  azure: {batch: 8, free: 150%}").preset == .azure(.init(batch: 8, freePercent: 150)))
        let auto = try preset("preset: auto-mode")
        #expect(auto.preset == .autoMode && auto.addressing == .prefix && auto.targets.prefixes == 1 && !auto.runsBerthsEngine)
        #expect(try preset("allocation: random").allocation == .random)
    }

    @Test func groupsHaveENIsThatCarryNoPods() throws {
        let group = try scenario("[m5.xlarge], nodes: 4", "[p5.48xlarge], nodes: 4, furtherCardENIs: 62").nodeGroups[0]
        #expect(group.furtherCardENIs == 62)
        #expect(try scenario("nodes: 4", "nodes: 4, efaOnlyENIs: 3").nodeGroups[0].efaOnlyENIs == 3)
    }

    @Test func workloadsComeAndGoInManyWays() throws {
        func web(_ text: String) throws -> PlanScenario.Workload { try scenario("pods: 60", text).workloads[0] }
        #expect(try web("pods: 60, hpa: {min: 3, max: 90}").scale == 3...90)
        #expect(try web("hpa: {min: 3, max: 90}").size == .pods(3))
        let burst = try web("burst: {pods: 10, everySeconds: 60}, lifetimeSeconds: 90, arrivalsPerSecond: 0.1")
        // Nine that came one by one, and two bursts.
        #expect(burst.size == .pods(9 + 20) && burst.burst == .init(pods: 10, every: .seconds(60)) && burst.lifetime == .seconds(90))
        #expect(try web("pods: 60, lifetimeSeconds: 60, lifetimes: fixed").lifetimes == .fixed)
        #expect(try web("pods: 60, lifetimeSeconds: 60, lifetimes: log-normal").lifetimes == .logNormal(sigma: 1))
        #expect(try web("pods: 60, lifetimeSeconds: 60, lifetimes: {logNormalSigma: 1.5}").lifetimes == .logNormal(sigma: 1.5))
    }

    @Test func furtherEventsAreRead() throws {
        func event(_ text: String) throws -> PlanScenario.Event { try scenario("nodeUpgrade: general", text).events[0] }
        #expect(try event("massRestart: true") == .massRestart)
        #expect(try event("consolidation: general") == .consolidation(group: "general", nodes: .percent(10)))
        #expect(try event("consolidation: {nodeGroup: general, nodes: 2}") == .consolidation(group: "general", nodes: .count(2)))
        let scaled = Self.whole.replacing("pods: 60", with: "pods: 60, hpa: {min: 3, max: 90}").replacing(
            "nodeUpgrade: general", with: "autoscalersAtMost: true")
        #expect(try PlanFile.scenario(yaml: scaled, file: "plan.yaml").events == [.autoscalersAtMost])
    }

    @Test func goalsAreRead() throws {
        let goals = try scenario(
            "headroom: 0%", "missProbability: 0.5%\n  waitP99Seconds: 2.5\n  addressCost: {perMonth: 3.65, currency: EUR}"
        ).goals
        #expect(goals.missProbability == 0.005 && goals.waitP99 == .milliseconds(2500))
        #expect(goals.addressCost == .init(perMonth: 3.65, currency: "EUR"))
    }

    /// One thing wrong, and how it is told.
    static let mistakes: [(text: String, other: String, fault: String)] = [
        ("used: 4", "used: 4, usedAddresses: [10.0.0.9]", "plan.yaml:2: \"used\" and \"usedAddresses\" are given together. Keep one"),
        ("used: 4", "used: 4, occupancy: {share: 3%}", "plan.yaml:2: \"used\" and \"occupancy\" are given together. Keep one"),
        ("used: 4", "occupancy: {share: 101%}", "plan.yaml:2: \"share\" is \"101%\". Give a share from 0.0% to 100.0%"),
        ("used: 4", "occupancy: {share: nan%}", "\"share\" is \"nan%\""),
        ("used: 4", "occupancy: {share: 1%, spread: even}", "\"spread\" is \"even\". Give random or packed"),
        (
            "used: 4", "used: 4, tenants: [{name: a, addresses: 248}]",
            "plan.yaml:2: tenants and others have 252 addresses, and 10.0.0.0/24 has 251"
        ),
        ("used: 4", "tenants: [{name: a, addresses: -1}]", "plan.yaml:2: \"addresses\" is \"-1\""),
        ("used: 4", "tenants: [{name: a, addresses: 1}, {name: a, addresses: 1}]", "the name \"a\" is given to two tenants"),
        ("used: 4", "tenants: [{name: a, addresses: 1, growthPerDay: .inf}]", "\"growthPerDay\" is \".inf\""),
        ("mode: secondary", "preset: calico", "plan.yaml:4: \"preset\" is \"calico\". Give berth, cilium, azure, vpc-cni or auto-mode"),
        ("mode: secondary", "cilium: {}", "\"cilium\" is given, and preset is berth. Set preset to cilium, or remove it"),
        ("mode: secondary", "preset: cilium\n  settings: {WARM_IP_TARGET: 1}", "plan.yaml:5: \"settings\" are of Berth and the VPC CNI"),
        ("mode: secondary", "preset: auto-mode\n  podENI: true", "plan.yaml:5: EKS Auto Mode has no \"podENI\""),
        ("mode: secondary", "mode: ipv6\n  preset: auto-mode", "plan.yaml:4: EKS Auto Mode takes prefixes, and mode is ipv6"),
        ("nodes: 4", "nodes: 4, efaOnlyENIs: 4", "plan.yaml:6: m5.xlarge has 4 ENIs, of which none is left for pods"),
        (
            "nodes: 4", "nodes: 4, furtherCardENIs: 1",
            "m5.xlarge has 1 network card, the further ones with 0 ENIs, and 1 are wanted. Give at most 0"
        ),
        ("pods: 60", "pods: 60, hpa: {min: 90, max: 3}", "plan.yaml:8: an autoscaler has 90 pods at least and 3 at most"),
        ("pods: 60", "pods: 60, hpa: {min: 3, max: 30}", "plan.yaml:8: there are 60 pods, and the autoscaler has from 3 to 30"),
        ("pods: 60", "daemonSet: true, hpa: {min: 3, max: 30}", "a DaemonSet has a pod on each node, and \"hpa\" is given"),
        ("pods: 60", "pods: 60, lifetimes: fixed", "\"lifetimes\" is given, and no mean. Give lifetimeSeconds"),
        ("pods: 60", "pods: 60, burst: {pods: 0, everySeconds: 1}", "\"pods\" is \"0\""),
        ("pods: 60", "burst: {pods: 1, everySeconds: 1}", "nothing says how many pods there are"),
        (
            "nodeUpgrade: general", "autoscalersAtMost: true",
            "plan.yaml:10: \"autoscalersAtMost\" is true, and no workload has an autoscaler"
        ),
        ("nodeUpgrade: general", "consolidation: {nodeGroup: genera}", "names no node group \"genera\". Did you mean general?"),
        ("headroom: 0%", "missProbability: 0%", "plan.yaml:12: \"missProbability\" is \"0%\""),
        ("headroom: 0%", "addressCost: {perMonth: -1, currency: EUR}", "\"perMonth\" is \"-1\""),
        ("headroom: 0%", "addressCost: {perMonth: 1, currency: euro}", "\"currency\" is \"euro\". Give three capital letters"),
    ]

    @Test(arguments: mistakes) func aMistakeIsToldWithItsLineAndARemedy(text: String, other: String, fault: String) {
        let faults = faults(text, other)
        #expect(faults.contains { $0.contains(fault) }, "\(faults)")
    }
}
