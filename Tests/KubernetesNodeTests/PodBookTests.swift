import CNISpec
import IPAMEngine
import KubernetesAdapter
import KubernetesNode
import NodeRuntime
import PodNetwork
import Testing

@Suite struct PodBookTests {
    private static let red = PoolName("red")

    private func book(_ pods: PodResource...) -> PodBook {
        var book = PodBook()
        book.take(.listed(pods))
        return book
    }

    @Test func aPodWithoutAnAddressIsExpectedUntilTheKubeletReportsOne() {
        var book = book(.pod("web"), .pod("api", status: #""podIP":"10.0.32.7""#))
        #expect(book.expected == [.shop("web"): nil])
        book.take(.changed(.pod("web", status: #""podIPs":[{"ip":"10.0.32.8"}]"#)))
        #expect(book.expected == [:])
    }

    @Test(arguments: [
        PodResource.pod("web", spec: #""hostNetwork":true"#), .pod("web", status: #""phase":"Succeeded""#),
        .pod("web", status: #""phase":"Failed""#), .pod("web", more: #","deletionTimestamp":"2026-01-02T03:04:05Z""#),
        .pod("web", spec: #""containers":[{"resources":{"limits":{"vpc.amazonaws.com/pod-eni":"1"}}}]"#),
        .pod("web", annotations: #""berth.dev/pool":"no pool!""#),
    ])
    func aPodThatWillAskForNoAddressOfAPoolIsNotExpected(pod: PodResource) {
        #expect(book(pod).expected == [:])
    }

    @Test func whatWasListedBeforeIsForgottenWithAListAndKeptThroughAnInterruption() {
        var book = book(.pod("a"), .pod("b"))
        book.take(Followed<PodResource>.interrupted(failure))
        #expect(book.expected.count == 2)
        book.take(.removed(.pod("a")))
        #expect(book.expected == [.shop("b"): nil])
        book.take(.listed([.pod("c")]))
        #expect(book.expected == [.shop("c"): nil])
        #expect(book.uid(of: .shop("c")) == "uid-c" && book.uid(of: .shop("b")) == nil)
    }

    @Test func aPodsAnnotationIsBeforeItsNamespacesAndTheOneOfTheRuntimeBeforeBoth() throws {
        var book = book(.pod("web", annotations: #""berth.dev/pool":"red""#), .pod("api"))
        let namespace = NamespaceResource(json: #"{"metadata":{"name":"shop","annotations":{"berth.dev/pool":"blue"}}}"#)
        book.take(.changed(namespace))
        #expect(try book.wishes(of: .shop("web"), annotations: [:]).pool == Self.red)
        #expect(try book.wishes(of: .shop("api"), annotations: [:]).pool == PoolName("blue"))
        #expect(try book.wishes(of: .shop("new"), annotations: ["berth.dev/pool": "green"]).pool == PoolName("green"))
        #expect(try book.wishes(of: .shop("web"), annotations: ["berth.dev/pool": ""]).pool == nil)
        #expect(try book.wishes(of: PodName(namespace: "other", name: "x"), annotations: [:]) == ClusterVoice.Wishes())
        #expect(book.expected == [.shop("web"): Self.red, .shop("api"): PoolName("blue")])
        book.take(.removed(namespace))
        #expect(try book.wishes(of: .shop("api"), annotations: [:]).pool == nil)
    }

    @Test(arguments: [("true", 300), ("false", 0), ("1", 1), ("86400", 86400)])
    func aStickyAddressIsKeptAsLongAsTheAnnotationSays(text: String, seconds: Int) throws {
        let wishes = try PodBook().wishes(of: .shop("db-0"), annotations: ["berth.dev/sticky-address": text])
        #expect(wishes.hold == .seconds(seconds))
    }

    @Test(arguments: [
        ("berth.dev/sticky-address", "0"), ("berth.dev/sticky-address", "86401"), ("berth.dev/sticky-address", "yes"),
        ("berth.dev/pool", "a b"), ("berth.dev/pool", "-é"),
    ])
    func anAnnotationThatCannotBeFollowedRefusesThePodAndSaysWhy(name: String, value: String) {
        let error = #expect(throws: CNIError.self) { try PodBook().wishes(of: .shop("db-0"), annotations: [name: value]) }
        #expect(error?.message.contains(name) == true && error?.message.contains("shop/db-0") == true, "\(error as Any)")
    }

    @Test func aBranchENIIsAwaitedByThePodThatAsksForOneAndByNoOther() {
        let limits = #""containers":[{"resources":{"limits":{"vpc.amazonaws.com/pod-eni":"1"}}}]"#
        var book = book(.pod("safe", spec: limits), .pod("web"))
        #expect(book.branchENI(of: .shop("web"), annotations: [:]) == .none)
        guard case .awaited = book.branchENI(of: .shop("safe"), annotations: [:]) else {
            Issue.record("not awaited")
            return
        }
        let text =
            #"[{\"eniId\":\"eni-0a\",\"ifAddress\":\"02:00:00:00:00:07\",\"privateIp\":\"10.0.32.9\","#
            + #"\"vlanId\":7,\"subnetCidr\":\"10.0.32.0/20\"}]"#
        book.take(.changed(.pod("safe", annotations: #""vpc.amazonaws.com/pod-eni":"\#(text)""#, spec: limits)))
        guard case .ready(let branch) = book.branchENI(of: .shop("safe"), annotations: [:]) else {
            Issue.record("not ready")
            return
        }
        #expect(branch.vlanID == 7)
    }
}
