import InstanceTypes
import NodeConfiguration
import Testing

/// Settings that are right by themselves and wrong together, or on the type.
@Suite struct ConflictTests {
    /// A combination, what is said of it, and which setting it is said at.
    struct Combination: Sendable, CustomTestStringConvertible {
        let settings: [String: String]
        var type = "m5.large"
        let problem: String
        let place: String

        var testDescription: String { problem }
    }

    static let combinations = [
        Combination(
            settings: ["ENABLE_IPv4": "false"], problem: "ENABLE_IPv4 and ENABLE_IPv6 are both false", place: "ENABLE_IPv4"),
        Combination(
            settings: ["ENABLE_IPv4": "false", "ENABLE_IPv6": "true"],
            problem: "ENABLE_IPv6 is true without IPv4, and ENABLE_PREFIX_DELEGATION is false", place: "ENABLE_IPv6"),
        Combination(
            settings: ["ENABLE_IPv4": "false", "ENABLE_IPv6": "true", "ENABLE_PREFIX_DELEGATION": "true"], type: "t2.small",
            problem: "ENABLE_IPv6 is true, but t2.small is not built on Nitro and has no /80 prefixes", place: "ENABLE_IPv6"),
        Combination(
            settings: ["ENABLE_IPv6": "true"], type: "t2.small",
            problem: "ENABLE_IPv6 is true, but t2.small is not built on Nitro and has no /80 prefixes", place: "ENABLE_IPv6"),
        Combination(
            settings: ["ENABLE_IPv6": "true", "AWS_VPC_ENI_MTU": "1279"],
            problem: "AWS_VPC_ENI_MTU is 1279, and IPv6 needs packets of 1280 bytes", place: "AWS_VPC_ENI_MTU"),
        Combination(
            settings: [
                "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "ENABLE_IPv4": "false", "ENABLE_IPv6": "true",
                "ENABLE_PREFIX_DELEGATION": "true",
            ],
            problem: "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG is true, but pods have no IPv4 addresses",
            place: "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"),
        Combination(
            settings: ["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "MAX_ENI": "1"],
            problem: "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG leaves pods no address: m5.large may have 1 ENI of 3, and that is the node's",
            place: "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"),
        Combination(
            settings: ["BERTH_AUTO_WARM_MIN": "9", "BERTH_AUTO_WARM_MAX": "8"],
            problem: "BERTH_AUTO_WARM_MIN is 9, above BERTH_AUTO_WARM_MAX with 8", place: "BERTH_AUTO_WARM_MIN"),
        Combination(
            settings: ["BERTH_EXCLUDED_ADDRESSES": "10.0.32.64/28", "BERTH_RESERVATIONS": "shop/db-0=10.0.32.77,shop/db-1=10.0.32.99"],
            problem: "10.0.32.77 is reserved for shop/db-0 and excluded", place: "BERTH_RESERVATIONS"),
    ]

    @Test(arguments: combinations) func aCombinationThatCannotBeIsAFaultAtTheSettingThatCausesIt(combination: Combination) throws {
        let type = try #require(InstanceType.named(combination.type))
        let places = Dictionary(uniqueKeysWithValues: combination.settings.keys.map { ($0, "at \($0)") })
        let faults = try variables(combination.settings).conflicts(on: type, places: places, elsewhere: "nowhere")
        #expect(faults.map(\.problem) == [combination.problem])
        #expect(faults.map(\.place) == ["at \(combination.place)"])
        #expect(try variables(combination.settings).conflicts(on: type, elsewhere: "environment").map(\.place) == ["environment"])
    }

    @Test(arguments: [
        [:], ["ENABLE_IPv6": "true"], ["ENABLE_IPv6": "true", "ENABLE_PREFIX_DELEGATION": "true", "AWS_VPC_ENI_MTU": "1280"],
        ["ENABLE_IPv4": "false", "ENABLE_IPv6": "true", "ENABLE_PREFIX_DELEGATION": "true"],
        ["ENABLE_IPv6": "true", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "MAX_ENI": "2"], ["AWS_VPC_ENI_MTU": "576"],
        ["BERTH_AUTO_WARM_MIN": "9", "BERTH_AUTO_WARM_MAX": "9"],
        ["BERTH_EXCLUDED_ADDRESSES": "10.0.32.64/28", "BERTH_RESERVATIONS": "shop/db-0=10.0.32.80"],
    ])
    func whatGoesTogetherIsNoFault(settings: [String: String]) throws {
        let type = try #require(InstanceType.named("m5.large"))
        #expect(try variables(settings).conflicts(on: type, elsewhere: "environment") == [])
        #expect(try variables(settings).warnings(on: type, place: "environment") == [])
    }

    @Test func allThatDoesNotGoTogetherIsToldAtOnce() throws {
        let type = try #require(InstanceType.named("t2.small"))
        let settings = [
            "ENABLE_IPv4": "false", "ENABLE_IPv6": "true", "AWS_VPC_ENI_MTU": "600", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
            "MAX_ENI": "1", "BERTH_AUTO_WARM_MIN": "200",
        ]
        #expect(try variables(settings).conflicts(on: type, elsewhere: "environment").count == 6)
    }

    @Test func prefixesOnATypeWithoutThemAreAWarning() throws {
        let (old, nitro) = (try #require(InstanceType.named("t2.small")), try #require(InstanceType.named("t3.small")))
        let variables = try variables(["ENABLE_PREFIX_DELEGATION": "true"])
        #expect(variables.conflicts(on: old, elsewhere: "environment") == [])
        #expect(
            variables.warnings(on: old, place: "node-a").map(\.description) == [
                "node-a: ENABLE_PREFIX_DELEGATION is true, but t2.small is not built on Nitro; pods get single addresses. "
                    + "Choose a type that is, or set it to false"
            ])
        #expect(variables.warnings(on: nitro, place: "node-a") == [])
        let both = try self.variables(["ENABLE_PREFIX_DELEGATION": "true", "ENABLE_IPv6": "true"])
        #expect(both.warnings(on: old, place: "node-a") == [], "it is a fault, which is enough")
    }

    @Test func aFixedTargetBesideAnAutomaticOneIsAWarning() throws {
        let type = try #require(InstanceType.named("t3.small"))
        let warnings = try variables(["BERTH_AUTO_WARM_TARGET": "on", "WARM_IP_TARGET": "3"]).warnings(on: type, place: "node-a")
        #expect(warnings.map(\.problem) == ["WARM_IP_TARGET is not followed while BERTH_AUTO_WARM_TARGET is on"])
    }

    private func variables(_ settings: [String: String]) throws -> NodeVariables {
        var faults: [ConfigurationFault] = []
        let variables = NodeVariables(settings.mapValues { ($0, "") }, faults: &faults)
        try #require(faults == [])
        return variables
    }
}
