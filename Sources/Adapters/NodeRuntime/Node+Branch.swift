import Addressing
import CNISpec
import IPAMEngine
import JSON
import Logging
import NodePorts
import PodNetwork

// Pods on branch ENIs, whose addresses the cluster's controller gives.
extension Node {
    /// What the cluster says of the request's pod; none outside Kubernetes.
    func branchENI(of sandbox: SandboxRequest) throws(CNIError) -> BranchENI? {
        guard let pod = sandbox.pod else { return nil }
        switch branchENIs.branchENI(pod, sandbox.annotations) {
        case .none: return nil
        case .ready(let branch): return branch
        case .awaited(let problem):
            throw .refused(.eniNotReady, "The branch ENI of pod \(pod) is not ready: \(problem). The runtime tries again")
        }
    }

    /// Wires the pod and answers its ADD. The attachment's lock is held.
    func add(
        _ branch: BranchENI, _ sandbox: SandboxRequest, _ add: PendingAdds.Add, on worker: Worker
    ) throws(CNIError) {
        let pod = try inKernel { () throws(KernelError) in try branchPod(branch, sandbox, on: worker) }
        let wiring = try wire(pod, of: add, on: worker)
        let link = CNIResult.Interface(name: branch.link.rawValue, mac: branch.mac.description, mtu: pod.mtuBytes)
        add.answer(answer(to: add, [(wiring, pod.addresses)], others: [link]))
    }

    private func branchPod(_ branch: BranchENI, _ sandbox: SandboxRequest, on worker: Worker) throws(KernelError) -> UnpooledPod {
        let mode = settings.branchENIMode
        let trunkMAC = branchENIs.trunk()
        guard let trunkMAC, let trunk = try worker.host.links().first(where: { $0.mac == trunkMAC && $0.vlanID == nil }) else {
            throw KernelError("find the trunk ENI \(trunkMAC?.description ?? "that the node needs for a branch ENI")", .noSuchDevice)
        }
        guard let hostLink = mode == .strict ? sandbox.hostLink(prefix: BranchENIPlan.strictVethPrefix) : sandbox.hostLink else {
            throw KernelError("name the link of \(sandbox.attachment)", .invalidArgument)
        }
        if mode == .strict { try makeWayForStrictPods(on: worker.host) }
        return UnpooledPod(
            attachment: sandbox.attachment, pod: sandbox.pod, origin: .branchENI(branch, mode: mode, trunk: trunk.name), hostLink: hostLink,
            mtuBytes: min(sandbox.configuration.mtu, settings.eniMTUBytes, trunk.mtuBytes), since: clock())
    }

    /// Lets packets of strict pods be looked at before the node's own addresses are; there is no moment without a rule for these.
    private func makeWayForStrictPods(on host: any KernelNamespace) throws(KernelError) {
        try host.ensure(BranchENIPlan.strictNodeRules)
        if let error = try host.remove(BranchENIPlan.strictNodeObstacles).first { throw error }
    }
}

extension SandboxRequest {
    /// The pod's annotations, where the runtime passes them on (capability `io.kubernetes.cri.pod-annotations`).
    var annotations: [String: String] {
        let members = configuration.runtimeConfig?["io.kubernetes.cri.pod-annotations"]?.object?.members ?? []
        return Dictionary(members.compactMap { member in member.value.string.map { (member.name, $0) } }) { first, _ in first }
    }
}
