import NodeConfiguration
import Testing

@Suite struct ENIConfigNameTests {
    private static let usual = "k8s.amazonaws.com/eniConfig"
    private static let external = "vpc.amazonaws.com/externalEniConfig"

    /// Labels, annotations, and the name they give.
    static let choices: [(labels: [String: String], annotations: [String: String], name: String)] = [
        ([external: "outside", usual: "label"], [usual: "annotation"], "outside"),
        ([external: "outside"], [:], "outside"),
        ([usual: "label"], [usual: "annotation"], "annotation"),
        ([:], [usual: "annotation"], "annotation"),
        ([usual: "label"], [:], "label"),
        ([:], [:], "default"),
        // The outside controller's is a label; as an annotation it means nothing.
        ([:], [external: "outside"], "default"),
        ([usual: "label", "zone": "a"], ["zone": "b"], "label"),
        ([usual: "label"], [usual: ""], ""),
    ]

    @Test(arguments: choices) func theFirstOfLabelOfOthersAnnotationAndLabelCounts(
        labels: [String: String], annotations: [String: String], name: String
    ) {
        #expect(eniConfigName(labels: labels, annotations: annotations, variables: NodeVariables()) == name)
    }

    @Test func theKeysAreThoseThatTheVariablesName() {
        var variables = NodeVariables()
        variables.placement.eniConfigLabel = "topology.kubernetes.io/zone"
        variables.placement.eniConfigAnnotation = "net"
        let zone = ["topology.kubernetes.io/zone": "eu-central-1a", Self.usual: "other"]
        #expect(eniConfigName(labels: zone, annotations: [Self.usual: "other"], variables: variables) == "eu-central-1a")
        #expect(eniConfigName(labels: zone, annotations: ["net": "fast"], variables: variables) == "fast")
    }
}
