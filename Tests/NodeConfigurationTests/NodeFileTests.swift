import Addressing
import IPAMEngine
import InstanceTypes
import NodeConfiguration
import Testing

@Suite struct NodeFileTests {
    private static let subnet = SubnetID(unchecked: "subnet-0f")
    private static let groups = [SecurityGroupID(unchecked: "sg-0f")]

    private func engine(
        _ yaml: String?, _ environment: [String: String] = [:], type: String = "m5.large"
    ) throws -> EngineConfiguration {
        try NodeFile(environment: environment, yaml: yaml, file: "node.yaml").engineConfiguration(
            type: try #require(InstanceType.named(type)), subnet: Self.subnet, securityGroups: Self.groups, node: "node-a", seed: 1)
    }

    private func faults(_ yaml: String?, _ environment: [String: String] = [:]) -> [String] {
        do {
            _ = try engine(yaml, environment)
            return []
        } catch let faults as ConfigurationFaults {
            return faults.faults.map { "\($0)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func withoutAFileTheEnvironmentSaysItAll() throws {
        let engine = try engine(nil, ["ENABLE_PREFIX_DELEGATION": "true", "WARM_IP_TARGET": "3", "PATH": "/bin"])
        #expect(engine.addressing == .prefix && engine.targets.addresses == 3)
        #expect(engine.limits.enisByCard == [3] && engine.limits.slotsPerENI == 9)
    }

    @Test func theFileComesBeforeTheEnvironment() throws {
        let engine = try engine("settings: {WARM_IP_TARGET: 5}", ["WARM_IP_TARGET": "3", "MINIMUM_IP_TARGET": "7"])
        #expect(engine.targets.addresses == 5 && engine.targets.minimumAddresses == 7)
    }

    @Test func theENIConfigIsChosenByLabelOrAnnotationAndHasTheGroupsOfThePrimaryENIUnlessItSaysOthers() throws {
        let configs = "eniConfigs:\n  a: {subnet: subnet-0a}\n  b: {subnets: [subnet-0b, subnet-0c], securityGroups: [sg-0b]}\n"
        let custom = "settings: {AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: true}\n"
        let a = try engine(custom + configs + "labels: {k8s.amazonaws.com/eniConfig: a}")
        #expect(a.source == PoolSource(.these([SubnetID(unchecked: "subnet-0a")]), securityGroups: Self.groups, followsPrimaryENI: true))
        #expect(!a.usesPrimaryENI)
        let b = try engine(custom + configs + "annotations: {k8s.amazonaws.com/eniConfig: b}")
        #expect(b.source.securityGroups == [SecurityGroupID(unchecked: "sg-0b")] && !b.source.followsPrimaryENI)
        #expect(
            faults(custom + configs) == [
                "node.yaml: there is no ENIConfig \"default\" for the node. Apply it to the cluster, describe it under eniConfigs, "
                    + "or name one of a, b"
            ])
    }

    @Test func everythingThatIsWrongIsToldAtOnce() {
        let told = faults(
            "settings: {WARM_IP_TARGET: many}\nlabel: {a: b}\npools: {red: {subnet: nowhere}}", ["BERTH_SPEED": "fast", "MAX_ENI": "0"])
        for words in [
            "WARM_IP_TARGET is \"many\"", "\"label\" is not a known field", "\"subnet\" is \"nowhere\"", "BERTH_SPEED", "MAX_ENI",
        ] {
            #expect(told.contains { $0.contains(words) }, "\(words) in \(told)")
        }
        #expect(told.count == 5, "\(told)")
    }

    @Test(.timeLimit(.minutes(1))) func anAnchorIsRefusedBeforeAnythingIsRead() {
        let bomb = "settings: &a {x: &b [*b, *b]}\n" + String(repeating: "? *a\n: &c [*c]\n", count: 200)
        let told = faults(bomb, ["MAX_ENI": "0"])
        #expect(told.count == 1 + 2 + 200 && told.contains { $0.hasPrefix("node.yaml:1: anchors (&name)") })
        #expect(told.contains { $0.contains("MAX_ENI") }, "what is wrong with the environment is told as well")
    }

    @Test func whatContradictsTheInstanceTypeIsToldWithItsLine() {
        let told = faults("labels: {a: b}\nsettings:\n  ENABLE_IPv4: false\n  ENABLE_IPv6: false")
        #expect(told.count == 1 && told[0].hasPrefix("node.yaml:"), "\(told)")
    }

    @Test func tagsOfENIsAreTheClustersAndTheOperators() throws {
        let environment = ["CLUSTER_NAME": "prod", "ADDITIONAL_ENI_TAGS": #"{"team":"net"}"#]
        #expect(
            try NodeFile(environment: environment, yaml: nil, file: "").variables.eniTags == [
                "team": "net", "cluster.k8s.amazonaws.com/name": "prod", "eks:eni:owner": "amazon-vpc-cni",
            ])
        #expect(try NodeFile(environment: [:], yaml: nil, file: "").variables.eniTags == [:])
    }
}
