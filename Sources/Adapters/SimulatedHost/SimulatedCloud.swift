public import Addressing
public import InstanceTypes
public import NodePorts
public import SimulatedVPC
import VPCModel

/// One node's view of a simulated cloud: EC2 answers from a file that all nodes share, and what it does to the node's ENIs
/// happens to real links.
public struct SimulatedCloud: Sendable {
    public let vpc: SimulatedVPC
    public let instance: SimulatedInstance

    /// EC2 as the node may ask it.
    public var ec2: EC2Control { instance.ec2 }
    /// EC2 as it is asked about ENIs that other nodes left behind.
    public var orphans: OrphanControl { instance.orphanControl }
    public var instanceID: InstanceID { instance.id }

    /// A subnet of the VPC.
    public struct Subnet: Hashable, Sendable {
        public var id: SubnetID
        public var zone: String
        public var block: IPv4CIDR
        /// A /64; nil for a subnet of IPv4 alone.
        public var ipv6Block: IPv6CIDR?
        public var tags: [String: String]

        public init(id: SubnetID, zone: String, block: IPv4CIDR, ipv6Block: IPv6CIDR? = nil, tags: [String: String] = [:]) {
            self.id = id
            self.zone = zone
            self.block = block
            self.ipv6Block = ipv6Block
            self.tags = tags
        }
    }

    /// Starts the instance, or finds it again, and lets its ENIs appear on the node.
    ///
    /// - Parameters:
    ///   - file: Where the VPC lives; made with these subnets when it is not there.
    ///   - host: The node's links and the fabric behind them.
    /// - Throws: ``KernelError``, ``EC2Failure``, and the faults of the VPC's file.
    public init(
        file: String, subnets: [Subnet], seed: UInt64, instance: InstanceID, type: InstanceType, subnet: SubnetID, host: SimulatedHost
    ) throws {
        vpc = SimulatedVPC(path: file)
        try vpc.create(try Self.model(subnets, seed: seed))
        try host.prepareFabric(subnets: subnets.map(\.block))
        if subnets.contains(where: { $0.ipv6Block != nil }) { try host.prepareFabricForIPv6() }
        self.instance = try vpc.launch(instance, type: type, in: subnet) { change in
            switch change {
            case .attached(let eni) where eni.isPrimary(on: type): try host.boot(eni)
            case .attached(let eni): try host.plug(eni)
            case .addressesChanged(let eni): try host.update(eni)
            case .detached(let eni): try host.unplug(eni)
            }
        }
    }

    /// A VPC with the subnets and, around them, the /16 blocks they lie in.
    private static func model(_ subnets: [Subnet], seed: UInt64) throws(VPCError) -> VPCModel {
        let blocks = Set(subnets.map { IPv4CIDR(containing: $0.block.network, prefixLength: 16) }).sorted()
        var model = try VPCModel(blocks: blocks, seed: seed, physics: .brisk)
        for subnet in subnets {
            _ = try model.createSubnet(
                subnet.block, zone: subnet.zone, ipv6Block: subnet.ipv6Block, tags: subnet.tags, id: subnet.id)
        }
        return model
    }
}

extension ENIDescription {
    /// Device index 0 is the primary ENI's on the default card alone.
    fileprivate func isPrimary(on type: InstanceType) -> Bool {
        attachment.map { $0.card == type.defaultCard && $0.deviceIndex == 0 } ?? false
    }
}
