import Addressing
import IPAMEngine
import NodePorts
import PodNetwork
import Synchronization

/// Which attachment holds which address of the ``EgressRange``.
///
/// Nothing of it is written down: the route to the address on the pod's link says it, and both end with the pod's link.
final class EgressAddresses: Sendable {
    /// The family pods reach through the node's own address; nil for none.
    let family: AddressFamily?
    private let state: Mutex<(range: EgressRange, held: [PodAttachment: IPAddress])>

    init(_ family: AddressFamily?) {
        self.family = family
        state = Mutex((EgressRange(family ?? .v4), [:]))
    }

    /// The address of a pod about to be wired: none when it has one of that family by itself, the same when it is asked again.
    ///
    /// - Throws: ``KernelError`` with ENOSPC when every address is held.
    func take(for allocation: Allocation) throws(KernelError) -> IPAddress? {
        guard let family, !allocation.isWiredByOthers, CardInterface.place(of: allocation.attachment) == 0,
            !allocation.addresses.contains(where: { $0.family == family })
        else { return nil }
        let address = state.withLock { state -> IPAddress? in
            if let held = state.held[allocation.attachment] { return held }
            let address = state.range.take()
            state.held[allocation.attachment] = address
            return address
        }
        guard let address else {
            throw KernelError(
                "find an address for egress: all \(EgressRange.podsMax) of \(EgressRange.block(of: family)) are held", .noSpace)
        }
        return address
    }

    func address(of attachment: PodAttachment) -> IPAddress? {
        state.withLock { $0.held[attachment] }
    }

    /// Every address that is held, by attachment.
    var held: [PodAttachment: IPAddress] { state.withLock { $0.held } }

    /// Takes in what a pod was found to have in the kernel.
    func restore(_ address: IPAddress, of attachment: PodAttachment) {
        state.withLock { state in
            if state.held[attachment] == nil, state.range.claim(address) { state.held[attachment] = address }
        }
    }

    func release(_ attachment: PodAttachment) {
        state.withLock { state in
            if let address = state.held.removeValue(forKey: attachment) { state.range.release(address) }
        }
    }
}
