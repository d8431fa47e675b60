import Addressing
import CNISpec
import IPAMEngine
import JSON
import Logging
import NodePorts
import PodNetwork
import Timeline

// The commands of CNI, each performed on a worker thread.
extension Node {
    /// Performs one call of the plugin; the answer may come later, from another worker, when an ADD has to wait.
    public func handle(_ call: PluginCall, on worker: Worker) {
        do throws(CNIError) {
            let request = try CNIRequest(environment: call.environment, input: call.input)
            do throws(CNIError) {
                try perform(request, of: call, on: worker)
            } catch {
                throw error.answering(in: request.version)
            }
        } catch {
            call.answer(.failure(error))
        }
    }

    private func perform(_ request: CNIRequest, of call: PluginCall, on worker: Worker) throws(CNIError) {
        switch request {
        case .add(let sandbox, let netns):
            if let plugin = sandbox.configuration.ipamPlugin {
                return try add(sandbox, netns: netns, from: plugin, of: call, on: worker)
            }
            try add(sandbox, netns: netns, of: call, on: worker)
        case .delete(let sandbox, _):
            try delete(sandbox.attachment, on: worker)
            try finish(.delete, sandbox.configuration, of: call)
        case .check(let sandbox, let netns, let previous):
            try check(sandbox, netns: netns, previous: previous, of: call, on: worker)
            try finish(.check, sandbox.configuration, of: call)
        case .collectGarbage(let configuration, let keeping):
            try collectGarbage(configuration, keeping: keeping, of: call, on: worker)
        case .status(let configuration):
            // Of a network that takes its addresses elsewhere the pool says nothing.
            if configuration.ipamPlugin == nil { try status() }
            try finish(.status, configuration, of: call)
        case .version(let version):
            call.answer(PluginAnswer(exitStatus: 0, output: version.answer.bytes))
        }
    }

    /// Takes over the pod's namespace that came with the call.
    func openSandbox(
        _ sandbox: SandboxRequest, netns path: String, of call: PluginCall
    ) throws(CNIError) -> PodNamespace {
        switch call.sandbox {
        case .none: throw .netnsUnusable(path, step: "open", problem: "the plugin sent no descriptor")
        case .failed(let step, let problem): throw .netnsUnusable(path, step: step, problem: problem)
        case .open(let isOwn, let take):
            guard !isOwn || sandbox.isNetnsOverridden else { throw .netnsIsOwn(path) }
            guard let descriptors = take() else { throw .netnsUnusable(path, step: "open", problem: "the descriptors were taken before") }
            let namespace = try inKernel { () throws(KernelError) in try kernel.openSandbox(descriptors) }
            guard !kernel.isHostNamespace(descriptors) || sandbox.isNetnsOverridden else { throw .netnsIsOwn(path) }
            return PodNamespace(kernel: namespace, netns: descriptors.netns)
        }
    }

    // MARK: - ADD

    private func add(_ sandbox: SandboxRequest, netns: String, of call: PluginCall, on worker: Worker) throws(CNIError) {
        if sandbox.configuration.wantsAddressesAlone {
            let waiting = PendingAdds.Add(sandbox: sandbox, netnsPath: netns, pod: nil, call: call)
            waiting.wishes = try wishes(of: sandbox)
            waiting.left = [CardInterface(place: 0, card: nil)]
            return locks.withLock(sandbox.attachment) { askForNext(waiting, on: worker) }
        }
        let pod = try openSandbox(sandbox, netns: netns, of: call)
        let waiting = PendingAdds.Add(sandbox: sandbox, netnsPath: netns, pod: pod, call: call)
        waiting.wishes = try wishes(of: sandbox)
        let branch = try branchENI(of: sandbox)
        // Of two ADDs of one sandbox at once, the later finds the interface of the earlier.
        try locks.withLock(sandbox.attachment) { () throws(CNIError) in
            try requireFree(sandbox.ifname, in: pod.kernel, netns: netns)
            if let branch { return try add(branch, sandbox, waiting, on: worker) }
            waiting.left = interfaces(of: sandbox)
            askForNext(waiting, on: worker)
        }
    }

    /// The interfaces that an ADD makes: one, or one on each network card.
    private func interfaces(of sandbox: SandboxRequest) -> [CardInterface] {
        let (name, value) = CardInterface.annotation
        guard settings.allowsSeveralCards, sandbox.ifname == CardInterface.firstName, sandbox.annotations[name] == value else {
            return [CardInterface(place: 0, card: nil)]
        }
        return CardInterface.all(enisByCard: settings.engine.limits.enisByCard)
    }

    /// Asks the engine for the address of the ADD's next interface. The attachment's lock is held.
    private func askForNext(_ add: PendingAdds.Add, on worker: Worker) {
        let interface = add.left.removeFirst()
        let attachment = interface.attachment(behind: add.sandbox.attachment)
        let request = PodRequest(
            attachment: attachment, pod: add.sandbox.pod, deadline: clock() + settings.addBudget,
            hostLink: add.pod == nil ? "" : add.sandbox.hostLink(place: interface.place)?.rawValue ?? "",
            pool: add.wishes.pool, hold: interface.place == 0 ? add.wishes.hold : nil, card: interface.card)
        pending.insert(add, for: attachment)
        do throws(JournalFailure) {
            switch try send(.podAdded(request), onBehalfOf: attachment) {
            case .wire(let allocation): wire(allocation, on: worker)
            case .refuse(_, let refusal): refuse(attachment, refusal)
            default:
                // The answer comes with an address, or with the reason at its deadline.
                if let pod = add.sandbox.pod { cluster.podWaits(pod) }
            }
        } catch {
            give(up: attachment, after: error)
        }
    }

    /// Answers an ADD with a failure and takes back what was made for it before.
    private func fail(_ add: PendingAdds.Add, _ error: CNIError, asksAgain: Bool = false) {
        for made in add.made { send(.podDeleted(made.allocation.attachment)) }
        var answer = PluginAnswer.failure(error.answering(in: add.version))
        answer.asksAgain = asksAgain
        add.answer(answer)
    }

    func requireFree(_ interface: String, in namespace: any KernelNamespace, netns: String) throws(CNIError) {
        guard let name = LinkName(interface) else { return }
        func exists() throws(CNIError) -> Bool { try inKernel { () throws(KernelError) in try namespace.link(named: name) } != nil }
        guard try exists() else { return }
        // It may be that of a DEL which has been answered and whose link is about to go.
        reaper.drain()
        if try exists() { throw .interfaceExists(interface, netns: netns) }
    }

    /// Goes on with an ADD that waited, on whichever worker is free.
    func resume(_ allocation: Allocation, on worker: Worker) {
        locks.withLock(allocation.attachment) { wire(allocation, on: worker) }
    }

    /// Makes the pod's network and answers its ADD. The attachment's lock is held.
    private func wire(_ allocation: Allocation, on worker: Worker) {
        guard let add = pending.takeLast(allocation.attachment) else { return }
        // A DEL may have come between the decision and this thread.
        guard read({ $0.holds(allocation) }) else { return fail(add, refused(.deleted)) }
        guard allocation.isWiredByOthers == (add.pod == nil) else { return fail(add, .heldOtherwise(allocation)) }
        // Nobody would hear of the address: the runtime has given up on this ADD and sends a DEL for it.
        guard !add.isAbandoned() else { return abandon(allocation) }
        let wiring: PodWiring
        do throws(KernelError) {
            wiring = try self.wiring(allocation, mtuBytes: add.sandbox.configuration.mtu, egress: egress.take(for: allocation))
            try wiring.make(host: worker.host, pod: add.pod)
        } catch {
            logger.error("pod not wired", metadata: ["addresses": "\(allocation.addresses)", "error": "\(error)"])
            forget(allocation)
            return fail(add, .kernelFailed(error))
        }
        do throws(JournalFailure) {
            _ = try send(.podWired(allocation.attachment), onBehalfOf: nil)
            add.made.append((allocation, wiring))
            if !add.left.isEmpty { return askForNext(add, on: worker) }
            guard !allocation.isWiredByOthers else { return add.answer(answer(to: add, with: bareResult(of: allocation))) }
            add.answer(answer(to: add, add.made.map { ($0.wiring, Array($0.allocation.addresses)) }))
            if let pod = add.sandbox.pod, let first = add.made.first { cluster.podWasWired(pod, Array(first.allocation.addresses)) }
        } catch {
            // A restart would take away a pod whose ADD it finds unfinished: better to refuse it at once.
            _ = try? send(.podDeleted(allocation.attachment), onBehalfOf: allocation.attachment)
            _ = unwire(allocation, on: worker)
            fail(add, notKept(error))
        }
    }

    /// Takes back what an ADD was to be given that nobody waits for; what an earlier ADD got, another plugin's interface may have.
    private func abandon(_ allocation: Allocation) {
        let isGiven = allocation.isWiredByOthers && read { $0.wiredAllocation(of: allocation.attachment) } != nil
        if !isGiven { forget(allocation) }
    }

    /// Takes an address back of which the kernel has nothing.
    private func forget(_ allocation: Allocation) {
        egress.release(allocation.attachment)
        send(.wiringFailed(allocation.attachment))
    }

    /// The kernel work for what is held. The pod's link carries what its ENI does, and less where the conflist says so.
    func wiring(_ allocation: Allocation, mtuBytes: Int, egress: IPAddress?) throws(KernelError) -> PodWiring {
        try PodWiring(allocation, egress: egress, mtuBytes: min(mtuBytes, settings.eniMTUBytes))
    }

    /// The result of an ADD, behind what the plugins before it made.
    func answer(
        to add: PendingAdds.Add, _ pods: [(wiring: PodWiring, addresses: [IPAddress])], others: [CNIResult.Interface] = [],
        dns: CNIResult.DNS = CNIResult.DNS()
    ) -> PluginAnswer {
        var result = add.sandbox.configuration.previousResult?.result ?? CNIResult()
        if dns != CNIResult.DNS() { result.dns = dns }
        for pod in pods { result.add(pod.wiring, holding: pod.addresses, netns: add.netnsPath, in: add.version) }
        result.interfaces += others
        return answer(to: add, with: result)
    }

    func answer(to add: PendingAdds.Add, with result: CNIResult) -> PluginAnswer {
        do throws(CNIError) {
            return PluginAnswer(exitStatus: 0, output: try result.json(in: add.version).bytes)
        } catch {
            return .failure(error)
        }
    }

    /// Takes back an allocation of an ADD that waited, on whichever worker is free.
    func give(up allocation: Allocation, after failure: JournalFailure) {
        locks.withLock(allocation.attachment) {
            if read({ $0.holds(allocation) }) { return give(up: allocation.attachment, after: failure) }
            // A DEL came between the decision and this thread; it knew of the allocation alone.
            guard let add = pending.takeFirst(allocation.attachment) else { return }
            fail(add, refused(.deleted))
        }
    }

    /// Takes back an allocation that could not be written down: nothing was told to anyone. The attachment's lock is held.
    private func give(up attachment: PodAttachment, after failure: JournalFailure) {
        logger.error("journal not written", metadata: ["error": "\(failure)"])
        if let allocation = read({ $0.allocation(of: attachment) }) { forget(allocation) }
        guard let add = pending.takeLast(attachment) else { return }
        fail(add, notKept(failure))
    }

    private func notKept(_ failure: JournalFailure) -> CNIError {
        .refused(.storeDamaged, "The allocation could not be kept: \(failure)")
    }

    /// Answers the ADD of an attachment with a refusal: the earliest one when a later took its place, the last otherwise.
    func refuse(_ attachment: PodAttachment, _ refusal: Refusal) {
        let add = refusal == .superseded ? pending.takeFirst(attachment) : pending.takeLast(attachment)
        guard let add else { return }
        logger.info("pod refused", metadata: ["reason": "\(refusal.code)", "sandbox": "\(attachment.containerID)"])
        if let pod = add.sandbox.pod { cluster.podWasRefused(pod, refusal) }
        fail(add, refused(refusal), asksAgain: refusal == .stopping)
    }

    private func refused(_ refusal: Refusal) -> CNIError {
        let reason = RefusalReason(rawValue: refusal.code) ?? .callFailed
        let now = clock()
        return CNIError.refused(reason, refusal.explanation(at: now), retryAfter: refusal.retry.map { now.duration(to: $0) })
    }

    /// Asks the kernel, and tells its refusal as CNI does.
    func inKernel<Value>(_ body: () throws(KernelError) -> Value) throws(CNIError) -> Value {
        do throws(KernelError) {
            return try body()
        } catch {
            throw .kernelFailed(error)
        }
    }
}

extension CNIError {
    static func kernelFailed(_ error: KernelError) -> CNIError {
        .kernelFailed(step: error.action, problem: "\(error.errno)", errno: Int(error.errno.rawValue))
    }
}

extension PluginAnswer {
    static func failure(_ error: CNIError) -> PluginAnswer {
        PluginAnswer(exitStatus: 1, output: error.json.bytes)
    }
}

extension SandboxRequest {
    var attachment: PodAttachment {
        PodAttachment(network: configuration.name, containerID: containerID, interface: ifname)
    }

    /// The name of the pod's link on the node.
    var hostLink: LinkName? { hostLink(prefix: configuration.vethPrefix) }

    /// The name of the link of one of the pod's interfaces.
    func hostLink(place: Int) -> LinkName? {
        guard place > 0 else { return hostLink }
        guard let pod else { return .hostVeth(prefix: configuration.vethPrefix, attachment: "\(attachment).\(place)") }
        return .hostVeth(prefix: configuration.vethPrefix, namespace: pod.namespace, name: "\(pod.name).\(place)")
    }

    /// A pod's first interface has the name that the incumbent gives it; further networks, whose interfaces have names of their own,
    /// may be attached at the same time. No pod's name has a slash in it.
    func hostLink(prefix: String) -> LinkName? {
        guard let pod else { return .hostVeth(prefix: prefix, attachment: attachment.description) }
        let name = ifname == CardInterface.firstName ? pod.name : "\(pod.name)/\(ifname)"
        return .hostVeth(prefix: prefix, namespace: pod.namespace, name: name)
    }

    var pod: PodName? {
        guard let namespace = arguments.namespace, let name = arguments.name else { return nil }
        return PodName(namespace: namespace, name: name)
    }
}
