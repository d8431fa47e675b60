import Addressing
import IPAMEngine
import IncumbentState
import JSON
import Migration
import NodeConfiguration
import PodNetwork
import Testing

@Suite struct MigrationPlanTests {
    @Test func thePlanOfANodeReadsLikeThis() throws {
        let plan = MigrationPlan(try Evidence.node(), MigrationPlaces(), plugin: "/opt/berth/berth-cni")
        #expect(plan.description == Self.text)
    }

    @Test func thePlanOfANodeIsTheSameHoweverItsPodsAreListed() throws {
        let one = MigrationPlan(try Evidence.node(), MigrationPlaces(), plugin: "berth-cni")
        var reversed = try Evidence.node { $0.rules.reverse() }
        reversed.checkpoint = .found(
            try Checkpoint(allocations: [Evidence.entry("web-0", Evidence.db), Evidence.entry("nginx", Evidence.web)]))
        let other = MigrationPlan(reversed, MigrationPlaces(), plugin: "berth-cni")
        #expect(one == other)
    }

    @Test func settingsThatAreWrittenAreReadByTheDaemonAsTheIncumbentHadThem() throws {
        var evidence = try Evidence.node { evidence in
            evidence.set("WARM_IP_TARGET", "7")
            evidence.set("MINIMUM_IP_TARGET", "-1")
            evidence.set("ADDITIONAL_ENI_TAGS", #"{"team":"net: \"core\" #1"}"#)
            evidence.set("ENI_CONFIG_LABEL_DEF", "topology.kubernetes.io/zone")
            evidence.refusedSettings = [NodeEvidence.RefusedSetting(name: "MINIMUM_IP_TARGET", problem: "", remedy: "")]
        }
        evidence.customNetworking = CustomNetworking(
            eniConfigs: [CustomNetworking.ENIConfig(name: "eu-central-1a", subnet: "subnet-1a", securityGroups: ["sg-0a", "sg-0b"])],
            labels: ["topology.kubernetes.io/zone": "eu-central-1a", "other": "label"])
        let text = SettingsFile.text(evidence)
        let file = try NodeFile(environment: [:], yaml: text, file: "berth.yaml")
        #expect(file.variables.pool.targets.addresses == 7)
        #expect(file.variables.placement.additionalENITags == ["team": #"net: "core" #1"#])
        #expect(file.variables.placement.eniConfigLabel == "topology.kubernetes.io/zone")
        #expect(file.variables.placement.cluster == "prod")
        #expect(text.contains("eu-central-1a") && !text.contains("other") && !text.contains("MINIMUM_IP_TARGET"))
        #expect(text.hasPrefix(SettingsFile.mark))
    }

    @Test func aNodeWithoutSettingsHasAFileThatIsTaken() throws {
        let evidence = try Evidence.node { $0.environment = IncumbentEnvironment() }
        #expect(try NodeFile(environment: [:], yaml: SettingsFile.text(evidence), file: "berth.yaml").variables == NodeVariables())
    }

    @Test func thePrefixThatMadeTheLinksIsCarriedOver() throws {
        var evidence = try Evidence.node()
        evidence.conflist = .found(try IncumbentConflist(json: Array(Evidence.conflist.replacing(#""eni""#, with: #""pod""#).utf8)))
        let file = try NodeFile(environment: [:], yaml: SettingsFile.text(evidence), file: "berth.yaml")
        #expect(file.variables.network.podLinkPrefix == "pod")
    }

    @Test func anEgressPluginThatWorksKeepsItsWorkToItself() throws {
        var evidence = try Evidence.node()
        try evidence.chain(#"{"type":"egress-cni","enabled":"true"}"#)
        let file = try NodeFile(environment: [:], yaml: SettingsFile.text(evidence), file: "berth.yaml")
        #expect(!file.variables.network.hasIPv4Egress && !file.variables.network.hasIPv6Egress)
        let types = evidence.conflist.value?.adopted(socket: "/s")["plugins"]?.array?.compactMap { $0["type"]?.string }
        #expect(types?.filter { $0 == "egress-cni" }.isEmpty == false)
    }

    @Test func theAdoptedListIsTheSameNetworkForTheRuntime() throws {
        let conflist = try IncumbentConflist(json: Array(Evidence.conflist.utf8))
        let adopted = conflist.adopted(socket: "/run/berth/cni.sock")
        #expect(adopted["name"] == "aws-cni" && adopted["cniVersion"] == "0.4.0")
        #expect(adopted["plugins"]?.array?.compactMap { $0["type"]?.string } == ["aws-cni", "portmap"])
        #expect(adopted["plugins"]?.array?.first?["berthSocket"] == "/run/berth/cni.sock")
        #expect(adopted["plugins"]?.array?.first?["mtu"] == "9001")
        // Made of itself it is itself, so that a take-over can be repeated.
        let again = try IncumbentConflist(json: JSONValue.object(adopted).bytes)
        #expect(again.adopted(socket: "/run/berth/cni.sock") == adopted && again.isAdopted && !conflist.isAdopted)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"name":"x","plugins":[]}"#, #"{"name":"x","plugins":[{"type":"ptp"}]}"#, #"{"plugins":[{"type":"aws-cni"}]}"#,
    ])
    func otherListsAreRefused(_ text: String) {
        #expect(throws: IncumbentConflist.Fault.self) { try IncumbentConflist(json: Array(text.utf8)) }
    }

    private static let text = """
        1. Keep aws-node from this node; pods go on running without it. (you)
             $ kubectl label node NODE berth.node/cni=berth --overwrite
             $ kubectl -n kube-system patch daemonset aws-node --patch '\(NodeChoice.incumbentPatch)'
        2. Keep the incumbent's files for a roll-back. (berth migrate take-over)
             $ cp -p /etc/cni/net.d/10-aws.conflist /var/lib/berth/aws-node/10-aws.conflist
             $ cp -p /var/run/aws-node/ipam.json /var/lib/berth/aws-node/ipam.json
        3. Write the settings of aws-node to /etc/berth/berth.yaml. (berth migrate take-over)
             # Written by berth migrate take-over from the settings of aws-node. Without this line it is not written again.
             settings:
               ADDITIONAL_ENI_TAGS: "{}"
               AWS_VPC_CNI_NODE_PORT_SUPPORT: "true"
               AWS_VPC_ENI_MTU: "9001"
               AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: "false"
               AWS_VPC_K8S_CNI_EXTERNALSNAT: "false"
               AWS_VPC_K8S_CNI_RANDOMIZESNAT: "prng"
               AWS_VPC_K8S_CNI_VETHPREFIX: "eni"
               CLUSTER_NAME: "prod"
               DISABLE_TCP_EARLY_DEMUX: "false"
               ENABLE_IPv4: "true"
               ENABLE_IPv6: "false"
               ENABLE_POD_ENI: "false"
               ENABLE_PREFIX_DELEGATION: "false"
               ENABLE_SUBNET_DISCOVERY: "true"
               WARM_ENI_TARGET: "1"
               WARM_PREFIX_TARGET: "1"
        4. Hand the addresses of running pods to berthd's next start. (berth migrate take-over)
             $ mv /run/berth/journal /run/berth/journal.before-take-over
             $ cp /var/run/aws-node/ipam.json /run/berth/aws-node-ipam.json
        5. Place the plugin under its own name, and under the incumbent's for the pods that run. (berth migrate take-over)
             $ install -m 755 /opt/berth/berth-cni /opt/cni/bin/berth-cni
             $ mv /opt/cni/bin/aws-cni /opt/cni/bin/aws-cni.before-berth
             $ install -m 755 /opt/berth/berth-cni /opt/cni/bin/aws-cni
        6. Replace /etc/cni/net.d/10-aws.conflist; network and plugin keep their names. (berth migrate take-over)
             {"cniVersion":"0.4.0","name":"aws-cni","disableCheck":true,"plugins":[\
        {"name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":"9001","podSGEnforcingMode":"strict",\
        "pluginLogFile":"/var/log/aws-routed-eni/plugin.log","pluginLogLevel":"DEBUG",\
        "capabilities":{"io.kubernetes.cri.pod-annotations":true},"berthSocket":"/run/berth/cni.sock"},\
        {"type":"portmap","capabilities":{"portMappings":true},"snat":true}]}
        7. Start berthd, by its DaemonSet or its unit. (you)
             $ berthd --config /etc/berth/berth.yaml
        8. Adopt 2 pods with their addresses. (berthd)
             default/nginx 10.0.32.17 table main
             default/web-0 10.0.32.40 table 2
        9. Put table inet berth in the place of the incumbent's chains, in one transaction. (berthd)
             - chain ip nat AWS-SNAT-CHAIN-0

        """
}
