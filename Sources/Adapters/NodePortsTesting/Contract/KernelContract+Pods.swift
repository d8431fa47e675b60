import Addressing
import NodePorts
import PodNetwork

extension KernelContract {
    private static let pod = PodNetworkPlan(
        addresses: [Fixture.pod, Fixture.address("fd00::17")], table: .ofENI(deviceIndex: 1), veth: Fixture.veth)
    private static let otherPod = PodNetworkPlan(
        addresses: [Fixture.address("fd00::18")], table: .main, veth: Fixture.otherVeth)

    static let podCases: [Case] = [
        Case("a pod of both families is there as it was planned") { run in
            try run.wire(pod)
            run.expect("missing in the host", try run.host.missing(pod.host), is: [])
            run.expect("missing in the sandbox", try run.sandbox.missing(pod.sandbox), is: [])
        },
        Case("a pod of both families may be ensured twice") { run in
            try run.wire(pod)
            try run.host.ensure(pod.host.filter { !$0.isVeth })
            try run.sandbox.ensure(pod.sandbox)
            run.expect("missing in the host", try run.host.missing(pod.host), is: [])
            run.expect("missing in the sandbox", try run.sandbox.missing(pod.sandbox), is: [])
            run.expect("rules", try run.host.rules().filter { $0.origin == .berth }.count, is: 4)
        },
        Case("a later pod with the link of an earlier one has all that is its own") { run in
            try run.wire(pod)
            try run.wire(pod)
            run.expect("missing in the host", try run.host.missing(pod.host), is: [])
            run.expect("missing in the sandbox", try run.sandbox.missing(pod.sandbox), is: [])
        },
        Case("removing a pod of both families leaves nothing of it and all of another") { run in
            try run.wire(otherPod)
            try run.wire(pod)
            for _ in 0..<2 { run.expect("refusals", try run.host.remove(pod.host.reversed()), is: []) }
            run.expect("missing of the other", try run.host.missing(otherPod.host), is: [])
            run.expect("left of it", try run.host.missing(pod.host).count, is: pod.host.count - 1)
            run.expect("links", try run.host.links().map(\.name), is: [.loopback, Fixture.otherVeth.name])
        },
        Case("the node's neighbour of an IPv6 pod goes when its link is set down") { run in
            try run.wire(otherPod)
            run.expect("neighbours", try run.host.neighbours().count, is: 1)
            try run.host(.setLink(Fixture.otherVeth.name, LinkSettings(isUp: false)))
            run.expect("neighbours when down", try run.host.neighbours(), is: [])
        },
        Case("a sandbox whose runtime disabled IPv6 refuses an IPv6 address with EACCES") { run in
            try run.sandbox(.setSysctl("ipv6/conf/default/disable_ipv6", "1"))
            do throws(KernelError) {
                try run.wire(otherPod)
                run.failures.append("gave an address to a link without IPv6")
            } catch {
                run.expect("errno", error.errno, is: .permissionDenied)
                run.expect("names the address", error.action.contains("fd00::18/128"), is: true)
            }
        },
    ]
}

extension ContractRun {
    /// Makes a pod as the daemon makes it.
    fileprivate func wire(_ pod: PodNetworkPlan) throws(KernelError) {
        try host.ensure(pod.host, sandboxNetns: sandboxNetns)
        _ = try sandbox.perform([.setLink(pod.veth.peerName, LinkSettings(isUp: true))], sandboxNetns: nil)
        try sandbox.ensure(pod.sandbox)
    }
}

extension KernelObject {
    fileprivate var isVeth: Bool {
        if case .veth = self { true } else { false }
    }
}
