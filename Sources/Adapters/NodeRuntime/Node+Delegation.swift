import Addressing
import CNISpec
import IPAMEngine
import NodePorts
import PodNetwork
import Timeline

// Requests whose configuration names an IPAM plugin of others: when `berth-cni` runs it, and what comes of it.
extension Node {
    /// Answers a command that has done its own part: at once, or behind the IPAM plugin that the configuration names.
    func finish(_ command: CNICommand, _ configuration: NetworkConfiguration, of call: PluginCall) throws(CNIError) {
        guard let plugin = configuration.ipamPlugin else { return call.answer(.silent) }
        if let outcome = call.outcome {
            if let failure = outcome.failure(of: plugin, running: command) { throw failure }
            return call.answer(.silent)
        }
        var answer = PluginAnswer.silent
        answer.delegation = try delegation(command, to: plugin, telling: .failure, of: call)
        call.answer(answer)
    }

    /// GC of ours, then of the IPAM plugin; what either could not free is told at the end.
    func collectGarbage(
        _ configuration: NetworkConfiguration, keeping: Set<CNIAttachment>, of call: PluginCall, on worker: Worker
    ) throws(CNIError) {
        var (freed, failures) = collectGarbage(of: configuration.name, keeping: keeping, on: worker)
        guard !failures.isEmpty else { return try finish(.collectGarbage, configuration, of: call) }
        if let plugin = configuration.ipamPlugin {
            guard let outcome = call.outcome else {
                var answer = PluginAnswer.silent
                answer.delegation = try delegation(.collectGarbage, to: plugin, telling: .always, of: call)
                return call.answer(answer)
            }
            failures += outcome.failure(of: plugin, running: .collectGarbage).map { [$0.message] } ?? []
        }
        throw .garbageCollectionIncomplete(failures, freed: freed)
    }

    /// - Throws: What keeps the plugin at the other end of the socket from running another.
    private func delegation(
        _ command: CNICommand, to plugin: String, telling: Delegation.Telling, of call: PluginCall
    ) throws(CNIError) -> Delegation {
        guard call.environment["CNI_PATH"]?.isEmpty == false else { throw .ipamPathMissing(plugin) }
        guard call.runsDelegations else { throw .ipamPluginNotRun(plugin) }
        return Delegation(command, to: plugin, telling: telling, limit: command.delegationLimit)
    }

    // MARK: - ADD

    /// ADD of a pod that has its addresses from an IPAM plugin of others.
    ///
    /// It comes twice, with the plugin run in between. The second call says all there is to know, so another daemon may serve it.
    func add(_ sandbox: SandboxRequest, netns: String, from plugin: String, of call: PluginCall, on worker: Worker) throws(CNIError) {
        guard let outcome = call.outcome else {
            call.answer(try beginAdd(sandbox, netns: netns, from: plugin, of: call))
            return
        }
        unpooledPods.endDelegation(of: sandbox.attachment)
        do throws(CNIError) {
            try finishAdd(sandbox, netns: netns, from: plugin, outcome, of: call, on: worker)
        } catch {
            var answer = PluginAnswer.failure(error.answering(in: sandbox.configuration.version))
            // An address that a pod of this attachment has is that pod's, whatever came of this call.
            if outcome.hasRun, unpooledPods[sandbox.attachment] == nil {
                answer.delegation = try? delegation(.delete, to: plugin, telling: .never, of: call)
            }
            call.answer(answer)
        }
    }

    /// Refuses what would fail anyhow, before an address is taken for it.
    private func beginAdd(
        _ sandbox: SandboxRequest, netns: String, from plugin: String, of call: PluginCall
    ) throws(CNIError) -> PluginAnswer {
        let delegation = try delegation(.add, to: plugin, telling: .always, of: call)
        let pod = try openSandbox(sandbox, netns: netns, of: call)
        try locks.withLock(sandbox.attachment) { () throws(CNIError) in
            try requireFree(sandbox.ifname, in: pod.kernel, netns: netns)
            let now = clock()
            guard unpooledPods.beginDelegation(of: sandbox.attachment, at: now, until: now + CNICommand.delegationMemory) else {
                throw .ipamPluginBusy("\(sandbox.attachment)")
            }
        }
        return PluginAnswer(exitStatus: 1, output: [], delegation: delegation)
    }

    private func finishAdd(
        _ sandbox: SandboxRequest, netns: String, from plugin: String, _ outcome: DelegationOutcome, of call: PluginCall, on worker: Worker
    ) throws(CNIError) {
        let result = try outcome.ipamResult(of: plugin)
        let addresses = try usableAddresses(in: result, of: plugin)
        let namespace = try openSandbox(sandbox, netns: netns, of: call)
        guard let hostLink = sandbox.hostLink else {
            throw .kernelFailed(KernelError("name the link of \(sandbox.attachment)", .invalidArgument))
        }
        let pod = UnpooledPod(
            attachment: sandbox.attachment, pod: sandbox.pod, origin: .ipamPlugin(addresses), hostLink: hostLink,
            mtuBytes: min(sandbox.configuration.mtu, settings.eniMTUBytes), since: clock())
        let add = PendingAdds.Add(sandbox: sandbox, netnsPath: netns, pod: namespace, call: call)
        try locks.withLock(sandbox.attachment) { () throws(CNIError) in
            try requireFree(sandbox.ifname, in: namespace.kernel, netns: netns)
            // Nobody would hear of it: the runtime has given up on this ADD and sends a DEL for it.
            guard !call.isAbandoned() else { return }
            let wiring = try wire(pod, of: add, on: worker)
            add.answer(answer(to: add, [(wiring, pod.addresses)], dns: result.dns))
        }
    }

    /// The addresses of an IPAM plugin's result, when a pod of this node can have them.
    private func usableAddresses(in result: CNIResult, of plugin: String) throws(CNIError) -> PodAddresses {
        guard let addresses = PodAddresses(result.addresses.map(\.address)) else {
            let given = result.addresses.map(\.address.description).joined(separator: ", ")
            throw .ipamPluginFailed(
                plugin, .add,
                problem: "its result has \(given.isEmpty ? "no address" : given), where a pod has one of a family or one of each")
        }
        for address in addresses {
            guard let owner = address.specialOwner ?? read({ $0.owner(of: address) }) else { continue }
            throw .ipamAddressUnusable(plugin, problem: "\(address) \(owner)")
        }
        return addresses
    }
}

extension CNICommand {
    /// How long an IPAM plugin may take, so that the answer comes within what runtimes allow (peers 7.8).
    fileprivate var delegationLimit: Duration {
        switch self {
        case .add: .seconds(30)
        case .delete, .check, .collectGarbage: .seconds(20)
        case .status, .version: .seconds(2)
        }
    }

    /// How long the second call of an ADD may be on its way: its IPAM plugin's time, and what it takes to reach a restarted daemon.
    fileprivate static let delegationMemory: Duration = .seconds(60)
}

extension IPAMEngine {
    /// Who in the VPC may have the address, in a clause; nil for nobody.
    fileprivate func owner(of address: IPAddress) -> String? {
        for view in enis {
            if let block = view.eni.subnetBlock(around: address) { return "lies in subnet \(block) of \(view.eni.id.rawValue)" }
        }
        let holder = allocations.first { $0.allocation.addresses.contains(address) }
        return holder.map { "is held by \($0.allocation.attachment)" }
    }
}

extension AttachedENI {
    /// The block of the ENI's subnet that has the address in it. That of IPv6 is a /64 (VPC user guide, "Subnet sizing for IPv6").
    fileprivate func subnetBlock(around address: IPAddress) -> CIDR? {
        let ipv6Blocks = ipv6Prefixes.map { CIDR.v6(IPv6CIDR(containing: $0.network, prefixLength: 64)) }
        return ([.v4(subnetBlock)] + ipv6Blocks).first { $0.contains(address) }
    }
}

extension IPAddress {
    /// Why no pod can have the address wherever it is, in a clause; nil for one that a pod can have.
    fileprivate var specialOwner: String? {
        Self.specialBlocks.first { $0.contains(self) }.map { "lies in \($0), which is not for pods" }
    }

    /// This host, loopback, multicast and beyond; and link-local addresses, where pods' gateways and their egress addresses are
    /// (RFC 6890).
    private static let specialBlocks: [CIDR] =
        [(0, 8), (127, 8), (224, 3)].map { .v4(IPv4CIDR(containing: IPv4Address($0.0, 0, 0, 0), prefixLength: $0.1)) } + [
            .v4(IPv4CIDR(containing: PodNetworkPlan.gateway, prefixLength: 16)),
            .v6(IPv6CIDR(containing: IPv6Address(bits: 0), prefixLength: 127)),
            .v6(IPv6CIDR(containing: PodNetworkPlan.gatewayIPv6, prefixLength: 10)),
            .v6(IPv6CIDR(containing: IPv6Address(bits: 0xff << 120), prefixLength: 8)),
            EgressRange.block(of: .v4), EgressRange.block(of: .v6),
        ]
}
