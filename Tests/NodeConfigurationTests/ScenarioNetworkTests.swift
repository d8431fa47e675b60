import Addressing
import IPAMEngine
import NodeConfiguration
import Testing

/// What a scenario says of ENIConfigs, pools, tags and IPv6.
@Suite struct ScenarioNetworkTests {
    static let whole = """
        subnets:
          - {id: subnet-0a, zone: eu-central-1a, cidr: 10.0.32.0/24, ipv6Cidr: "2600:1f13:a2b:4c01::/64"}
          - {id: subnet-0b, zone: eu-central-1b, cidr: 10.0.33.0/24}
          - id: subnet-1a
            zone: eu-central-1a
            cidr: 10.0.64.0/20
            tags: {kubernetes.io/role/cni: 1, team: net}
        eniConfigs:
          eu-central-1a: {subnets: [subnet-1a, subnet-0b], securityGroups: [sg-0a, sg-0b]}
          eu-central-1b:
            subnet: subnet-0b
        pools:
          fast: {subnets: [subnet-1a, subnet-0b]}
          far: {subnet: subnet-0b}
        nodes:
          - name: node-a
            instanceType: m5.large
            subnet: subnet-0a
            labels: {topology.kubernetes.io/zone: eu-central-1a}
            annotations: {note: none}
            settings:
              AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: true
              ENI_CONFIG_LABEL_DEF: topology.kubernetes.io/zone
          - name: node-b
            instanceType: m5.large
            subnet: subnet-0a
            settings:
              ENABLE_IPv6: true
        """

    private func subnets(_ ids: String...) -> PoolSource.Subnets { .these(ids.map { SubnetID(unchecked: $0) }) }

    private func faults(in yaml: String) -> [String] {
        do throws(ConfigurationFaults) {
            _ = try Scenario(yaml: yaml, file: "demo.yaml")
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func subnetsHaveIPv6BlocksAndTags() throws {
        let scenario = try Scenario(yaml: Self.whole, file: "demo.yaml")
        #expect(scenario.subnets.map(\.ipv6Block) == [IPv6CIDR("2600:1f13:a2b:4c01::/64"), nil, nil])
        #expect(scenario.subnets.map(\.tags) == [[:], [:], ["kubernetes.io/role/cni": "1", "team": "net"]])
    }

    @Test func aNodeHasTheENIConfigThatItsLabelsNameWithTheSubnetsOfItsZone() throws {
        let scenario = try Scenario(yaml: Self.whole, file: "demo.yaml")
        let groups = ["sg-0a", "sg-0b"].map { SecurityGroupID(unchecked: $0) }
        #expect(scenario.nodes.map(\.eniConfig) == [PoolSource(subnets("subnet-1a"), securityGroups: groups), nil])
        #expect(scenario.nodes.map { scenario.engineConfiguration(for: $0).usesPrimaryENI } == [false, true])
        #expect(scenario.nodes.map { scenario.engineConfiguration(for: $0).addressing } == [.secondary, .dual(.secondary)])
    }

    @Test func aNodeHasThePoolsThatReachIntoItsZone() throws {
        let scenario = try Scenario(yaml: Self.whole, file: "demo.yaml")
        let fast = try #require(PoolName("fast"))
        #expect(scenario.nodes[0].pools == [fast: PoolSource(subnets("subnet-1a"))])
        let pool = try #require(scenario.engineConfiguration(for: scenario.nodes[0]).namedPools[fast])
        #expect(pool.subnets == scenario.nodes[0].pools[fast]?.subnets)
        #expect(pool.followsPrimaryENI, "it names no security groups of its own")
        #expect(scenario.nodes[1].pools == [:], "its pods have IPv6, and the pool's subnets do not")
    }

    /// One thing wrong, and how it is told.
    static let mistakes: [(text: String, other: String, fault: String)] = [
        ("4c01::/64", "4c01::/56", "demo.yaml:2: \"ipv6Cidr\" is \"2600:1f13:a2b:4c01::/56\". Give an IPv6 block of length 64"),
        (
            "cidr: 10.0.33.0/24", "cidr: 10.0.33.0/24, ipv6Cidr: \"2600:1f13:a2b:4c01::/64\"",
            "demo.yaml:2: subnets subnet-0b and subnet-0a both have 2600:1f13:a2b:4c01::/64. Give each a block of its own"
        ),
        ("{kubernetes.io/role/cni: 1, team: net}", "some", "demo.yaml:7: \"tags\" must be a mapping"),
        ("team: net", "aws:team: net", "demo.yaml:7: the tag \"aws:team\" is none that EC2 takes"),
        ("[subnet-1a, subnet-0b], sec", "[subnet-9a], sec", "demo.yaml:9: \"subnet\" is \"subnet-9a\". Give the id of one of the subnets"),
        ("[sg-0a, sg-0b]", "[sg-0a, 0b]", "demo.yaml:9: \"securityGroups\" is \"0b\". Give identifiers such as sg-0a1b"),
        (
            "[subnet-1a, subnet-0b], sec", "[subnet-0b], sec",
            "ENIConfig \"eu-central-1a\" has no subnet in eu-central-1a, the zone of node-a"
        ),
        ("subnet: subnet-0b\n", "securityGroups: [sg-0a]\n", "demo.yaml:11: either \"subnet\" or \"subnets\" is to be given"),
        ("far: {", "far: {subnets: [subnet-0b], ", "demo.yaml:14: either \"subnet\" or \"subnets\" is to be given"),
        ("  far: {", "  so/far: {", "demo.yaml:14: \"so/far\" is no name of a pool. Give 1 to 63 letters"),
        ("far: {subnet: subnet-0b}", "far: {subnet: subnet-0b, zone: a}", "demo.yaml:14: \"zone\" is not a known field"),
        (
            "{topology.kubernetes.io/zone: eu-central-1a}", "{topology.kubernetes.io/zone: eu-central-1c}",
            "demo.yaml:16: there is no ENIConfig \"eu-central-1c\" for node-a. Describe it under eniConfigs, or name one of eu-central-1a"
        ),
        ("    labels: {", "    label: {", "demo.yaml:19: \"label\" is not a known field. Did you mean labels?"),
        ("labels: {topology.kubernetes.io/zone: eu-central-1a}", "labels: {}", "there is no ENIConfig \"default\" for node-a"),
        (
            "      ENI_CONFIG_LABEL_DEF", "      MAX_ENI: 1\n      ENI_CONFIG_LABEL_DEF",
            "demo.yaml:22: AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG leaves pods no address"
        ),
        (
            ", ipv6Cidr: \"2600:1f13:a2b:4c01::/64\"", "",
            "demo.yaml:24: node-b is to give pods IPv6 addresses, but subnet-0a has none. Give it an ipv6Cidr"
        ),
        ("ENABLE_IPv6: true", "ENABLE_IPv4: false", "demo.yaml:28: ENABLE_IPv4 and ENABLE_IPv6 are both false"),
        (
            "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: true", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: true\n      ENABLE_IPv6: true",
            "node-a is to give pods IPv6 addresses, but subnet-1a has none"
        ),
    ]

    @Test(arguments: mistakes) func aMistakeIsToldWithItsLineAndARemedy(text: String, other: String, fault: String) {
        let yaml = Self.whole.replacing(text, with: other)
        #expect(yaml != Self.whole, "nothing was replaced")
        let faults = faults(in: yaml)
        #expect(faults.contains { $0.contains(fault) }, "\(faults)")
    }

    @Test func aTaggedSubnetOfANodeThatMayUseNoOtherIsAFault() {
        let tagged = Self.whole.replacing(
            "cidr: 10.0.32.0/24,", with: "cidr: 10.0.32.0/24, tags: {kubernetes.io/role/cni: 0},")
        #expect(faults(in: tagged) == [])
        let faults = faults(in: tagged.replacing("ENABLE_IPv6: true", with: "ENABLE_SUBNET_DISCOVERY: false"))
        #expect(
            faults == [
                "demo.yaml:24: node-b has subnet-0a alone, and its tag kubernetes.io/role/cni=0 keeps pods out. "
                    + "Set ENABLE_SUBNET_DISCOVERY to true, or take the tag away"
            ])
    }

    @Test func aVariableOfTheEnvironmentThatDoesNotGoWithTheNodeIsToldAtTheNode() {
        var defaults = NodeVariables()
        defaults.families.hasIPv6 = true
        defaults.eniMTUBytes = 600
        let yaml = Self.whole.replacing("10.0.64.0/20", with: "10.0.64.0/20\n    ipv6Cidr: \"2600:1f13:a2b:4c02::/64\"")
        do throws(ConfigurationFaults) {
            _ = try Scenario(yaml: yaml, file: "demo.yaml", defaults: defaults)
            Issue.record("it was taken")
        } catch {
            #expect(error.faults.map(\.place) == ["demo.yaml:17", "demo.yaml:29"], "\(error)")
        }
    }
}
