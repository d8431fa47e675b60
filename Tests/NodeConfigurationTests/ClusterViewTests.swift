import Addressing
import IPAMEngine
import InstanceTypes
import NodeConfiguration
import Testing

/// What the cluster says of a node, over its file and its environment.
@Suite struct ClusterViewTests {
    private static func file(_ yaml: String? = nil, _ environment: [String: String] = [:]) throws -> NodeFile {
        try NodeFile(environment: environment, yaml: yaml, file: "node.yaml")
    }

    private static func engine(of file: NodeFile) throws -> EngineConfiguration {
        try file.engineConfiguration(
            type: try #require(InstanceType.named("m5.large")), subnet: try #require(SubnetID("subnet-0a")),
            securityGroups: [try #require(SecurityGroupID("sg-0a"))], node: "node-a", seed: 1)
    }

    @Test func anAnnotationIsOverALabelAndBothAreOverFileAndEnvironment() throws {
        let file = try Self.file("settings: {WARM_IP_TARGET: 2, MINIMUM_IP_TARGET: 2}", ["WARM_IP_TARGET": "1", "MAX_ENI": "2"])
        let view = ClusterView(
            node: "node-a",
            labels: ["settings.berth.dev/WARM_IP_TARGET": "3", "settings.berth.dev/MINIMUM_IP_TARGET": "5", "zone": "a"],
            annotations: ["settings.berth.dev/WARM_IP_TARGET": "4"])
        let variables = try file.under(view).variables
        #expect(variables.pool.targets.addresses == 4)
        #expect(variables.pool.targets.minimumAddresses == 5)
        #expect(variables.placement.enisMax == 2)
        #expect(try file.under(ClusterView(node: "node-a")).variables == file.variables)
    }

    @Test func everyFaultIsToldWithItsPlace() throws {
        let view = ClusterView(
            node: "node-a", labels: ["settings.berth.dev/MAX_ENI": "none"],
            annotations: ["settings.berth.dev/WARM_IPS": "4", "settings.berth.dev/WARM_IP_TARGET": "-1"])
        let faults = #expect(throws: ConfigurationFaults.self) { try Self.file().under(view) }
        #expect(
            faults?.faults.map(\.place) == [
                "node node-a, label settings.berth.dev/MAX_ENI", "node node-a, annotation settings.berth.dev/WARM_IPS",
                "node node-a, annotation settings.berth.dev/WARM_IP_TARGET",
            ])
    }

    @Test func aContradictionIsToldAtTheAnnotationThatMadeIt() throws {
        let key = "settings.berth.dev/ENABLE_IPv4"
        let file = try Self.file().under(ClusterView(node: "node-a", annotations: [key: "false"]))
        let faults = #expect(throws: ConfigurationFaults.self) { try Self.engine(of: file) }
        #expect(faults?.faults.map(\.place) == ["node node-a, annotation \(key)"])
    }

    @Test func theENIConfigIsTheClustersByTheNodesLabel() throws {
        let file = try Self.file(
            "eniConfigs: {zone-a: {subnet: subnet-0b}}",
            ["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone"])
        var view = ClusterView(
            node: "node-a", labels: ["topology.kubernetes.io/zone": "zone-a"],
            eniConfigs: ["zone-a": ClusterView.ENIConfig(subnet: "subnet-0c", securityGroups: ["sg-0c"])])
        #expect(
            try Self.engine(of: file.under(view)).source
                == PoolSource(subnet: try #require(SubnetID("subnet-0c")), securityGroups: [try #require(SecurityGroupID("sg-0c"))]))
        view.eniConfigs = [:]
        #expect(try Self.engine(of: file.under(view)).source.subnets == .these([try #require(SubnetID("subnet-0b"))]))
        view.labels = ["topology.kubernetes.io/zone": "zone-b"]
        let faults = #expect(throws: ConfigurationFaults.self) { try Self.engine(of: file.under(view)) }
        #expect(faults?.faults.map(\.problem) == ["there is no ENIConfig \"zone-b\" for the node"])
    }

    @Test func anENIConfigThatCannotBeUsedIsToldByItsName() throws {
        let file = try Self.file(nil, ["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"])
        let view = ClusterView(
            node: "node-a", eniConfigs: ["default": ClusterView.ENIConfig(subnet: "10.0.0.0/24", securityGroups: ["web"])])
        let faults = #expect(throws: ConfigurationFaults.self) { try file.under(view) }
        #expect(faults?.faults.map(\.place) == ["ENIConfig default", "ENIConfig default"])
        let others = ClusterView(node: "node-a", eniConfigs: ["unused": ClusterView.ENIConfig(subnet: "?")])
        #expect(throws: Never.self) { try file.under(others) }
    }
}
