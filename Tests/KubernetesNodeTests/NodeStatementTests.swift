import JSON
import KubernetesAdapter
import KubernetesNode
import Testing

@Suite struct NodeStatementTests {
    private static let now = Timestamp(secondsSince1970: 1_767_323_045)
    private static let problem = NodeStatement.Problem(reason: "SubnetFull", message: "Subnet subnet-0a has no free address")

    private func node(_ status: String = "", _ spec: String = "") -> NodeResource {
        NodeResource(json: #"{"metadata":{"name":"node-a","resourceVersion":"7"},"spec":{\#(spec)},"status":{\#(status)}}"#)
    }

    @Test func aNewNodeIsToldThatItsNetworkIsThereAndHowManyAddressesItHas() {
        let patch = NodeStatement(addresses: 29).statusPatch(of: node(), at: Self.now)
        let condition = patch?["status"]?["conditions"]?.array?.first
        #expect(condition?["type"]?.string == "NetworkUnavailable" && condition?["status"]?.string == "False")
        #expect(condition?["lastTransitionTime"]?.string == "2026-01-02T03:04:05Z")
        #expect(patch?["status"]?["capacity"]?["berth.dev/pod-addresses"]?.string == "29")
    }

    @Test func whatTheNodeSaysAlreadyIsNotSaidAgain() {
        let said =
            #""conditions":[{"type":"Ready","status":"True"},{"type":"NetworkUnavailable","status":"False","#
            + #""reason":"AddressesAvailable","message":"Pods are given addresses of the VPC","#
            + #""lastTransitionTime":"2026-01-01T00:00:00Z"}],"capacity":{"berth.dev/pod-addresses":"29","cpu":"2"}"#
        let node = node(said)
        #expect(NodeStatement(addresses: 29).statusPatch(of: node, at: Self.now) == nil)
        #expect(NodeStatement(addresses: 29).statusPatch(of: NodeStatement.part(of: node), at: Self.now) == nil)
        let fewer = NodeStatement(addresses: 12).statusPatch(of: node, at: Self.now)
        #expect(fewer?["status"]?["conditions"] == nil && fewer?["status"]?["capacity"]?["berth.dev/pod-addresses"]?.string == "12")
    }

    @Test func theMomentOfAChangeIsThatOfTheStatusAndNotOfItsReason() {
        let said =
            #""conditions":[{"type":"NetworkUnavailable","status":"True","reason":"Throttled","message":"m","#
            + #""lastTransitionTime":"2026-01-01T00:00:00Z"}]"#
        let patch = NodeStatement(problem: Self.problem, addresses: 0).statusPatch(of: node(said), at: Self.now)
        let condition = patch?["status"]?["conditions"]?.array?.first
        #expect(condition?["reason"]?.string == "SubnetFull")
        #expect(condition?["lastTransitionTime"]?.string == "2026-01-01T00:00:00Z")
    }

    @Test func theTaintIsPutThereWithAProblemAndTakenAwayWithItAndOthersStay() {
        let others = #"{"key":"team","value":"net","effect":"NoSchedule"},{"key":"berth.dev/full","effect":"NoExecute"}"#
        let ours = #",{"key":"berth.dev/full","effect":"NoSchedule","timeAdded":"2026-01-01T00:00:00Z"}"#
        let (free, tainted) = (node("", #""taints":[\#(others)]"#), node("", #""taints":[\#(others)\#(ours)]"#))
        let bad = NodeStatement(problem: Self.problem, addresses: 0, taint: "berth.dev/full")
        let good = NodeStatement(addresses: 9, taint: "berth.dev/full")
        let put = bad.taintPatch(of: free)
        #expect(put?["spec"]?["taints"]?.array?.count == 3)
        #expect(put?["metadata"]?["resourceVersion"]?.string == "7", "the list would be written over a change of somebody else's")
        #expect(bad.taintPatch(of: tainted) == nil && good.taintPatch(of: free) == nil)
        #expect(
            good.taintPatch(of: tainted)?["spec"]?["taints"]?.array?.compactMap { $0["effect"]?.string } == ["NoSchedule", "NoExecute"])
        #expect(NodeStatement(problem: Self.problem, addresses: 0).taintPatch(of: free) == nil)
    }
}
