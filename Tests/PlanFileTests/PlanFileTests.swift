import Addressing
import CapacityPlanner
import Foundation
import IPAMEngine
import InstanceTypes
import NodeConfiguration
import PlanFile
import Testing

@Suite struct PlanFileTests {
    static let whole = """
        subnets:
          - {id: subnet-0a, zone: zone-a, cidr: 10.0.0.0/20, used: 40}
          - {id: subnet-0b, zone: zone-b, cidr: 10.0.16.0/20}
          - {id: subnet-0c, zone: zone-a, cidr: 10.0.32.0/20, purpose: pods}
        networking:
          mode: prefix
          settings: {WARM_PREFIX_TARGET: 2}
        nodeGroups:
          - name: general
            instanceTypes: [m5.large]
            nodes: {min: 1, desired: 4, max: 9}
            surge: 10%
        workloads:
          - {name: web, pods: 60, rollout: {maxSurge: 2}}
          - {name: logs, daemonSet: true, network: host}
        events:
          - rollingUpdate: web
          - zoneLoss: zone-b
        """

    private func scenario(_ yaml: String) throws -> PlanScenario { try PlanFile.scenario(yaml: yaml, file: "plan.yaml") }

    private func faults(_ yaml: String) -> [String] {
        do throws(ConfigurationFaults) {
            _ = try PlanFile.scenario(yaml: yaml, file: "plan.yaml")
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func aPlanIsReadAsItIsWritten() throws {
        let scenario = try scenario(Self.whole)
        #expect(scenario.subnets.map(\.id.rawValue) == ["subnet-0a", "subnet-0b", "subnet-0c"])
        #expect(scenario.subnets.map(\.used) == [.count(40), .count(0), .count(0)])
        #expect(scenario.subnets.map(\.purpose) == [.nodes, .nodes, .pods])
        #expect(scenario.networking.addressing == .prefix && scenario.networking.targets.prefixes == 2)
        let group = try #require(scenario.nodeGroups.first)
        #expect((group.least, group.desired, group.most) == (1, 4, 9) && group.surge == .percent(10))
        #expect(group.zones == ["zone-a", "zone-b"] && group.types.map(\.type.name) == ["m5.large"])
        #expect(scenario.workloads.map(\.size) == [.pods(60), .everyNode] && scenario.workloads.map(\.network) == [.pod, .host])
        #expect(scenario.workloads[0].rollout.surge == .count(2) && scenario.workloads[0].rollout.unavailable == .percent(25))
        #expect(scenario.events == [.rollingUpdate(workload: "web"), .zoneLoss(zone: "zone-b")])
    }

    @Test func aWorkloadHasAsManyPodsAsComeInALifetime() throws {
        let yaml = Self.whole.replacing("pods: 60, rollout: {maxSurge: 2}", with: "arrivalsPerSecond: 0.5, lifetimeSeconds: 601")
        #expect(try scenario(yaml).workloads[0].size == .pods(301))
    }

    @Test func typesMayHaveWeights() throws {
        let yaml = Self.whole.replacing("[m5.large]", with: "{m5.large: 3, m5.xlarge: 1}")
        #expect(try scenario(yaml).nodeGroups[0].types.map(\.weight) == [3, 1])
    }

    /// One thing wrong, and how it is told.
    static let mistakes: [(text: String, other: String, fault: String)] = [
        (
            "10.0.16.0/20", "10.0.0.0/24",
            "plan.yaml:3: subnet subnet-0b with 10.0.0.0/24 overlaps subnet-0a with 10.0.0.0/20. Give it a block of its own"
        ),
        ("10.0.16.0/20", "10.0.16.0/30", "plan.yaml:3: \"cidr\" is \"10.0.16.0/30\". Give an IPv4 block of length 16 to 28"),
        ("10.0.16.0/20", "10.0.16.1/20", "plan.yaml:3: \"cidr\" is \"10.0.16.1/20\""),
        ("used: 40", "used: -40", "plan.yaml:2: \"used\" is \"-40\". Give a whole number from 0 to 4091"),
        ("used: 40", "usedAddresses: [10.0.16.1]", "plan.yaml:2: \"usedAddresses\" is \"10.0.16.1\". Give an address or a block inside"),
        (
            "used: 40", "usedAddresses: [10.0.0.8, 10.0.0.0/28]",
            "plan.yaml:2: \"usedAddresses\" has 10.0.0.8/32, which overlaps 10.0.0.0/28"
        ),
        ("used: 40", "reservations: [{cidr: 10.0.0.0/21, type: shared}]", "plan.yaml:2: \"type\" is \"shared\". Give prefix or explicit"),
        ("id: subnet-0b", "id: subnet-0a", "plan.yaml:3: the id \"subnet-0a\" is given to two subnets"),
        ("purpose: pods", "purpose: both", "plan.yaml:4: \"purpose\" is \"both\". Give nodes or pods"),
        ("mode: prefix", "mode: overlay", "plan.yaml:6: \"mode\" is \"overlay\". Give secondary, prefix, ipv6, dual or dual-prefix"),
        ("mode: prefix", "mode: ipv6", "has no IPv6, and mode is ipv6. Give it ipv6: true"),
        ("mode: prefix", "customNetworking: true", "customNetworking is true, and zone-b has no subnet with purpose: pods"),
        (
            "WARM_PREFIX_TARGET: 2", "WARM_PREFIX_TARGE: 2",
            "plan.yaml:7: WARM_PREFIX_TARGE is no setting that a plan goes by. Did you mean WARM_PREFIX_TARGET?"
        ),
        ("WARM_PREFIX_TARGET: 2", "WARM_PREFIX_TARGET: -2", "plan.yaml:7: WARM_PREFIX_TARGET is \"-2\". Set it to a whole number"),
        ("m5.large", "m5.larg", "plan.yaml:10: \"m5.larg\" is no instance type that is known. Did you mean m5.large"),
        ("max: 9", "max: 3", "plan.yaml:11: nodes are 1 at least, 4 desired and 3 at most. Let min, desired and max rise"),
        ("desired: 4", "desired: -4", "plan.yaml:11: \"desired\" is \"-4\". Give a whole number from 0 to 100000"),
        ("surge: 10%", "surge: 101%", "plan.yaml:12: \"surge\" is \"101%\". Give a whole number"),
        ("surge: 10%", "reservedENIs: 3", "plan.yaml:12: m5.large has 3 ENIs, of which none is left for pods"),
        ("surge: 10%", "zones: [zone-q]", "plan.yaml:12: \"zones\" names no zone with a subnet for nodes \"zone-q\". Did you mean zone-a?"),
        ("pods: 60", "pods: -60", "plan.yaml:14: \"pods\" is \"-60\""),
        ("pods: 60,", "", "plan.yaml:14: nothing says how many pods there are. Give pods, or daemonSet: true"),
        ("pods: 60", "pods: 60, daemonSet: true", "plan.yaml:14: a DaemonSet has a pod on each node"),
        ("network: host", "network: branch-eni", "plan.yaml:15: \"network\" is branch-eni, and nodes have no trunk"),
        ("name: logs", "name: web", "plan.yaml:15: the name \"web\" is given to two workloads"),
        ("rollingUpdate: web", "rollingUpdate: wep", "plan.yaml:17: \"rollingUpdate\" names no workload \"wep\". Did you mean web?"),
        ("zoneLoss: zone-b", "earthquake: zone-b", "plan.yaml:18: \"earthquake\" is not a known field"),
        ("zoneLoss: zone-b", "zoneLoss: zone-b\n    clusterUpgrade: true", "plan.yaml:18: an entry has 2 events"),
        ("- zoneLoss: zone-b", "- scaleOut: {nodeGroup: general, nodes: 0}", "plan.yaml:18: \"nodes\" is \"0\""),
        ("- zoneLoss: zone-b", "- ec2OutageSeconds: .inf", "plan.yaml:18: \"ec2OutageSeconds\" is \".inf\""),
        ("- zoneLoss: zone-b", "- ec2OutageSeconds: nan", "plan.yaml:18: \"ec2OutageSeconds\" is \"nan\""),
        ("events:", "goals: {headroom: 99%}\nevents:", "plan.yaml:16: \"headroom\" is \"99%\". Give a share from 0% to 90%"),
        (
            "events:", "ec2: {buckets: {AttachNetworkInterfaces: {}}}\nevents:",
            "\"AttachNetworkInterfaces\" is no call that is known. Did you mean Attach"
        ),
        (
            "events:", "vpc: {cidrs: [10.0.0.0/19]}\nevents:",
            "plan.yaml:4: subnet subnet-0c with 10.0.32.0/20 is outside the VPC with 10.0.0.0/19"
        ),
        ("events:", "subnets: []\nevents:", "is given twice. Keep one"),
        ("mode: prefix", "mode: &anchor prefix", "plan.yaml:6: anchors (&name) and aliases (*name) are not taken. Write the value out"),
        ("mode: prefix", "mode: *alias", "plan.yaml:6: found undefined alias"),
    ]

    @Test(arguments: mistakes) func aMistakeIsToldWithItsLineAndARemedy(text: String, other: String, fault: String) {
        let faults = faults(Self.whole.replacing(text, with: other))
        #expect(faults.contains { $0.contains(fault) }, "\(faults)")
    }

    @Test func everyFaultIsToldAtOnceByLine() {
        let yaml = Self.whole.replacing("used: 40", with: "used: x").replacing("m5.large", with: "m5").replacing(
            "pods: 60", with: "pods: x")
        #expect(faults(yaml).map { $0.prefix { $0 != " " } } == ["plan.yaml:2:", "plan.yaml:10:", "plan.yaml:14:"], "\(faults(yaml))")
    }

    @Test(arguments: ["", "just text", "[]", "subnets: 3", "a: [", "\t", "subnets: {a: b}\nnodeGroups: 1", "\u{0}", "--- a\n--- b"])
    func whatIsNoPlanIsRefused(yaml: String) {
        #expect(!faults(yaml).isEmpty)
    }

    /// Each would be exponential, endless or immense in a reader that takes what it is given.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n? *c\n: d", "a: &a [*a]", "# comment\r&a [*a]",
            "a: {b:&b [x,x], c:*b}", String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000),
            "a: \(String(repeating: "&x ", count: 200_000))", String(repeating: "x: &a b\n", count: 100_000),
            String(repeating: "*a ", count: 300_000), String(repeating: "x", count: PlanFile.bytesMax + 1),
            "subnets:\n" + String(repeating: "- {id: subnet-0, zone: z, cidr: 10.0.0.0/16}\n", count: 20_000) + "nodeGroups: []",
            (0..<60_000).map { "k\($0): 1" }.joined(separator: "\n"), "vpc: \(String(repeating: "x", count: 900_000))",
            "subnets:\n- {id: subnet-0, zone: z, cidr: 10.0.0.0/16}\nnodeGroups:\n" + String(repeating: "- {}\n", count: 100_000),
        ])
    func nonsenseIsRefusedInBoundedTime(yaml: String) {
        let faults = faults(yaml)
        #expect((1...101).contains(faults.count) && faults.allSatisfy { $0.hasPrefix("plan.yaml") && $0.utf8.count < 1000 })
    }

    @Test func anAmpersandInAWordOrACommentIsNoAnchor() throws {
        let yaml =
            "# R&D &more\n"
            + Self.whole.replacing("name: web", with: "name: R&D & web").replacing("rollingUpdate: web", with: "rollingUpdate: R&D & web")
        #expect(try scenario(yaml).workloads[0].name == "R&D & web")
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func theExampleIsTheFileInTheRepositoryAndCanBePlanned() throws {
        let file = Self.root.appending(path: "Examples/plan.yaml")
        #expect(try String(contentsOf: file, encoding: .utf8) == PlanFile.example)
        let plan = CapacityPlan(try scenario(PlanFile.example))
        #expect(plan.fits && plan.situations.count == 11)
    }
}
