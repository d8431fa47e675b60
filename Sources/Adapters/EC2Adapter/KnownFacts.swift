import Addressing
import Synchronization
import Timeline

/// Facts of EC2 that do not change while the thing exists, bounded by what a VPC and a node hold.
final class KnownFacts: Sendable {
    struct Blocks: Hashable, Sendable {
        var block: IPv4CIDR
        var ipv6Block: IPv6CIDR?
    }

    private struct State {
        var blocks: [SubnetID: Blocks] = [:]
        var macs: [ENIID: MACAddress] = [:]
        var creations: [ENIID: Instant] = [:]
    }

    private let state = Mutex(State())

    func blocks(of subnet: SubnetID) -> Blocks? { state.withLock { $0.blocks[subnet] } }
    func mac(of eni: ENIID) -> MACAddress? { state.withLock { $0.macs[eni] } }

    /// An IPv6 block can come later, so what was described last counts.
    func learn(_ subnets: [Subnet]) {
        state.withLock { state in
            for subnet in subnets {
                guard let block = subnet.cidrBlock else { continue }
                state.blocks[subnet.subnetId] = Blocks(block: block, ipv6Block: subnet.ipv6Block)
            }
        }
    }

    func learn(_ eni: NetworkInterface) { state.withLock { $0.macs[eni.networkInterfaceId] = eni.macAddress } }

    /// Notes that this node has created the ENI. EC2 takes seconds to agree with itself on it, so older notes are dropped.
    func created(_ eni: ENIID, at now: Instant) {
        state.withLock { state in
            state.creations = state.creations.filter { now - $0.value < Self.settling }
            state.creations[eni] = now
        }
    }

    /// Until when EC2 may not know the ENI although it exists; the beginning of time for those that this node has not just created.
    func settles(_ eni: ENIID) -> Instant { state.withLock { $0.creations[eni].map { $0 + Self.settling } } ?? .zero }

    /// How long EC2 may take to agree with itself (EC2 Developer Guide, "Eventual consistency").
    private static let settling: Duration = .seconds(20)

    func forget(_ eni: ENIID) {
        state.withLock { state in
            state.macs[eni] = nil
            state.creations[eni] = nil
        }
    }
}
