import Addressing
import IPAMEngine

extension Advice.Change {
    /// What to do.
    public var title: String {
        switch self {
        case .warmAddresses(let warm, let minimum):
            minimum == 0 ? "Set WARM_IP_TARGET to \(warm)" : "Set WARM_IP_TARGET to \(warm) and MINIMUM_IP_TARGET to \(minimum)"
        case .mode(let addressing): addressing == .ipv6 ? "Give pods IPv6 addresses" : "Set the mode to \(addressing)"
        case .podSubnets(let length): "Add a secondary CIDR with a /\(length) for pods in each zone, and custom networking"
        case .reservedPrefixes(let reservations):
            "Take prefixes, from a reservation in \(reservations.count == 1 ? "the subnet" : "each subnet")"
        case .allZones: "Spread every node group over all zones"
        case .largerTypes: "Take instances of twice the size, and half as many"
        case .ownEngine: "Let Berth hand out addresses"
        }
    }

    /// What it may cost.
    public var risk: String {
        switch self {
        case .warmAddresses(let warm, _):
            "Pods that come together wait for EC2 when there are more than \(warm) on a node, and EC2 is called more often"
        case .mode(let addressing):
            switch addressing {
            case .ipv6: "Every client and dependency has to speak IPv6, or go through NAT64; clusters cannot be changed in place"
            case .ipv4(.prefix), .dual(.prefix): "A subnet without whole free /28 blocks gives none; a block with one pod is kept whole"
            case .ipv4(.secondary), .dual(.secondary): "Fewer pods fit on a node, and EC2 is called more often"
            }
        case .podSubnets:
            "One ENI of each node carries no pods; nodes are to be replaced, and routes and security groups cover the new block"
        case .reservedPrefixes: "A block has to be free of single addresses when it is reserved; those in it stay until they go"
        case .allZones: "Volumes and capacity reservations are bound to zones; traffic between zones costs"
        case .largerTypes: "The loss of a node ends twice as many pods"
        case .ownEngine: "Another CNI on every node; berth migrate tells what stands in the way"
        }
    }

    /// What to run; empty where no command alone does it.
    public var commands: [String] {
        switch self {
        case .reservedPrefixes(let reservations):
            reservations.map {
                "aws ec2 create-subnet-cidr-reservation --subnet-id \($0.subnet) --reservation-type prefix --cidr \($0.block)"
            }
        case .warmAddresses, .mode, .podSubnets, .allZones, .largerTypes, .ownEngine: []
        }
    }
}
