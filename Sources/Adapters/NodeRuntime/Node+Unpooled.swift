import Addressing
import CNISpec
import IPAMEngine
import Logging
import NodePorts
import PodNetwork

// Pods that the engine has no part in: ADD, DEL and CHECK, whoever gave them their addresses.
extension Node {
    /// Wires the pod. The attachment's lock is held.
    ///
    /// - Throws: Code 110 when another such pod has one of its addresses, and 112 when the kernel refuses a step.
    func wire(_ pod: UnpooledPod, of add: PendingAdds.Add, on worker: Worker) throws(CNIError) -> PodWiring {
        if let other = unpooledPods.begin(pod) {
            let shared = pod.addresses.filter(other.addresses.contains)
            throw .refused(
                .fixedAddressUnavailable, "\(shared) of \(pod.attachment) is held by \(other.attachment). Send DEL for that first")
        }
        do throws(KernelError) {
            let wiring = try pod.wiring()
            try wiring.make(host: worker.host, pod: add.pod)
            unpooledPods.settle(pod.attachment)
            return wiring
        } catch {
            unpooledPods.remove(pod.attachment)
            logger.error("pod not wired", metadata: ["addresses": "\(pod.addresses)", "error": "\(error)"])
            throw .kernelFailed(error)
        }
    }

    /// - Returns: What went wrong. The attachment's lock is held.
    func delete(_ pod: UnpooledPod, on worker: Worker) -> CNIError? {
        unpooledPods.unsettle(pod.attachment)
        do throws(KernelError) {
            let wiring = try pod.wiring()
            let isLinkGone = try wiring.unmake(host: worker.host)
            unpooledPods.remove(pod.attachment)
            // A VLAN's link is in the reaper's group whether or not the pod's link is gone.
            let doomed = wiring.host.compactMap(\.linkName).filter { !isLinkGone || $0 != wiring.veth?.name }
            if let addresses = PodAddresses(pod.addresses), let link = doomed.last { reaper.add(link, of: addresses) }
            return nil
        } catch {
            return .kernelFailed(error)
        }
    }

    /// - Returns: All that is wrong with the pod.
    func faults(
        of pod: UnpooledPod, _ previous: PreviousResult, sandbox: any KernelNamespace, on worker: Worker
    ) throws(CNIError) -> [String] {
        try inKernel { () throws(KernelError) -> [String] in
            try pod.wiring().faults(previous.result, holding: pod.addresses, host: worker.host, sandbox: sandbox)
                + worker.host.missing(pod.commonObjects).map { "\($0) is missing on the node" }
        }
    }
}

extension KernelObject {
    fileprivate var linkName: LinkName? {
        switch self {
        case .veth(let veth): veth.name
        case .vlan(let vlan): vlan.name
        case .address, .route, .rule, .neighbour: nil
        }
    }
}
