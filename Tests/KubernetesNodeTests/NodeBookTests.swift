import IPAMEngine
import KubernetesAdapter
import KubernetesNode
import NodeConfiguration
import Testing

@Suite struct NodeBookTests {
    private func node(_ metadata: String = "", _ spec: String = "", name: String = "node-a") -> NodeResource {
        NodeResource(json: #"{"metadata":{"name":"\#(name)"\#(metadata)},"spec":{\#(spec)}}"#)
    }

    @Test(arguments: [
        ("", "", NodeCondition.schedulable), ("", #""unschedulable":true"#, .cordoned),
        ("", #""taints":[{"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule"}]"#, .cordoned),
        ("", #""taints":[{"key":"team","value":"net","effect":"NoSchedule"}]"#, .schedulable),
        ("", #""taints":[{"key":"karpenter.sh/disrupted","effect":"NoSchedule"}]"#, .terminating),
        ("", #""unschedulable":true,"taints":[{"key":"ToBeDeletedByClusterAutoscaler","value":"17","effect":"NoSchedule"}]"#, .terminating),
        (#","deletionTimestamp":"2026-01-02T03:04:05Z""#, "", .terminating),
    ])
    func whetherPodsComeIsReadFromTheNodesMarks(metadata: String, spec: String, condition: NodeCondition) {
        var book = NodeBook(name: "node-a")
        book.take(.listed([node(metadata, spec)]))
        #expect(book.condition == condition)
        book.take(.removed(node()))
        #expect(book.condition == .schedulable && book.view == nil)
    }

    @Test func theViewIsTheNodesAndNoOthers() {
        var book = NodeBook(name: "node-a")
        book.take(.listed([node(name: "node-b")]))
        #expect(book.view == nil)
        book.take(.changed(node(#","labels":{"zone":"a"},"annotations":{"x":"y"}"#)))
        book.take(.changed(node(#","labels":{"zone":"b"}"#, name: "node-b")))
        #expect(book.view == ClusterView(node: "node-a", labels: ["zone": "a"], annotations: ["x": "y"]))
        #expect(!book.hasENIConfigs)
    }

    @Test func eniConfigsComeAndGo() {
        func config(_ name: String, _ subnet: String) -> ENIConfigResource {
            ENIConfigResource(json: #"{"metadata":{"name":"\#(name)"},"spec":{"subnet":"\#(subnet)","securityGroups":["sg-0a"]}}"#)
        }
        var book = NodeBook(name: "node-a")
        book.take(.changed(node()))
        book.take(.listed([config("a", "subnet-0a"), config("b", "subnet-0b")]))
        #expect(book.hasENIConfigs)
        #expect(book.view?.eniConfigs["a"] == ClusterView.ENIConfig(subnet: "subnet-0a", securityGroups: ["sg-0a"]))
        book.take(.changed(config("a", "subnet-0c")))
        book.take(.removed(config("b", "subnet-0b")))
        #expect(book.view?.eniConfigs.mapValues(\.subnet) == ["a": "subnet-0c"])
    }
}
