import Dispatch
import IPAMEngine
import NodePorts
import PodNetwork
import Synchronization

/// Removes the veths of deleted pods, several at once, and tells when each is really gone.
///
/// Removing a veth waits 15 to 35 ms for the kernel's RCU barrier, however many go in one request (swift-stack C.6), so a
/// DEL answers before and the links go by group.
final class Reaper: Sendable {
    struct Doomed: Sendable {
        var link: LinkName
        var addresses: PodAddresses
    }

    private let kernel: any Kernel
    private let queue = DispatchQueue(label: "berth.reaper")
    private let doomed = Mutex<[Doomed]>([])
    private let onGone: @Sendable ([PodAddresses]) -> Void
    private let onFault: @Sendable (KernelError) -> Void

    /// How long deletions are gathered before one request removes them all.
    private static let gathering = DispatchTimeInterval.milliseconds(5)
    /// How long a link that would not go is left before the next try.
    private static let pause = DispatchTimeInterval.seconds(1)

    init(
        kernel: any Kernel, onGone: @escaping @Sendable ([PodAddresses]) -> Void, onFault: @escaping @Sendable (KernelError) -> Void
    ) {
        self.kernel = kernel
        self.onGone = onGone
        self.onFault = onFault
    }

    /// Takes a link that is down and in the doomed group.
    func add(_ link: LinkName, of addresses: PodAddresses) {
        let isFirst = doomed.withLock { doomed in
            doomed.append(Doomed(link: link, addresses: addresses))
            return doomed.count == 1
        }
        if isFirst { queue.asyncAfter(deadline: .now() + Self.gathering) { self.reap() } }
    }

    /// Waits until every link taken so far was tried.
    func drain() {
        queue.sync { self.reap() }
    }

    private func reap() {
        let batch = doomed.withLock { doomed in
            defer { doomed.removeAll(keepingCapacity: true) }
            return doomed
        }
        guard !batch.isEmpty else { return }
        do throws(KernelError) {
            let host = try kernel.openHost()
            if let errno = try host.perform([.deleteLinks(group: PodWiring.doomedGroup)], sandboxNetns: nil).first.flatMap({ $0 }),
                !errno.meansAbsent
            {
                throw KernelError("delete the links of deleted pods", errno)
            }
            var gone: [PodAddresses] = []
            for item in batch {
                // A pod of the same name may have a link of the same name again, outside the group.
                if let link = try host.link(named: item.link), link.group == PodWiring.doomedGroup {
                    retry([item])
                } else {
                    gone.append(item.addresses)
                }
            }
            onGone(gone)
        } catch {
            onFault(error)
            retry(batch)
        }
    }

    private func retry(_ batch: [Doomed]) {
        let wasEmpty = doomed.withLock { doomed in
            defer { doomed += batch }
            return doomed.isEmpty
        }
        if wasEmpty { queue.asyncAfter(deadline: .now() + Self.pause) { self.reap() } }
    }
}
