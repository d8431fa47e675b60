import Addressing
import CNISpec
import IPAMEngine
import NodePorts
import PodNetwork

// CHECK: a pod's reservation, its network and the result that the runtime kept, compared with each other.
extension Node {
    /// - Throws: `drift-found` with all that is wrong.
    func check(
        _ sandbox: SandboxRequest, netns: String, previous: PreviousResult, of call: PluginCall, on worker: Worker
    ) throws(CNIError) {
        if sandbox.configuration.wantsAddressesAlone { return try checkAddresses(of: sandbox, previous, on: worker) }
        let namespace = try openSandbox(sandbox, netns: netns, of: call).kernel
        if let pod = unpooledPods[sandbox.attachment] {
            let faults = try faults(of: pod, previous, sandbox: namespace, on: worker) + networkFaults
            guard faults.isEmpty else { throw .driftFound(faults) }
            return
        }
        guard let allocation = read({ $0.allocation(of: sandbox.attachment) }) else {
            throw .driftFound(["no address is held for \(sandbox.attachment)"])
        }
        var faults = try faults(of: allocation, sandbox, previous, in: namespace, on: worker)
        for attachment in furtherAttachments(behind: sandbox.attachment) {
            if let allocation = read({ $0.allocation(of: attachment) }) {
                faults += try self.faults(of: allocation, sandbox, previous, in: namespace, on: worker)
            } else if previous.result.interfaces.contains(where: { $0.name == attachment.interface && $0.sandbox != nil }) {
                faults.append("no address is held for \(attachment)")
            }
        }
        faults += networkFaults
        guard faults.isEmpty else { throw .driftFound(faults) }
    }

    /// What is wrong with the node's own network, without which the pod reaches nothing outside of the VPC.
    private var networkFaults: [String] {
        do {
            return try network?.drift().map { "\($0.object) is \($0.state.rawValue)" } ?? []
        } catch {
            return ["the node's network cannot be read: \(error)"]
        }
    }

    private func faults(
        of allocation: Allocation, _ sandbox: SandboxRequest, _ previous: PreviousResult, in namespace: any KernelNamespace,
        on worker: Worker
    ) throws(CNIError) -> [String] {
        let egress = egress.address(of: allocation.attachment)
        return try inKernel { () throws(KernelError) in
            let wiring = try wiring(allocation, mtuBytes: sandbox.configuration.mtu, egress: egress)
            return try wiring.faults(
                previous.result, holding: Array(allocation.addresses), host: worker.host, sandbox: namespace)
        }
    }
}

extension PodWiring {
    /// What is wrong with the pod, in the kernel and in the result that its runtime kept.
    ///
    /// - Parameters:
    ///   - result: Of the whole ADD, with what plugins behind ours changed.
    ///   - node: The node's namespace.
    ///   - pod: The pod's.
    func faults(
        _ result: CNIResult, holding held: [IPAddress], host node: any KernelNamespace, sandbox pod: any KernelNamespace
    ) throws(KernelError) -> [String] {
        guard let veth else { return ["the link of the pod is another plugin's"] }
        let told = result.interfaces.first { $0.name == veth.peerName.rawValue && $0.sandbox != nil }?.mac
        let check = PodCheck(veth: veth, peerMAC: told.flatMap { MACAddress($0) }, host: host, sandbox: sandbox)
        return try check.faults(host: node, sandbox: pod) + result.faults(veth: veth, addresses: held)
    }
}

extension CNIResult {
    /// What the result of the ADD says otherwise than the reservation.
    ///
    /// Addresses that it gives to interfaces of other plugins are none of ours, and the MAC address of the pod's end is for the
    /// kernel to confirm. A MAC that is none is the incumbent's, which keeps numbers there (reference §3.5); versions before
    /// 0.3.0 name no interfaces.
    func faults(veth: VethPair, addresses held: [IPAddress]) -> [String] {
        let place = interfaces.firstIndex { $0.name == veth.peerName.rawValue && $0.sandbox != nil }
        let named = addresses.filter { $0.interface == nil || $0.interface == place }.map(\.address)
        var faults = held.filter { !named.contains($0) }.map { "address \($0) is held, and the result of the ADD does not name it" }
        faults += named.filter { !held.contains($0) }.map { "the result of the ADD names address \($0), which is not held" }
        guard !interfaces.isEmpty else { return faults }
        if place == nil { faults.append("the result of the ADD names no interface \(veth.peerName) in the pod") }
        let near = interfaces.first { $0.sandbox == nil && $0.name == veth.name.rawValue }
        if near == nil { faults.append("the result of the ADD names no interface \(veth.name) on the node") }
        if let near, let text = near.mac, let other = MACAddress(text), other != veth.mac {
            faults.append("the result of the ADD gives \(near.name) the address \(other) instead of \(veth.mac)")
        }
        return faults
    }
}
