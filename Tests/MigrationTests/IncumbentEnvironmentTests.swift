import Migration
import Testing

@Suite struct IncumbentEnvironmentTests {
    @Test func linesOfNameAndValueAreRead() throws {
        let text =
            "# DaemonSet aws-node, container aws-node\nWARM_IP_TARGET=4\r\n\nADDITIONAL_ENI_TAGS={\"a\":\"b=c\"}\nVPC_CNI_VERSION=v1.18.1\nEMPTY=\n"
        let environment = try IncumbentEnvironment(lines: text, file: "env")
        #expect(environment["WARM_IP_TARGET"] == "4" && environment["ADDITIONAL_ENI_TAGS"] == #"{"a":"b=c"}"#)
        #expect(environment["EMPTY"] == nil && environment.release == "v1.18.1" && environment.enforcesNetworkPolicies == nil)
    }

    @Test(arguments: [
        ("A=1\nB", "env:2"), ("=1", "env:1"), ("1A=2", "env:1"), ("A-B=2", "env:1"), ("A=1\nA=2", "env:2"),
        (String(repeating: "x", count: 300) + "=1", "env:1"), ((0...1000).map { "A\($0)=1" }.joined(separator: "\n"), "env:1001"),
    ])
    func otherLinesAreRefusedByTheirNumber(_ text: String, _ place: String) {
        let error = #expect(throws: MigrationInputError.self) { try IncumbentEnvironment(lines: text, file: "env") }
        #expect(error?.place == place)
    }

    @Test func aDaemonSetGivesItsVariablesItsReleaseAndItsPolicyAgent() throws {
        let text = """
            {"kind":"DaemonSet","spec":{"template":{"spec":{
             "initContainers":[{"name":"aws-vpc-cni-init","env":[{"name":"DISABLE_TCP_EARLY_DEMUX","value":"true"},{"name":"ENABLE_IPv6","value":"x"}]}],
             "containers":[
              {"name":"aws-node","image":"registry.example:5000/amazon-k8s-cni:v1.23.1-eksbuild.1",
               "env":[{"name":"ENABLE_IPv6","value":"false"},{"name":"MY_NODE_NAME","valueFrom":{"fieldRef":{}}},{"name":"CLUSTER_ENDPOINT"}]},
              {"name":"aws-eks-nodeagent","args":["--enable-ipv6=false","--enable-network-policy=true"]}]}}}}
            """
        let environment = try IncumbentEnvironment(daemonSet: Array(text.utf8), file: "ds.json")
        #expect(environment.variables == ["DISABLE_TCP_EARLY_DEMUX": "true", "ENABLE_IPv6": "false", "CLUSTER_ENDPOINT": ""])
        #expect(environment.release == "v1.23.1" && environment.enforcesNetworkPolicies == true)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"kind":"Pod","spec":{}}"#,
        #"{"kind":"DaemonSet","spec":{"template":{"spec":{"containers":[{"name":"other"}]}}}}"#,
        #"{"kind":"DaemonSet","spec":{"template":{"spec":{"containers":7}}}}"#,
    ])
    func whatIsNoDaemonSetOfAWSNodeIsRefused(_ text: String) {
        #expect(throws: MigrationInputError.self) { try IncumbentEnvironment(daemonSet: Array(text.utf8), file: "ds.json") }
    }

    @Test func wordsForTrueAreThoseOfGoAndJunkIsTheDefault() {
        let environment = IncumbentEnvironment(variables: ["A": "T", "B": "yes", "C": "0"])
        #expect(environment.isTrue("A") && !environment.isTrue("B") && environment.isTrue("B", default: true))
        #expect(!environment.isTrue("C", default: true) && !environment.isTrue("D"))
    }
}
