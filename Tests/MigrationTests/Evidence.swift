import Addressing
import IncumbentState
import Migration
import NodeConfiguration
import PodNetwork

/// A node as the incumbent leaves it: two pods, one on the primary ENI and one on the second, wired as reference §3.4 has it.
enum Evidence {
    static let (web, db) = (IPv4Address(10, 0, 32, 17), IPv4Address(10, 0, 32, 40))
    static let (webLink, dbLink) = (link("default", "nginx"), link("default", "web-0"))

    static let conflist = """
        {"cniVersion":"0.4.0","name":"aws-cni","disableCheck":true,"plugins":[\
        {"name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":"9001","podSGEnforcingMode":"strict",\
        "pluginLogFile":"/var/log/aws-routed-eni/plugin.log","pluginLogLevel":"DEBUG",\
        "capabilities":{"io.kubernetes.cri.pod-annotations":true}},\
        {"name":"egress-cni","type":"egress-cni","mtu":"9001","enabled":"false","nodeIP":"","ipam":{"type":"host-local"}},\
        {"type":"portmap","capabilities":{"portMappings":true},"snat":true}]}
        """

    /// As the manifest of v1.23.1 sets them.
    static let variables = [
        "ADDITIONAL_ENI_TAGS": "{}", "AWS_VPC_CNI_NODE_PORT_SUPPORT": "true", "AWS_VPC_ENI_MTU": "9001",
        "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false", "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false",
        "AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG", "AWS_VPC_K8S_CNI_LOG_FILE": "/host/var/log/aws-routed-eni/ipamd.log",
        "AWS_VPC_K8S_CNI_RANDOMIZESNAT": "prng", "AWS_VPC_K8S_CNI_VETHPREFIX": "eni",
        "AWS_VPC_K8S_PLUGIN_LOG_FILE": "/var/log/aws-routed-eni/plugin.log", "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": "DEBUG",
        "CLUSTER_ENDPOINT": "", "CLUSTER_NAME": "prod", "DISABLE_INTROSPECTION": "false", "DISABLE_METRICS": "false",
        "DISABLE_NETWORK_RESOURCE_PROVISIONING": "false", "DISABLE_TCP_EARLY_DEMUX": "false", "ENABLE_IPv4": "true",
        "ENABLE_IPv6": "false", "ENABLE_POD_ENI": "false", "ENABLE_PREFIX_DELEGATION": "false", "ENABLE_SUBNET_DISCOVERY": "true",
        "NETWORK_POLICY_ENFORCING_MODE": "standard", "VPC_CNI_VERSION": "v1.23.1", "WARM_ENI_TARGET": "1", "WARM_PREFIX_TARGET": "1",
    ]

    static func node(_ change: (inout NodeEvidence) -> Void = { _ in }) throws -> NodeEvidence {
        var evidence = NodeEvidence(
            environment: IncumbentEnvironment(variables: variables, release: "v1.23.1", enforcesNetworkPolicies: false),
            settingNames: Set(NodeVariables.names), conflist: .found(try IncumbentConflist(json: Array(conflist.utf8))),
            checkpoint: .found(try Checkpoint(allocations: [entry("nginx", web), entry("web-0", db)])),
            links: [
                link(1, .loopback), link(2, LinkName(literal: "eth0")), link(3, LinkName(literal: "eth1")), link(4, webLink),
                link(5, dbLink),
            ],
            routes: [
                Route(to: .v4(IPv4CIDR(host: web)), device: webLink, scope: .link, origin: .boot),
                Route(to: .v4(IPv4CIDR(host: db)), device: dbLink, scope: .link, origin: .boot),
                Route(
                    to: .v4(IPv4CIDR(containing: IPv4Address(0, 0, 0, 0), prefixLength: 0)), via: .v4(IPv4Address(10, 0, 32, 1)),
                    device: LinkName(literal: "eth1"), table: RouteTable(number: 2), origin: .boot),
            ],
            rules: [
                toPod(web), toPod(db),
                Rule(
                    priority: 1536, family: .v4, from: .v4(IPv4CIDR(host: db)), table: RouteTable(number: 2), origin: Origin(number: 0)),
            ],
            firewall: ["chain ip nat AWS-SNAT-CHAIN-0"])
        change(&evidence)
        return evidence
    }

    static func entry(_ pod: String, _ address: IPv4Address, namespace: String? = "default") -> Checkpoint.Entry {
        Checkpoint.Entry(
            key: Checkpoint.Entry.Key(networkName: "aws-cni", containerID: "sandbox-\(pod)", ifName: "eth0"), address: .v4(address),
            allocationTimestamp: 1_700_000_000_000_000_000, podNamespace: namespace, podName: namespace == nil ? nil : pod,
            interfacesCount: 1)
    }

    static func toPod(_ address: IPv4Address, table: RouteTable = .main) -> Rule {
        Rule(priority: 512, family: .v4, to: .v4(IPv4CIDR(host: address)), table: table, origin: Origin(number: 0))
    }

    static func link(_ index: Int32, _ name: LinkName, kind: String = "veth") -> LinkState {
        LinkState(index: index, name: name, mac: .derived(from: "\(name)"), mtuBytes: 9001, isUp: true, kind: kind)
    }

    private static func link(_ namespace: String, _ pod: String) -> LinkName {
        LinkName.hostVeth(prefix: "eni", namespace: namespace, name: pod) ?? .loopback
    }
}
