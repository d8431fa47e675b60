public import Addressing
public import NodePorts

/// What became different on an instance, for those who let its links and routes appear.
public enum ENIChange: Hashable, Sendable {
    /// The ENI's link is on the instance.
    case attached(ENIDescription)
    /// The link is gone.
    case detached(ENIID)
    /// The ENI holds other secondary addresses or prefixes than before, of either family.
    case addressesChanged(ENIDescription)

    /// Returns what leads from one state to another: what went first, then what came or changed, in the order of `after`.
    static func changes(from before: [ENIID: ENIDescription], to after: [ENIDescription]) -> [ENIChange] {
        let gone = Set(before.keys).subtracting(after.map(\.id)).sorted()
        return gone.map { .detached($0) }
            + after.flatMap { eni -> [ENIChange] in
                guard let earlier = before[eni.id] else { return [.attached(eni)] }
                if earlier == eni { return [] }
                return earlier.attachment == eni.attachment ? [.addressesChanged(eni)] : [.detached(eni.id), .attached(eni)]
            }
    }
}
