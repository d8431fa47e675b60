import CNISpec
import IPAMEngine
import Logging
import NodePorts
import PodNetwork
import Timeline

// DEL and GC: what an ADD made is taken away, and its addresses come back.
extension Node {
    func delete(_ attachment: PodAttachment, on worker: Worker) throws(CNIError) {
        unpooledPods.endDelegation(of: attachment)
        let failures = locks.withLock(attachment) {
            ([attachment] + furtherAttachments(behind: attachment)).compactMap { delete(one: $0, on: worker) }
        }
        if let failure = failures.first { throw failure }
    }

    /// The attachments that an ADD may have made besides the one it was asked for.
    func furtherAttachments(behind first: PodAttachment) -> [PodAttachment] {
        guard first.interface == CardInterface.firstName else { return [] }
        return CardInterface.all(enisByCard: settings.engine.limits.enisByCard).dropFirst().map { $0.attachment(behind: first) }
    }

    /// - Returns: What went wrong. The attachment's lock is held.
    private func delete(one attachment: PodAttachment, on worker: Worker) -> CNIError? {
        if let pod = unpooledPods[attachment] { return delete(pod, on: worker) }
        do throws(JournalFailure) {
            guard case .unwire(let allocation) = try send(.podDeleted(attachment), onBehalfOf: attachment) else { return nil }
            return unwire(allocation, on: worker)
        } catch {
            return CNIError.refused(.storeDamaged, "The deletion could not be kept: \(error)")
        }
    }

    /// Takes a pod's network away, for GC and for what a restart found half done.
    func takeAway(_ allocation: Allocation, on worker: Worker) {
        locks.withLock(allocation.attachment) {
            guard read({ $0.holds(allocation) }) else { return }
            if let failure = unwire(allocation, on: worker) {
                logger.error("pod not unwired", metadata: ["addresses": "\(allocation.addresses)", "error": "\(failure)"])
            }
        }
    }

    /// Removes rules and routes and hands the link to the reaper. The attachment's lock is held.
    func unwire(_ allocation: Allocation, on worker: Worker) -> CNIError? {
        do throws(KernelError) {
            let wiring = try wiring(
                allocation, mtuBytes: settings.eniMTUBytes, egress: egress.address(of: allocation.attachment))
            let isLinkGone = try wiring.unmake(host: worker.host)
            egress.release(allocation.attachment)
            send(.podUnwired(allocation.attachment))
            if let link = wiring.veth?.name, !isLinkGone {
                reaper.add(link, of: allocation.addresses)
            } else {
                send(.linkGone(allocation.addresses))
            }
            return nil
        } catch {
            return .kernelFailed(error)
        }
    }

    /// - Returns: How many attachments were freed, and what went wrong with the others.
    func collectGarbage(
        of network: String, keeping: Set<CNIAttachment>, on worker: Worker
    ) -> (freed: Int, failures: [String]) {
        let named = keeping.map { PodAttachment(network: network, containerID: $0.containerID, interface: $0.ifname) }
        let alive = Set(named + named.flatMap(furtherAttachments))
        let dead =
            read { $0.garbage(of: network, keeping: alive, olderThan: clock() - settings.garbageAgeMin) }
            + unpooledPods.garbage(of: network, keeping: alive, olderThan: clock() - settings.garbageAgeMin)
        var failures: [String] = []
        for attachment in dead {
            do throws(CNIError) {
                try delete(attachment, on: worker)
            } catch {
                failures.append("\(attachment): \(error.message)")
            }
        }
        return (dead.count - failures.count, failures)
    }
}
