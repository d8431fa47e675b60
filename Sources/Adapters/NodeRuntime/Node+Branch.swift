import Addressing
import CNISpec
import IPAMEngine
import JSON
import Logging
import NodePorts
import PodNetwork

// Pods on branch ENIs: ADD, DEL and CHECK without the engine, which has no part in their addresses.
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
        do throws(KernelError) {
            let pod = try branchPod(branch, sandbox, on: worker)
            let wiring = try pod.wiring()
            try wiring.make(host: worker.host, pod: add.pod)
            branchPods.insert(pod)
            add.answer(answer(to: add, wiring, of: pod))
        } catch {
            logger.error("pod on a branch ENI not wired", metadata: ["vlan": "\(branch.vlanID)", "error": "\(error)"])
            throw .kernelFailed(error)
        }
    }

    private func branchPod(_ branch: BranchENI, _ sandbox: SandboxRequest, on worker: Worker) throws(KernelError) -> BranchPod {
        let mode = settings.branchENIMode
        let trunkMAC = branchENIs.trunk()
        guard let trunkMAC, let trunk = try worker.host.links().first(where: { $0.mac == trunkMAC && $0.vlanID == nil }) else {
            throw KernelError("find the trunk ENI \(trunkMAC?.description ?? "that the node needs for a branch ENI")", .noSuchDevice)
        }
        guard let hostLink = mode == .strict ? sandbox.hostLink(prefix: BranchENIPlan.strictVethPrefix) : sandbox.hostLink else {
            throw KernelError("name the link of \(sandbox.attachment)", .invalidArgument)
        }
        if mode == .strict { try makeWayForStrictPods(on: worker.host) }
        return BranchPod(
            attachment: sandbox.attachment, pod: sandbox.pod, branch: branch, mode: mode, trunk: trunk.name, hostLink: hostLink,
            mtuBytes: min(sandbox.configuration.mtu, settings.eniMTUBytes, trunk.mtuBytes), since: clock())
    }

    /// Lets packets of strict pods be looked at before the node's own addresses are; there is no moment without a rule for these.
    private func makeWayForStrictPods(on host: any KernelNamespace) throws(KernelError) {
        try host.ensure(BranchENIPlan.strictNodeRules)
        if let error = try host.remove(BranchENIPlan.strictNodeObstacles).first { throw error }
    }

    private func answer(to add: PendingAdds.Add, _ wiring: PodWiring, of pod: BranchPod) -> PluginAnswer {
        answer(
            to: add, [(wiring, pod.branch.addresses)],
            others: [
                CNIResult.Interface(name: pod.branch.link.rawValue, mac: pod.branch.mac.description, mtu: pod.mtuBytes)
            ])
    }

    /// - Returns: What went wrong. The attachment's lock is held.
    func delete(_ pod: BranchPod, on worker: Worker) -> CNIError? {
        do throws(KernelError) {
            let wiring = try pod.wiring()
            let isLinkGone = try wiring.unmake(host: worker.host)
            branchPods.remove(pod.attachment)
            // The VLAN's link is in the reaper's group whether or not the pod's link is gone.
            if let addresses = PodAddresses(pod.branch.addresses) {
                reaper.add(wiring.veth.flatMap { isLinkGone ? nil : $0.name } ?? pod.branch.link, of: addresses)
            }
            return nil
        } catch {
            return .kernelFailed(error)
        }
    }

    /// - Returns: All that is wrong with the pod.
    func faults(
        of pod: BranchPod, _ previous: PreviousResult, sandbox: any KernelNamespace, on worker: Worker
    ) throws(CNIError) -> [String] {
        try inKernel { () throws(KernelError) -> [String] in
            var faults = try pod.wiring().faults(previous.result, holding: pod.branch.addresses, host: worker.host, sandbox: sandbox)
            if pod.mode == .strict {
                faults += try worker.host.missing(BranchENIPlan.strictNodeRules).map { "\($0) is missing on the node" }
            }
            return faults
        }
    }
}

extension SandboxRequest {
    /// The pod's annotations, where the runtime passes them on (capability `io.kubernetes.cri.pod-annotations`).
    var annotations: [String: String] {
        let members = configuration.runtimeConfig?["io.kubernetes.cri.pod-annotations"]?.object?.members ?? []
        return Dictionary(members.compactMap { member in member.value.string.map { (member.name, $0) } }) { first, _ in first }
    }
}
