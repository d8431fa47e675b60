import Addressing
import CapacityPlanner
import ClusterImport
import JSON
import SeededRandom
import SnapshotReading
import Testing

@Suite struct SnapshotReadingTests {
    @Test(arguments: UInt64(1)...8) func savedAnswersAreReadInAnyOrder(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let cloud = try SnapshotReading.aws(SavedFiles.documents(SavedFiles.aws.shuffled(using: &random)))
        #expect(cloud.vpcs.flatMap(\.blocks).map(\.description) == ["10.0.0.0/16"])
        #expect(cloud.subnets.map(\.id.rawValue) == ["subnet-0a", "subnet-0b", "subnet-0d"])
        #expect(cloud.subnets.map(\.freeAddresses) == [212, 226, 10])
        #expect(cloud.instances.map(\.id) == ["i-01", "i-02", "i-09"])
        #expect(cloud.interfaces.count == 10 && cloud.interfaces[1].prefixes.count == 2)
        #expect(cloud.interfaces[0].addresses.map(\.description) == ["10.0.0.10", "10.0.0.11", "10.0.0.12"])
        #expect(cloud.reservations.map(\.kind) == [.prefix] && cloud.clusters == ["shop"])
    }

    @Test func savedListsOfKubectlAreReadByTheirKinds() throws {
        let cluster = try SnapshotReading.kubernetes(SavedFiles.documents(SavedFiles.kubernetes))
        #expect(cluster.nodes.map(\.instance) == ["i-01", "i-02"] && cluster.nodes.map(\.podsMax) == [29, 58])
        #expect(cluster.controllers.map(\.name.description).sorted().first == "kube-system/aws-node" && cluster.controllers.count == 6)
        let web = try #require(cluster.controllers.first { $0.name.name == "web" })
        #expect(
            web.replicas == 12 && web.grace == .seconds(60) && web.constraint.labels == ["topology.kubernetes.io/zone": "eu-central-1b"])
        #expect(cluster.controllers.first { $0.kind == .daemonSet }?.rollout.unavailable == .percent(10))
        #expect(cluster.pods.count == 4 && cluster.autoscalers.map(\.most) == [30])
        #expect(cluster.cni?.environment["ENABLE_PREFIX_DELEGATION"] == "true" && cluster.cni?.elsewhere == ["MY_NODE_NAME"])
    }

    @Test func aFileGivenTwiceCountsOnce() throws {
        let once = try SnapshotReading.aws(SavedFiles.documents(SavedFiles.aws))
        #expect(try SnapshotReading.aws(SavedFiles.documents(SavedFiles.aws + SavedFiles.aws)) == once)
    }

    // MARK: - Faults

    private func faults(aws text: String) -> [String] {
        do throws(SnapshotFaults) {
            _ = try SnapshotReading.aws([("a.json", try SnapshotReading.document(Array(text.utf8), name: "a.json"))])
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    private func faults(kubernetes text: String) -> [String] {
        do throws(SnapshotFaults) {
            _ = try SnapshotReading.kubernetes([("k.json", try SnapshotReading.document(Array(text.utf8), name: "k.json"))])
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func everyFaultIsToldWithItsFileAndItsPlace() {
        let text = """
            {"Subnets": [
              {"SubnetId": "subnet-0a", "AvailabilityZone": "zone-a", "CidrBlock": "10.0.0.0/8", "AvailableIpAddressCount": -1},
              {"SubnetId": "vpc-1", "CidrBlock": 7, "Tags": {"a": "b"}}, "no object"]}
            """
        let faults = faults(aws: text)
        #expect(faults.contains("a.json .Subnets[0].CidrBlock: it is \"10.0.0.0/8\". Give an IPv4 block of length 16 to 28"))
        #expect(faults.contains("a.json .Subnets[0].AvailableIpAddressCount: it is -1. Give a whole number from 0 to 65536"))
        #expect(faults.contains("a.json .Subnets[1].SubnetId: it is \"vpc-1\". Give an identifier such as subnet-0a1b"))
        #expect(
            faults.contains("a.json .Subnets[1]: it has no AvailabilityZone. Give a text of 1 to 128 bytes there, as the tool writes it"))
        #expect(faults.contains("a.json .Subnets[1].Tags: it is an object. Give an array, as the tool writes it"))
        #expect(faults.contains { $0.hasPrefix("a.json .Subnets[2]: it has no SubnetId.") })
    }

    @Test(arguments: ["{}", "[1]", "\"text\"", "{\"Buckets\": []}", "{\"Subnets\": {}}", "{\"Subnets\": [], \"NextToken\": \"x\"}"])
    func whatIsNoAnswerOfEC2IsRefused(text: String) {
        #expect(faults(aws: text).count == 1)
    }

    @Test(arguments: [
        "{}", "[]", "{\"kind\": \"List\", \"items\": 7}", "{\"kind\": \"Node\"}", "{\"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}}",
        "{\"kind\": \"PodList\", \"metadata\": {\"continue\": \"x\"}, \"items\": []}",
    ])
    func whatIsNoObjectOfKubernetesIsRefused(text: String) {
        #expect(faults(kubernetes: text).count == 1, "\(faults(kubernetes: text))")
    }

    @Test func noMoreFaultsAreToldThanAnyoneReads() {
        let many = Array(repeating: "{}", count: 5000).joined(separator: ",")
        #expect(faults(aws: "{\"Instances\": [], \"Vpcs\": [\(many)]}").count == 101)
        #expect(faults(aws: String(repeating: "[", count: 100)).first?.hasPrefix("a.json:1: it is no JSON document") == true)
    }

    /// Damaged files end in faults or in a snapshot, and a snapshot in a plan or a refusal.
    @Test(arguments: UInt64(1)...400) func damageIsNoCrash(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let (awsNames, kubernetesNames) = (SavedFiles.aws, SavedFiles.kubernetes)
        let broken = random.below(awsNames.count + kubernetesNames.count)
        func bytes(_ name: String, _ number: Int) throws -> [UInt8] {
            let whole = try SavedFiles.bytes(name)
            return number == broken ? Self.damaged(whole, &random) : whole
        }
        do throws(SnapshotFaults) {
            let aws = try awsNames.enumerated().map { number, name throws(SnapshotFaults) in
                (name, try SnapshotReading.document((try? bytes(name, number)) ?? [], name: name))
            }
            let kubernetes = try kubernetesNames.enumerated().map { number, name throws(SnapshotFaults) in
                (name, try SnapshotReading.document((try? bytes(name, awsNames.count + number)) ?? [], name: name))
            }
            let (cloud, cluster) = (try SnapshotReading.aws(aws), try SnapshotReading.kubernetes(kubernetes))
            for map in BlockMap.all(cloud, nodes: cloud.nodes(of: nil)) { #expect(Fragmentation(map).blocks == map.blocks.count) }
            _ = try? ClusterImport(cloud, cluster)
        } catch {
            #expect(!error.faults.isEmpty && error.faults.allSatisfy { !$0.problem.isEmpty && !$0.remedy.isEmpty })
        }
    }

    /// Bytes changed, or a value put in the place of another, so that the document stays one.
    private static func damaged(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        guard random.below(3) > 0 else {
            for _ in 0..<1 + random.below(3) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            return bytes
        }
        let strange = ["null", "-1", "1e999", "[]", "{}", "\"\"", "true", "\"10.0.0.0/0\"", "\"255.255.255.255\"", "99999999999999999999"]
        let colons = bytes.indices.filter { bytes[$0] == UInt8(ascii: ":") && bytes[$0 + 1] == UInt8(ascii: " ") }
        let colon = colons[random.below(colons.count)]
        let end = bytes[colon...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\n") } ?? bytes.endIndex
        bytes.replaceSubrange((colon + 1)..<end, with: Array(strange[random.below(strange.count)].utf8))
        return bytes
    }
}
