import Addressing
import NodePorts
import NodePortsTesting
import Testing

@Suite struct InMemoryPodPingTests {
    @Test(arguments: KernelContract.podPingCases)
    func aPingBetweenPlannedPodsEndsAsOnLinux(_ pods: PodPingCase) throws {
        let kernel = InMemoryKernel(hostName: "vpc")
        let nodes = ["first node", "second node"].map(kernel.createNamespace)
        let sandboxes = ["first pod", "second pod"].map(kernel.createNamespace)
        let places = try ([kernel.host] + nodes + sandboxes).map { namespace in
            let netns = try kernel.openDescriptors(of: namespace).netns
            return PingCase.Place(try kernel.kernel(for: namespace).openHost(), netns: netns)
        }
        let all = PodPingCase.Places(
            vpc: places[0], firstNode: places[1], secondNode: places[2], firstPod: places[3], secondPod: places[4])
        try pods.wireNodes(all)
        try pods.wirePods(all)
        let origin =
            switch pods.origin {
            case .firstNode: nodes[0]
            case .firstPod: sandboxes[0]
            }
        let trace = kernel.ping(from: origin, to: pods.target)
        #expect(trace.isAnswered == pods.isAnswered, "\(pods)\n\(trace)")
    }
}
