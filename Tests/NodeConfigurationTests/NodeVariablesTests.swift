import Addressing
import IPAMEngine
import NodeConfiguration
import PodNetwork
import Testing

/// What came of one setting.
func read(_ name: String, _ value: String) -> (variables: NodeVariables, faults: [ConfigurationFault]) {
    var faults: [ConfigurationFault] = []
    let variables = NodeVariables([name: (value, "demo.yaml:7")], faults: &faults)
    return (variables, faults)
}

@Suite struct NodeVariablesTests {
    /// A change to the defaults that a variable makes.
    struct Effect: Sendable, CustomTestStringConvertible {
        let name: String
        let value: String
        let change: @Sendable (inout NodeVariables) -> Void

        var testDescription: String { "\(name)=\(value)" }
    }

    static let effects = [
        Effect(name: "ENABLE_IPv4", value: "false") { $0.families.hasIPv4 = false },
        Effect(name: "ENABLE_IPv6", value: "true") { $0.families.hasIPv6 = true },
        Effect(name: "ENABLE_PREFIX_DELEGATION", value: "true") { $0.families.usesPrefixes = true },
        Effect(name: "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", value: "true") { $0.placement.usesENIConfig = true },
        Effect(name: "ENI_CONFIG_LABEL_DEF", value: "topology.kubernetes.io/zone") {
            $0.placement.eniConfigLabel = "topology.kubernetes.io/zone"
        },
        Effect(name: "ENI_CONFIG_ANNOTATION_DEF", value: "net") { $0.placement.eniConfigAnnotation = "net" },
        Effect(name: "ENABLE_SUBNET_DISCOVERY", value: "false") { $0.placement.discoversSubnets = false },
        Effect(name: "CLUSTER_NAME", value: "prod_7-a") { $0.placement.cluster = "prod_7-a" },
        Effect(name: "ADDITIONAL_ENI_TAGS", value: #"{"team":"net"}"#) { $0.placement.additionalENITags = ["team": "net"] },
        Effect(name: "MANAGE_UNTAGGED_ENI", value: "false") { $0.placement.takesUntaggedENIs = false },
        Effect(name: "DISABLE_LEAKED_ENI_CLEANUP", value: "true") { $0.placement.leavesOrphans = true },
        Effect(name: "BERTH_ENI_SWEEP_INTERVAL", value: "3600") { $0.placement.sweepInterval = .seconds(3600) },
        Effect(name: "ENABLE_MULTI_NIC", value: "true") { $0.placement.usesEveryCard = true },
        Effect(name: "MAX_ENI", value: "4") { $0.placement.enisMax = 4 },
        Effect(name: "BERTH_MAX_PODS", value: "500") { $0.placement.podsMax = 500 },
        Effect(name: "WARM_ENI_TARGET", value: "3") { $0.pool.targets.enis = 3 },
        Effect(name: "WARM_IP_TARGET", value: "5") { $0.pool.targets.addresses = 5 },
        Effect(name: "MINIMUM_IP_TARGET", value: "7") { $0.pool.targets.minimumAddresses = 7 },
        Effect(name: "WARM_PREFIX_TARGET", value: "2") { $0.pool.targets.prefixes = 2 },
        Effect(name: "BERTH_AUTO_WARM_TARGET", value: "0.5%") { $0.pool.missProbability = 0.005 },
        Effect(name: "BERTH_AUTO_WARM_MIN", value: "4") { $0.pool.automaticLeast = 4 },
        Effect(name: "BERTH_AUTO_WARM_MAX", value: "64") { $0.pool.automaticMost = 64 },
        Effect(name: "IP_COOLDOWN_PERIOD", value: "0") { $0.pool.cooldown = .zero },
        Effect(name: "AWS_MANAGE_ENIS_NON_SCHEDULABLE", value: "true") { $0.pool.managesCordonedNode = true },
        Effect(name: "BERTH_PRESSURE_SHARE", value: "20") { $0.pool.pressureShare = 0.2 },
        Effect(name: "BERTH_EXCLUDED_ADDRESSES", value: "10.0.32.0/28, 10.0.33.7") {
            $0.pool.excludedAddresses = ["10.0.32.0/28", "10.0.33.7/32"].compactMap { IPv4CIDR($0) }
        },
        Effect(name: "BERTH_ADD_BUDGET", value: "30") { $0.pods.addBudget = .seconds(30) },
        Effect(name: "BERTH_WAITING_MAX", value: "9") { $0.pods.waitingMax = 9 },
        Effect(name: "BERTH_CRITICAL_NAMESPACES", value: "kube-system, monitoring") {
            $0.pods.criticalNamespaces = ["kube-system", "monitoring"]
        },
        Effect(name: "BERTH_GC_MINIMUM_AGE", value: "0") { $0.pods.garbageAgeMin = .zero },
        Effect(name: "BERTH_STICKY_NAMESPACES", value: "shop") { $0.pods.stickyNamespaces = ["shop"] },
        Effect(name: "BERTH_STICKY_HOLD", value: "60") { $0.pods.stickyHold = .seconds(60) },
        Effect(name: "BERTH_RESERVATIONS", value: "shop/db-0=10.0.32.77,shop/web.a=10.0.32.78") {
            $0.pods.reservations = [
                PodName(namespace: "shop", name: "db-0"): IPv4Address(10, 0, 32, 77),
                PodName(namespace: "shop", name: "web.a"): IPv4Address(10, 0, 32, 78),
            ]
        },
        Effect(name: "ENABLE_POD_ENI", value: "true") { $0.cluster.givesBranchENIs = true },
        Effect(name: "POD_SECURITY_GROUP_ENFORCING_MODE", value: "standard") { $0.cluster.branchENIMode = .standard },
        Effect(name: "ANNOTATE_POD_IP", value: "true") { $0.cluster.annotatesPods = true },
        Effect(name: "BERTH_KUBERNETES_WRITES", value: "false") { $0.cluster.writes = false },
        Effect(name: "BERTH_NODE_TAINT", value: "berth.dev/no-addresses") { $0.cluster.taint = "berth.dev/no-addresses" },
        Effect(name: "AWS_VPC_ENI_MTU", value: "1500") { $0.eniMTUBytes = 1500 },
        Effect(name: "AWS_VPC_K8S_CNI_EXTERNALSNAT", value: "true") { $0.network.translatesSources = false },
        Effect(name: "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS", value: "192.168.0.0/16,198.51.100.7") {
            $0.network.untranslated = ["192.168.0.0/16", "198.51.100.7/32"].compactMap { IPv4CIDR($0) }
        },
        Effect(name: "AWS_VPC_K8S_CNI_RANDOMIZESNAT", value: "hashrandom") { $0.network.portChoice = .random },
        Effect(name: "AWS_EXTERNAL_SERVICE_CIDRS", value: "192.0.2.0/24") {
            $0.network.externalServices = ["192.0.2.0/24"].compactMap { IPv4CIDR($0) }
        },
        Effect(name: "AWS_VPC_CNI_NODE_PORT_SUPPORT", value: "false") { $0.network.servesNodePorts = false },
        Effect(name: "AWS_VPC_K8S_CNI_CONNMARK", value: "0x300") { $0.network.mark = 0x300 },
        Effect(name: "AWS_VPC_K8S_CNI_VETHPREFIX", value: "veth") { $0.network.podLinkPrefix = "veth" },
        Effect(name: "DISABLE_TCP_EARLY_DEMUX", value: "true") { $0.network.hasTCPEarlyDemux = false },
        Effect(name: "ENABLE_V4_EGRESS", value: "false") { $0.network.hasIPv4Egress = false },
        Effect(name: "ENABLE_V6_EGRESS", value: "true") { $0.network.hasIPv6Egress = true },
    ]

    @Test(arguments: [(true, false), (false, true), (true, true)])
    func theNodesNetworkKnowsWhichFamiliesPodsHave(hasIPv4: Bool, hasIPv6: Bool) {
        var variables = NodeVariables()
        (variables.families.hasIPv4, variables.families.hasIPv6) = (hasIPv4, hasIPv6)
        variables.network.mark = 0x300
        #expect(variables.nodeNetwork.podFamilies == Set((hasIPv4 ? [AddressFamily.v4] : []) + (hasIPv6 ? [.v6] : [])))
        #expect(variables.nodeNetwork.mark == 0x300)
    }

    @Test(arguments: effects) func aVariableChangesWhatItIsAbout(effect: Effect) {
        var expected = NodeVariables()
        effect.change(&expected)
        #expect(expected != NodeVariables(), "the value is the default, which proves nothing")
        let (variables, faults) = read(effect.name, effect.value)
        #expect(variables == expected && faults == [])
    }

    @Test func everyNameIsCoveredByATest() {
        #expect(Set(Self.effects.map(\.name)) == Set(NodeVariables.names))
        #expect(Self.effects.count == NodeVariables.names.count)
        #expect(
            Set(Self.ranges.map(\.name)).union(SettingValueTests.notNumbers.map(\.name)).union(SettingValueTests.flags)
                == Set(NodeVariables.names))
    }

    @Test func theDefaultsAreThoseOfTheIncumbentsManifest() {
        let defaults = NodeVariables()
        #expect(defaults.addressing == .secondary && defaults.pool.targets == WarmTargets(enis: 1, prefixes: 1))
        #expect(defaults.placement.enisMax == nil && defaults.pool.cooldown == .seconds(30) && defaults.eniMTUBytes == 9001)
        #expect(!defaults.placement.usesENIConfig && defaults.placement.discoversSubnets && !defaults.placement.usesEveryCard)
        #expect(defaults.placement.eniConfigLabel == "k8s.amazonaws.com/eniConfig" && defaults.placement.cluster == nil)
        #expect(defaults.placement.eniConfigAnnotation == "k8s.amazonaws.com/eniConfig" && !defaults.pool.managesCordonedNode)
    }

    @Test func whatIsOursIsOffByDefaultOrHarmless() {
        let defaults = NodeVariables()
        #expect(defaults.pods.addBudget == .seconds(60) && defaults.pods.garbageAgeMin == .seconds(120))
        #expect(defaults.pool.missProbability == nil && defaults.pool.excludedAddresses == [] && defaults.pods.reservations == [:])
        #expect(defaults.pods.criticalNamespaces == [] && defaults.pods.stickyNamespaces == [])
    }

    static let ranges: [(name: String, range: ClosedRange<Int>)] = [
        ("WARM_ENI_TARGET", 0...100), ("WARM_IP_TARGET", 0...4096), ("MINIMUM_IP_TARGET", 0...4096), ("WARM_PREFIX_TARGET", 0...1024),
        ("MAX_ENI", 1...100), ("IP_COOLDOWN_PERIOD", 0...86_400), ("AWS_VPC_ENI_MTU", 576...9001), ("BERTH_ADD_BUDGET", 1...100),
        ("BERTH_GC_MINIMUM_AGE", 0...86_400), ("BERTH_AUTO_WARM_MIN", 0...4096), ("BERTH_AUTO_WARM_MAX", 0...4096),
        ("BERTH_WAITING_MAX", 1...4096), ("BERTH_STICKY_HOLD", 1...86_400), ("BERTH_MAX_PODS", 1...4096),
        ("BERTH_ENI_SWEEP_INTERVAL", 10...604_800),
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

    @Test(arguments: [
        ("WARM_IP_TARGETS", "Did you mean WARM_IP_TARGET?"), ("MAX_ENIS", "Did you mean MAX_ENI?"),
        ("ENABLE_IPV6", "Did you mean ENABLE_IPv6?"),
        ("warm_ip_target", "Use one of ADDITIONAL_ENI_TAGS, ANNOTATE_POD_IP"),
        ("COLOR", "Use one of ADDITIONAL_ENI_TAGS, ANNOTATE_POD_IP"),
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
        #expect(faults == [] && variables.pool.targets.addresses == 4 && variables.pods.addBudget == .seconds(5))
        _ = NodeVariables(
            environment: ["BERTH_SOKET": "/x", "BERTH_ADD_BUDGE": "5", "MAX_ENI": "no"], known: ["BERTH_SOCKET"], faults: &faults)
        #expect(faults.map(\.place) == ["environment", "environment", "environment"])
        #expect(faults.map(\.remedy).prefix(2) == ["Did you mean BERTH_ADD_BUDGET?", "Did you mean BERTH_SOCKET?"])
    }

    @Test func whatIsNotSetIsTakenFromTheDefaultsGiven() {
        var (defaults, faults) = (NodeVariables(), [ConfigurationFault]())
        defaults.pool.cooldown = .seconds(5)
        defaults.placement.enisMax = 2
        let variables = NodeVariables(["MAX_ENI": ("3", "a:1")], defaults: defaults, faults: &faults)
        #expect(variables.pool.cooldown == .seconds(5) && variables.placement.enisMax == 3)
    }
}
