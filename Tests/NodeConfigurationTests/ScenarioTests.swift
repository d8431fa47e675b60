import Addressing
import IPAMEngine
import NodeConfiguration
import Testing

@Suite struct ScenarioTests {
    static let whole = """
        seed: 7
        fabric: berth-fabric
        subnets:
          - {id: subnet-0a, zone: eu-central-1a, cidr: 10.0.32.0/24}
          - {id: subnet-0b, zone: eu-central-1b, cidr: 10.0.33.0/24}
        nodes:
          - name: node-a
            instanceType: t3.small
            subnet: subnet-0a
            settings: {WARM_IP_TARGET: 2}
          - name: node-b
            instance: i-0b
            instanceType: m5.large
            subnet: subnet-0b
        """

    /// The faults of a scenario that has `text` replaced; nil when it has none.
    private func faults(replacing text: String = "", with other: String = "") -> [String] {
        faults(in: text.isEmpty ? Self.whole : Self.whole.replacing(text, with: other))
    }

    private func faults(in yaml: String) -> [String] {
        do throws(ConfigurationFaults) {
            _ = try Scenario(yaml: yaml, file: "demo.yaml")
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func aScenarioIsReadAsItIsWritten() throws {
        let scenario = try Scenario(yaml: Self.whole, file: "demo.yaml")
        #expect(scenario.seed == 7 && scenario.fabric == "berth-fabric")
        #expect(scenario.subnets.map(\.id.rawValue) == ["subnet-0a", "subnet-0b"])
        #expect(scenario.subnets.map(\.block.description) == ["10.0.32.0/24", "10.0.33.0/24"])
        #expect(scenario.subnets.map(\.zone) == ["eu-central-1a", "eu-central-1b"])
        #expect(scenario.nodes.map(\.name) == ["node-a", "node-b"])
        #expect(scenario.nodes.map(\.instance.rawValue) == ["i-node-a", "i-0b"])
        #expect(scenario.nodes.map(\.instanceType) == ["t3.small", "m5.large"])
        #expect(scenario.nodes.map(\.subnet.rawValue) == ["subnet-0a", "subnet-0b"])
        #expect(scenario.nodes.map(\.variables.pool.targets.addresses) == [2, nil])
    }

    @Test func seedAndFabricHaveDefaults() throws {
        let yaml = Self.whole.replacing("seed: 7\n", with: "").replacing("fabric: berth-fabric\n", with: "")
        let scenario = try Scenario(yaml: yaml, file: "demo.yaml")
        #expect(scenario.seed == 1 && scenario.fabric == "berth-fabric")
    }

    @Test func variablesOfTheEnvironmentHoldWhereANodeSetsNone() throws {
        var defaults = NodeVariables()
        defaults.pool.targets.addresses = 9
        defaults.placement.enisMax = 2
        let scenario = try Scenario(yaml: Self.whole, file: "demo.yaml", defaults: defaults)
        #expect(scenario.nodes.map(\.variables.pool.targets.addresses) == [2, 9])
        #expect(scenario.nodes.map(\.variables.placement.enisMax) == [2, 2])
    }

    /// One thing wrong, and how it is told.
    static let mistakes: [(text: String, other: String, fault: String)] = [
        ("seed: 7", "seed: many", "demo.yaml:1: \"seed\" is \"many\". Give a whole number"),
        ("seed: 7", "seed: -1", "demo.yaml:1: \"seed\" is \"-1\". Give a whole number"),
        ("seed: 7", "sed: 7", "demo.yaml:1: \"sed\" is not a known field. Did you mean seed?"),
        ("berth-fabric", "../etc", "demo.yaml:2: \"fabric\" is \"../etc\". Give 1 to 63 lower-case letters, digits and dashes"),
        ("id: subnet-0a", "id: net-0a", "demo.yaml:4: \"id\" is \"net-0a\". Give an identifier such as subnet-0a1b"),
        ("10.0.33.0/24", "10.0.33.0/29", "demo.yaml:5: \"cidr\" is \"10.0.33.0/29\". Give an IPv4 block"),
        ("10.0.33.0/24", "10.0.33.7/24", "demo.yaml:5: \"cidr\" is \"10.0.33.7/24\". Give an IPv4 block"),
        (", zone: eu-central-1b", "", "demo.yaml:5: \"zone\" is missing. Add it"),
        ("10.0.33.0/24", "10.0.32.128/25", "overlaps subnet-0a with 10.0.32.0/24. Give it a block of its own"),
        ("t3.small", "t3.tiny", "demo.yaml:8: \"instanceType\" is \"t3.tiny\". Give an EC2 instance type such as m5.large"),
        ("subnet: subnet-0b", "subnet: subnet-0c", "demo.yaml:14: \"subnet\" is \"subnet-0c\". Give the id of one of the subnets"),
        ("i-0b", "0b", "demo.yaml:12: \"instance\" is \"0b\". Give an identifier such as i-0a1b"),
        ("name: node-a", "name: Node_A", "demo.yaml:7: \"name\" is \"Node_A\". Give 1 to 63"),
        ("{WARM_IP_TARGET: 2}", "{WARM_IP_TARGET: x}", "demo.yaml:10: WARM_IP_TARGET is \"x\". Set it to a whole number from 0 to 4096"),
        ("{WARM_IP_TARGET: 2}", "{WARM_IP_TARGE: 2}", "demo.yaml:10: WARM_IP_TARGE is not a known setting. Did you mean"),
        ("{WARM_IP_TARGET: 2}", "[1, 2]", "demo.yaml:10: \"settings\" must be a mapping. Write NAME: value, one a line"),
        ("name: node-b", "name: node-a", "demo.yaml:11: the name \"node-a\" is given to two nodes. Give each node its own"),
        ("i-0b", "i-node-a", "demo.yaml:11: the instance \"i-node-a\" is given to two nodes. Give each node its own"),
        ("id: subnet-0b", "id: subnet-0a", "demo.yaml:5: the id \"subnet-0a\" is given to two subnets. Give each subnet its own"),
    ]

    @Test(arguments: mistakes) func aMistakeIsToldWithItsLineAndARemedy(text: String, other: String, fault: String) {
        let faults = faults(replacing: text, with: other)
        #expect(faults.contains { $0.contains(fault) }, "\(faults)")
    }

    @Test func everyFaultOfAFileIsToldAtOnce() {
        let yaml = Self.whole.replacing("seed: 7", with: "seed: x").replacing("t3.small", with: "t3.tiny").replacing("{WARM", with: "{WRM")
        #expect(faults(in: yaml).count == 3, "\(faults(in: yaml))")
    }

    @Test(arguments: [
        ("", "demo.yaml:1: the file is empty"), ("just text", "demo.yaml:1: a mapping is expected"),
        ("subnets: []\nnodes: []", "demo.yaml:1: \"subnets\" must be a list with at least one entry"),
        ("subnets: 3", "demo.yaml:1: \"nodes\" is missing"), ("a: [", "demo.yaml:2: "), ("a: b: c", "demo.yaml:1: "),
    ])
    func whatIsNoScenarioIsTold(yaml: String, fault: String) {
        #expect(faults(in: yaml).contains { $0.hasPrefix(fault) }, "\(faults(in: yaml))")
    }

    /// A few levels of aliases are more than any memory holds.
    @Test(.timeLimit(.minutes(1))) func anAnchorIsRefusedBeforeAnythingIsRead() {
        let bomb = "a: &a [x, x]\n" + (0..<60).map { "b\($0): &b\($0) [*\($0 == 0 ? "a" : "b\($0 - 1)"), *a]" }.joined(separator: "\n")
        let told = faults(in: bomb)
        #expect(told.count == 61 && told[0].hasPrefix("demo.yaml:1: anchors (&name)") && told[60].hasPrefix("demo.yaml:61:"), "\(told)")
        #expect(told[0].hasSuffix("Write the value out where it is meant"))
        #expect(faults(replacing: "seed: 7", with: "seed: &seed 7").contains { $0.contains("anchors (&name)") })
    }

    @Test func aKeyThatIsGivenTwiceIsAFault() {
        #expect(faults(in: "seed: 1\n" + Self.whole) != [])
        #expect(faults(replacing: "{WARM_IP_TARGET: 2}", with: "{WARM_IP_TARGET: 2, WARM_IP_TARGET: 3}") != [])
    }

    @Test func aFileBeyondTheLimitIsNotRead() {
        let yaml = Self.whole + "\n#" + String(repeating: "x", count: Scenario.bytesMax)
        #expect(faults(in: yaml).first?.hasPrefix("demo.yaml:1: the file has") == true)
    }
}
