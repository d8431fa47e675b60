import Addressing
import IPAMEngine
import InstanceTypes
import NodeConfiguration
import Testing

@Suite struct NodeVariablesTests {
    /// What came of one setting.
    private func read(_ name: String, _ value: String) -> (variables: NodeVariables, faults: [ConfigurationFault]) {
        var faults: [ConfigurationFault] = []
        let variables = NodeVariables([name: (value, "demo.yaml:7")], faults: &faults)
        return (variables, faults)
    }

    /// A change to the defaults that a variable makes.
    struct Effect: Sendable, CustomTestStringConvertible {
        let name: String
        let value: String
        let change: @Sendable (inout NodeVariables) -> Void

        var testDescription: String { "\(name)=\(value)" }
    }

    static let effects = [
        Effect(name: "ENABLE_PREFIX_DELEGATION", value: "true") { $0.addressing = .prefix },
        Effect(name: "WARM_ENI_TARGET", value: "3") { $0.targets.enis = 3 },
        Effect(name: "WARM_IP_TARGET", value: "5") { $0.targets.addresses = 5 },
        Effect(name: "MINIMUM_IP_TARGET", value: "7") { $0.targets.minimumAddresses = 7 },
        Effect(name: "WARM_PREFIX_TARGET", value: "2") { $0.targets.prefixes = 2 },
        Effect(name: "MAX_ENI", value: "4") { $0.enisMax = 4 },
        Effect(name: "IP_COOLDOWN_PERIOD", value: "0") { $0.cooldown = .zero },
        Effect(name: "AWS_VPC_ENI_MTU", value: "1500") { $0.eniMTUBytes = 1500 },
        Effect(name: "BERTH_ADD_BUDGET", value: "30") { $0.addBudget = .seconds(30) },
        Effect(name: "BERTH_GC_MINIMUM_AGE", value: "0") { $0.garbageAgeMin = .zero },
    ]

    @Test(arguments: effects) func aVariableChangesWhatItIsAbout(effect: Effect) {
        var expected = NodeVariables()
        effect.change(&expected)
        #expect(expected != NodeVariables(), "the value is the default, which proves nothing")
        let (variables, faults) = read(effect.name, effect.value)
        #expect(variables == expected && faults == [])
    }

    @Test func everyNameIsCoveredByATest() {
        #expect(Set(Self.effects.map(\.name)) == Set(NodeVariables.names))
        #expect(Set(Self.ranges.map(\.name)) == Set(NodeVariables.names).subtracting(["ENABLE_PREFIX_DELEGATION"]))
    }

    @Test func theDefaultsAreThoseOfTheIncumbentsManifest() {
        let defaults = NodeVariables()
        #expect(defaults.addressing == .secondary && defaults.targets == WarmTargets(enis: 1, prefixes: 1))
        #expect(defaults.enisMax == nil && defaults.cooldown == .seconds(30) && defaults.eniMTUBytes == 9001)
        #expect(defaults.addBudget == .seconds(60) && defaults.garbageAgeMin == .seconds(120))
    }

    static let ranges: [(name: String, range: ClosedRange<Int>)] = [
        ("WARM_ENI_TARGET", 0...100), ("WARM_IP_TARGET", 0...4096), ("MINIMUM_IP_TARGET", 0...4096), ("WARM_PREFIX_TARGET", 0...1024),
        ("MAX_ENI", 1...100), ("IP_COOLDOWN_PERIOD", 0...86_400), ("AWS_VPC_ENI_MTU", 576...9001), ("BERTH_ADD_BUDGET", 1...100),
        ("BERTH_GC_MINIMUM_AGE", 0...86_400),
    ]

    @Test(arguments: ranges) func aNumberOutsideItsRangeIsAFaultThatTellsTheRange(name: String, range: ClosedRange<Int>) {
        for value in [range.lowerBound, range.upperBound] { #expect(read(name, "\(value)").faults == []) }
        for value in ["\(range.lowerBound - 1)", "\(range.upperBound + 1)", "", "many", "1.5", "99999999999999999999"] {
            let (variables, faults) = read(name, value)
            #expect(variables == NodeVariables(), "a faulty value is not taken")
            #expect(
                faults == [
                    ConfigurationFault(
                        place: "demo.yaml:7", problem: "\(name) is \"\(value)\"",
                        remedy: "Set it to a whole number from \(range.lowerBound) to \(range.upperBound)")
                ])
        }
    }

    @Test func aFlagTakesTheSpellingsOfTheIncumbent() {
        for value in ["1", "t", "T", "TRUE", "true", "True"] {
            #expect(read("ENABLE_PREFIX_DELEGATION", value).variables.addressing == .prefix)
        }
        for value in ["0", "f", "F", "FALSE", "false", "False"] {
            #expect(read("ENABLE_PREFIX_DELEGATION", value).variables.addressing == .secondary)
        }
        for value in ["yes", "", "tRUE"] { #expect(read("ENABLE_PREFIX_DELEGATION", value).faults.count == 1) }
    }

    @Test(arguments: [
        ("WARM_IP_TARGETS", "Did you mean WARM_IP_TARGET?"), ("MAX_ENIS", "Did you mean MAX_ENI?"),
        ("warm_ip_target", "Use one of AWS_VPC_ENI_MTU, BERTH_ADD_BUDGET"), ("COLOR", "Use one of AWS_VPC_ENI_MTU, BERTH_ADD_BUDGET"),
    ])
    func anUnknownSettingIsAFaultThatNamesWhatWasMeant(name: String, remedy: String) {
        let (_, faults) = read(name, "1")
        #expect(
            faults.count == 1 && faults[0].problem == "\(name) is not a known setting" && faults[0].remedy.hasPrefix(remedy), "\(faults)")
    }

    @Test func everyFaultIsReportedAtOnceInTheOrderOfTheNames() {
        var faults: [ConfigurationFault] = []
        _ = NodeVariables(
            ["WARM_IP_TARGET": ("x", "a:3"), "MAX_ENI": ("0", "a:2"), "AWS_VPC_ENI_MTU": ("1", "a:1")], faults: &faults)
        #expect(faults.map(\.place) == ["a:1", "a:2", "a:3"])
    }

    @Test func theEnvironmentMayHoldAnythingButUnknownVariablesOfOurs() {
        var faults: [ConfigurationFault] = []
        let variables = NodeVariables(
            environment: ["PATH": "/bin", "WARM_IP_TARGET": "4", "BERTH_SOCKET": "/x", "BERTH_ADD_BUDGET": "5"], known: ["BERTH_SOCKET"],
            faults: &faults)
        #expect(faults == [] && variables.targets.addresses == 4 && variables.addBudget == .seconds(5))
        _ = NodeVariables(
            environment: ["BERTH_SOKET": "/x", "BERTH_ADD_BUDGE": "5", "MAX_ENI": "no"], known: ["BERTH_SOCKET"], faults: &faults)
        #expect(faults.map(\.place) == ["environment", "environment", "environment"])
        #expect(faults.map(\.remedy).prefix(2) == ["Did you mean BERTH_ADD_BUDGET?", "Did you mean BERTH_SOCKET?"])
    }

    @Test func whatIsNotSetIsTakenFromTheDefaultsGiven() {
        var (defaults, faults) = (NodeVariables(), [ConfigurationFault]())
        defaults.cooldown = .seconds(5)
        defaults.enisMax = 2
        let variables = NodeVariables(["MAX_ENI": ("3", "a:1")], defaults: defaults, faults: &faults)
        #expect(variables.cooldown == .seconds(5) && variables.enisMax == 3)
    }
}

@Suite struct EngineConfigurationTests {
    private func configuration(_ type: String, _ change: (inout NodeVariables) -> Void = { _ in }) throws -> EngineConfiguration {
        var variables = NodeVariables()
        change(&variables)
        return EngineConfiguration(
            variables, type: try #require(InstanceType.named(type)), subnet: .init(unchecked: "subnet-0a"), node: "node-a", seed: 7)
    }

    @Test func theLimitsAreTheInstanceTypes() throws {
        let small = try configuration("t3.small")
        #expect(small.limits == NodeLimits(enis: 3, slotsPerENI: 3, maxPods: 11))
        #expect(try configuration("t3.small") { $0.enisMax = 2 }.limits.enis == 2)
        #expect(try configuration("t3.small") { $0.enisMax = 99 }.limits.enis == 3)
    }

    @Test func prefixesNeedATypeThatHasThem() throws {
        #expect(try configuration("t3.small") { $0.addressing = .prefix }.addressing == .prefix)
        #expect(try configuration("t2.small") { $0.addressing = .prefix }.addressing == .secondary)
        #expect(try configuration("m5.12xlarge") { $0.addressing = .prefix }.limits.maxPods == 250)
    }

    @Test func twoNodesOfOneSimulationHaveSeedsOfTheirOwn() throws {
        let type = try #require(InstanceType.named("t3.small"))
        let seeds = ["node-a", "node-b", "node-aa"].map { name in
            EngineConfiguration(NodeVariables(), type: type, subnet: .init(unchecked: "subnet-0a"), node: name, seed: 7).seed
        }
        #expect(Set(seeds).count == 3)
        #expect(try configuration("t3.small").seed == seeds[0])
    }
}
