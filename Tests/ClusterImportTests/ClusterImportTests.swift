import Addressing
import CapacityPlanner
import ClusterImport
import IPAMEngine
import InstanceTypes
import NodeConfiguration
import PlanFile
import SeededRandom
import Testing

@Suite struct ClusterImportTests {
    @Test(arguments: UInt64(1)...300) func whatIsImportedIsReadFromItsFileAsItWasMeant(seed: UInt64) throws {
        let made = SnapshotMaker(seed: seed)
        let imported = try ClusterImport(made.cloud, made.kubernetes)
        let text = PlanFile.yaml(imported.scenario, vpc: imported.vpcBlocks, remarks: imported.remarks)
        let read: PlanScenario
        do {
            read = try PlanFile.scenario(yaml: text, file: "import.yaml")
        } catch {
            Issue.record("seed \(seed): \(error)\n\(text)")
            return
        }
        #expect(read == imported.scenario, "seed \(seed)\n\(text)")
        #expect(Dictionary(uniqueKeysWithValues: read.nodeGroups.map { ($0.name, $0.desired) }).allSatisfy { made.nodesOfGroup[$0] == $1 })
        for subnet in read.subnets {
            let others = made.others[subnet.id] ?? []
            guard !others.isEmpty else {
                #expect(subnet.used == .count(0), "seed \(seed), \(subnet.id)")
                continue
            }
            guard case .these(let blocks) = subnet.used else {
                Issue.record("seed \(seed): \(subnet.id) has a number though every ENI was told of")
                continue
            }
            #expect(Set(blocks.flatMap { Array($0.addresses) }) == others, "seed \(seed), \(subnet.id)")
        }
    }

    // MARK: - One thing each

    private static let subnet = SubnetID(unchecked: "subnet-0a")

    private static func cloud(free: Int? = nil, others: [CloudSnapshot.Interface] = []) -> CloudSnapshot {
        CloudSnapshot(
            subnets: [
                CloudSnapshot.Subnet(
                    id: subnet, zone: "zone-a", block: IPv4CIDR("10.0.0.0/24") ?? IPv4CIDR(host: IPv4Address(bits: 0)), freeAddresses: free)
            ],
            interfaces: [
                CloudSnapshot.Interface(
                    id: "eni-1", subnet: subnet, addresses: [IPv4Address(10, 0, 0, 9)], instance: "i-1", deviceIndex: 0)
            ] + others,
            instances: [CloudSnapshot.Instance(id: "i-1", type: "m5.large", zone: "zone-a", tags: ["kubernetes.io/cluster/shop": "owned"])])
    }

    private static func nodes(_ labels: [String: String] = [:], podsMax: Int? = 29) -> ClusterSnapshot {
        ClusterSnapshot(nodes: [ClusterSnapshot.Node(name: "n1", instance: "i-1", labels: labels, podsMax: podsMax)])
    }

    private static func remarks(_ imported: ClusterImport) -> String { imported.remarks.map(\.text).joined(separator: "\n") }

    @Test func addressesThatNoENIExplainsAreANumber() throws {
        let other = CloudSnapshot.Interface(id: "eni-2", subnet: Self.subnet, addresses: [IPv4Address(10, 0, 0, 40)])
        let known = try ClusterImport(Self.cloud(free: 249, others: [other]), Self.nodes())
        #expect(known.scenario.subnets[0].used == .these([IPv4CIDR(host: IPv4Address(10, 0, 0, 40))]))
        let unknown = try ClusterImport(Self.cloud(free: 242, others: [other]), Self.nodes())
        #expect(unknown.scenario.subnets[0].used == .count(8))
        #expect(Self.remarks(unknown).contains("EC2 counts 9 addresses in use, and ENIs explain 2: 7 at unknown places"))
    }

    @Test func withoutENIsNothingIsSaidOfOthersButThatNobodyKnows() throws {
        var cloud = Self.cloud(free: 200)
        cloud.interfaces = []
        cloud.instances[0].subnet = Self.subnet
        let imported = try ClusterImport(cloud, Self.nodes())
        #expect(imported.scenario.subnets[0].used == .count(0))
        #expect(Self.remarks(imported).contains("Assumed: others hold nothing, as no ENIs were told. EC2 counts 51 addresses in use"))
    }

    @Test func withoutKubernetesTheTagsSayWhichInstancesAreNodes() throws {
        let imported = try ClusterImport(Self.cloud(), ClusterSnapshot())
        #expect(imported.scenario.nodeGroups.map(\.name) == ["m5.large"] && imported.scenario.workloads.isEmpty)
        #expect(Self.remarks(imported).contains("the 1 instances with the tags of cluster shop are taken"))
        #expect(throws: ClusterImport.Failure.self) { try ClusterImport(Self.cloud(), ClusterSnapshot(), cluster: "other") }
    }

    @Test func whatCannotBePlannedIsRefusedWithARemedy() {
        var cloud = Self.cloud()
        cloud.instances[0].type = "x9.unknown"
        #expect(throws: ClusterImport.Failure.self) { try ClusterImport(cloud, Self.nodes()) }
        #expect(throws: ClusterImport.Failure.self) { try ClusterImport(CloudSnapshot(), Self.nodes()) }
        #expect(throws: ClusterImport.Failure.self) { try ClusterImport(CloudSnapshot(), ClusterSnapshot()) }
        var two = Self.cloud()
        two.instances.append(
            CloudSnapshot.Instance(id: "i-2", type: "m5.large", zone: "zone-a", tags: ["kubernetes.io/cluster/b": "owned"]))
        #expect(throws: ClusterImport.Failure.self) { try ClusterImport(two, ClusterSnapshot()) }
        #expect(throws: Never.self) { try ClusterImport(two, ClusterSnapshot(), cluster: "shop") }
    }

    @Test func theCNIsVariablesSayTheModeAndTheTargets() throws {
        var cluster = Self.nodes()
        cluster.cni = ClusterSnapshot.CNI(
            name: ClusterSnapshot.Name("kube-system", "aws-node"),
            environment: [
                "ENABLE_PREFIX_DELEGATION": "true", "WARM_IP_TARGET": "5", "MINIMUM_IP_TARGET": "0", "MAX_ENI": "2", "ENABLE_POD_ENI": "1",
            ], elsewhere: ["WARM_PREFIX_TARGET"])
        let imported = try ClusterImport(Self.cloud(), cluster)
        #expect(
            imported.scenario.networking
                == PlanScenario.Networking(addressing: .prefix, targets: WarmTargets(addresses: 5), enisMax: 2, hasTrunk: true))
        #expect(Self.remarks(imported).contains("Unknown, and so left at the default: WARM_PREFIX_TARGET"))
    }

    @Test func aWorkloadRunsWhereNodesHaveWhatItAsksFor() throws {
        var cloud = Self.cloud()
        cloud.instances.append(CloudSnapshot.Instance(id: "i-2", type: "m5.large", zone: "zone-a", subnet: Self.subnet))
        var cluster = Self.nodes(["karpenter.sh/nodepool": "general"])
        cluster.nodes.append(
            ClusterSnapshot.Node(
                name: "n2", instance: "i-2", labels: ["karpenter.sh/nodepool": "gpu", "kind": "gpu"],
                taints: [ClusterSnapshot.Taint(key: "gpu", value: "yes", effect: "NoSchedule")]))
        func workload(_ name: String, _ constraint: ClusterSnapshot.Constraint) {
            cluster.controllers.append(
                ClusterSnapshot.Controller(
                    kind: .deployment, name: ClusterSnapshot.Name("a", name), replicas: 2, constraint: constraint))
        }
        workload("anywhere", ClusterSnapshot.Constraint(tolerations: [ClusterSnapshot.Toleration()]))
        workload("intolerant", ClusterSnapshot.Constraint())
        workload(
            "picky",
            ClusterSnapshot.Constraint(
                affinity: [[ClusterSnapshot.Requirement(key: "kind", relation: .isIn, values: ["gpu", "tpu"])]],
                tolerations: [ClusterSnapshot.Toleration(key: "gpu", value: "yes")]))
        workload("lost", ClusterSnapshot.Constraint(labels: ["kind": "fpga"]))
        let imported = try ClusterImport(cloud, cluster)
        #expect(imported.scenario.workloads.map(\.name) == ["anywhere", "intolerant", "lost", "picky"])
        #expect(imported.scenario.workloads.map(\.nodeGroups) == [[], ["general"], [], ["gpu"]])
        #expect(imported.remarks.contains { $0.place == .workload("lost") && $0.text.hasPrefix("Assumed: every group") })
    }

    @Test func moreWorkloadsThanAFileTakesAreWrittenTogetherWithoutLosingAPod() throws {
        var cluster = Self.nodes()
        for number in 0..<2500 {
            cluster.controllers.append(
                ClusterSnapshot.Controller(
                    kind: .deployment, name: ClusterSnapshot.Name("a", "d\(number)"), replicas: number % 7, isHostNetwork: number % 2 == 0))
        }
        let imported = try ClusterImport(Self.cloud(), cluster)
        let pods = imported.scenario.workloads.reduce(0) { if case .pods(let count) = $1.size { $0 + count } else { $0 } }
        #expect(imported.scenario.workloads.count == 502)
        #expect(pods == (0..<2500).reduce(0) { $0 + $1 % 7 })
        let text = PlanFile.yaml(imported.scenario, remarks: imported.remarks)
        #expect(try PlanFile.scenario(yaml: text, file: "import.yaml") == imported.scenario)
    }
}
