import NodeConfiguration
import Testing

/// What may be written for settings that are no whole numbers.
@Suite struct SettingValueTests {
    static let flags = [
        "ENABLE_IPv4", "ENABLE_IPv6", "ENABLE_PREFIX_DELEGATION", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENABLE_SUBNET_DISCOVERY",
        "ENABLE_MULTI_NIC", "MANAGE_UNTAGGED_ENI", "DISABLE_LEAKED_ENI_CLEANUP",
        "AWS_MANAGE_ENIS_NON_SCHEDULABLE", "AWS_VPC_K8S_CNI_EXTERNALSNAT", "AWS_VPC_CNI_NODE_PORT_SUPPORT",
        "DISABLE_TCP_EARLY_DEMUX", "ENABLE_V4_EGRESS", "ENABLE_V6_EGRESS", "ENABLE_POD_ENI", "ANNOTATE_POD_IP", "BERTH_KUBERNETES_WRITES",
    ]

    @Test(arguments: flags) func aFlagTakesTheSpellingsOfTheIncumbent(name: String) {
        let isOn = Set(["1", "t", "T", "TRUE", "true", "True"].map { read(name, $0).variables })
        let isOff = Set(["0", "f", "F", "FALSE", "false", "False"].map { read(name, $0).variables })
        #expect(isOn.count == 1 && isOff.count == 1 && isOn != isOff)
        for value in ["yes", "", "tRUE", "2"] {
            #expect(read(name, value).faults.map(\.remedy) == ["Set it to true or false"])
        }
    }

    static let notNumbers: [(name: String, taken: [String], refused: [String], remedy: String)] = [
        (
            "BERTH_AUTO_WARM_TARGET", ["off", "on", "1%", "0.01%", "50%"],
            ["", "1", "true", "0%", "0.001%", "51%", "1e1%", "+1%", "nan%", "%"],
            "Set it to off, on, or a chance from 0.01% to 50%, such as 1%"
        ),
        (
            "BERTH_PRESSURE_SHARE", ["0", "5", "5%", "12.5", "50%"], ["", "-1", "51", "5%%", ".5", "5.", "inf", "0x5"],
            "Set it to a percentage from 0 to 50, such as 5%"
        ),
        (
            "BERTH_CRITICAL_NAMESPACES", ["", "  ", "a", "a, b-1 ,c"],
            ["a,", ",", "A", "-a", "a-", "a b", String(repeating: "a", count: 64)],
            "Set it to names of namespaces, with commas between"
        ),
        (
            "BERTH_STICKY_NAMESPACES", ["", "shop"], ["shop/db", "*"], "Set it to names of namespaces, with commas between"
        ),
        (
            "BERTH_EXCLUDED_ADDRESSES", ["", "10.0.0.1", "10.0.0.0/8,10.0.0.1"],
            ["10.0.0.1/8", "10.0.0", "2600::/80", "10.0.0.1;10.0.0.2"],
            "Set it to IPv4 addresses and blocks such as 10.0.32.0/28, with commas between"
        ),
        (
            "BERTH_RESERVATIONS", ["", "a/b=10.0.0.1", "a/b=10.0.0.1, a/c.d=10.0.0.2"],
            [
                "a=10.0.0.1", "a/b", "a/b=10.0.0.1=", "a/b/c=10.0.0.1", "a/B=10.0.0.1", "a/b=2600::1", "a/b=10.0.0.1,a/b=10.0.0.2",
                "a/b=10.0.0.1,a/c=10.0.0.1",
            ],
            "Set it to entries such as shop/db-0=10.0.32.77 with commas between, each pod and each address once"
        ),
        (
            "ADDITIONAL_ENI_TAGS", ["", "{}", #"{"team":"net","cost centre":"7"}"#],
            ["team=net", "[]", #"{"team":1}"#, #"{"aws:team":"net"}"#, #"{"":"net"}"#, #"{"a":"b""#], "Set it to a JSON object"
        ),
        (
            "CLUSTER_NAME", ["", "prod", "Prod_7-a"], ["my cluster", "a/b", String(repeating: "a", count: 101)],
            "Set it to the name of a cluster"
        ),
        (
            "ENI_CONFIG_LABEL_DEF", ["", "zone", "topology.kubernetes.io/zone", "k8s.amazonaws.com/eniConfig"],
            ["/zone", "a/", "a/b/c", "A b", "_a", "-/a", "Example.com/a", String(repeating: "a", count: 64)], "Set it to the key of a label"
        ),
        ("ENI_CONFIG_ANNOTATION_DEF", ["", "zone"], ["a b"], "Set it to the key of a label"),
        (
            "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS", ["", "0.0.0.0/0", "192.168.0.0/16, 198.51.100.7"], ["2600::/80", "192.168.0.0/33"],
            "Set it to IPv4 addresses and blocks"
        ),
        ("AWS_EXTERNAL_SERVICE_CIDRS", ["", "192.168.0.0/16"], ["home"], "Set it to IPv4 addresses and blocks"),
        ("AWS_VPC_K8S_CNI_RANDOMIZESNAT", ["prng", "hashrandom", "none"], ["", "PRNG", "random"], "Set it to prng, hashrandom or none"),
        ("POD_SECURITY_GROUP_ENFORCING_MODE", ["strict", "standard"], ["", "Strict", "off"], "Set it to strict or standard"),
        (
            "BERTH_NODE_TAINT", ["", "berth.dev/no-addresses", "full"], ["a b", "/", "berth.dev/"],
            "Set it to the key of a taint, such as berth.dev/no-addresses"
        ),
        (
            "AWS_VPC_K8S_CNI_VETHPREFIX", ["eni", "a", "veth", "et", "ali0"], ["", "eth", "lo", "vlan", "enis0", "e*", "e-n", "é"],
            "Set it to 1 to 4 letters and digits other than eth, lo and vlan"
        ),
        (
            "AWS_VPC_K8S_CNI_CONNMARK", ["0x80", "128", "0X100", "0b11", "0o17", "4294967295"],
            ["", "0", "0x", "0x0", "-1", "+1", "0x+1", "0x1ffffffff", "eighty"], "Set it to a whole number from 1 to 0xffffffff"
        ),
    ]

    @Test(arguments: notNumbers) func whatCannotBeReadIsAFaultThatSaysWhatCan(
        name: String, taken: [String], refused: [String], remedy: String
    ) {
        for value in taken { #expect(read(name, value).faults == []) }
        for value in refused {
            let (variables, faults) = read(name, value)
            #expect(variables == NodeVariables(), "\(name)=\(value) was taken")
            #expect(faults.count == 1 && faults.allSatisfy { $0.remedy.hasPrefix(remedy) }, "\(name)=\(value): \(faults)")
        }
    }

    @Test func anEmptyTextLeavesTheIncumbentsKeysAndNoCluster() {
        #expect(read("ENI_CONFIG_LABEL_DEF", "").variables == NodeVariables())
        #expect(read("ENI_CONFIG_ANNOTATION_DEF", "").variables == NodeVariables())
        #expect(read("CLUSTER_NAME", "").variables == NodeVariables())
    }

    @Test func anAutomaticTargetThatIsOnMissesOneInAHundred() {
        #expect(read("BERTH_AUTO_WARM_TARGET", "on").variables == read("BERTH_AUTO_WARM_TARGET", "1%").variables)
        #expect(read("BERTH_AUTO_WARM_TARGET", "on").variables.pool.missProbability == 0.01)
        #expect(read("BERTH_AUTO_WARM_TARGET", "off").variables.pool.missProbability == nil)
    }

    @Test func aListHasAtMost256Entries() {
        let names = (0...256).map { "n\($0)" }
        #expect(read("BERTH_CRITICAL_NAMESPACES", names.dropLast().joined(separator: ",")).variables.pods.criticalNamespaces.count == 256)
        #expect(read("BERTH_CRITICAL_NAMESPACES", names.joined(separator: ",")).faults.count == 1)
    }
}
