import Addressing
import CNISpec
import IPAMEngine
import NodePorts
import PodNetwork

// Addresses alone, for another plugin that makes the pod's interface.
extension Node {
    /// The result of an ADD that wants addresses alone: they stand in their subnet, whose router is the way out.
    ///
    /// The length of the prefix is the subnet's, since plugins such as `ptp` and `bridge` take gateways in it alone.
    func bareResult(of allocation: Allocation) -> CNIResult {
        let eni = read { engine in engine.enis.first { $0.eni.id == allocation.eni }?.eni }
        let addresses = allocation.addresses.map { address in
            switch address {
            case .v4:
                CNIResult.Address(
                    address, prefixLength: eni?.subnetBlock.prefixLength ?? 32, gateway: (eni?.subnetBlock[1]).map(IPAddress.v4))
            case .v6:
                CNIResult.Address(address, prefixLength: Self.subnetPrefixLengthIPv6, gateway: .v6(ENINetworkPlan.gatewayIPv6))
            }
        }
        let routes = addresses.map { CNIResult.Route(to: $0.address.family == .v4 ? .everyIPv4 : .everyIPv6, gateway: $0.gateway) }
        return CNIResult(addresses: addresses, routes: routes)
    }

    /// The IPv6 block of a subnet is a /64, as in ``ENIDescription``.
    private static let subnetPrefixLengthIPv6 = 64

    /// CHECK of addresses alone: the reservation, its rules and the result are looked at, and the pod's link is not ours to judge.
    func checkAddresses(of sandbox: SandboxRequest, _ previous: PreviousResult, on worker: Worker) throws(CNIError) {
        guard let allocation = read({ $0.wiredAllocation(of: sandbox.attachment) }), allocation.isWiredByOthers else {
            throw .driftFound(["no address is held for \(sandbox.attachment)"])
        }
        let told = Set(previous.result.addresses.map(\.address))
        let missing = try inKernel { () throws(KernelError) in
            try worker.host.missing(wiring(allocation, mtuBytes: settings.eniMTUBytes, egress: nil).host)
        }
        let faults =
            allocation.addresses.filter { !told.contains($0) }.map { "address \($0) is held, and the result of the ADD does not name it" }
            + missing.map { "\($0) is missing on the node" }
        guard faults.isEmpty else { throw .driftFound(faults) }
    }
}

extension CNIError {
    /// An ADD of the same attachment was of the other kind: with an interface of ours, or with addresses alone.
    static func heldOtherwise(_ allocation: Allocation) -> CNIError {
        let owner = allocation.isWiredByOthers ? "another plugin's interface" : "an interface of \(NetworkConfiguration.pluginType)"
        return CNIError(
            code: .invalidConfiguration, message: "\(allocation.attachment) holds \(allocation.addresses) for \(owner). Send DEL first")
    }
}
