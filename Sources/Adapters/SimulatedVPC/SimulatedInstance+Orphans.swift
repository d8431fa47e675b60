import Addressing
import FoundationEssentials
public import NodePorts
import VPCModel

extension SimulatedInstance {
    /// EC2 as this node may ask it about ENIs that are not its own.
    public var orphanControl: OrphanControl {
        OrphanControl(
            describeUnattached: { () throws(EC2Failure) in
                try await self.call(.describeNetworkInterfaces, takes: self.vpc.latencies.describe) { (vpc, now) throws(VPCError) in
                    try vpc.admit(.describeNetworkInterfaces, at: now)
                    return vpc.enis.values.filter { $0.state(at: now) == .available }.map { UnattachedENI($0, at: Date()) }
                        .sorted { $0.id < $1.id }
                }
            },
            livingInstances: { (instances) throws(EC2Failure) in
                try await self.call(.describeInstances, takes: self.vpc.latencies.describe) { (vpc, now) throws(VPCError) in
                    try vpc.admit(.describeInstances, at: now)
                    return instances.intersection(vpc.instances.keys)
                }
            },
            delete: { (eni) throws(EC2Failure) in
                try await self.call(.deleteNetworkInterface, takes: self.vpc.latencies.delete) { (vpc, now) throws(VPCError) in
                    guard vpc.enis[eni] != nil else { return }
                    try vpc.deleteENI(eni, at: now)
                }
            })
    }
}

extension UnattachedENI {
    fileprivate init(_ eni: VPCModel.ENI, at now: Date) {
        let createdAt = eni.tags[ENITag.createdAt].flatMap { try? Date($0, strategy: .iso8601) }
        self.init(
            id: eni.id, subnet: eni.subnet, description: eni.description, tags: eni.tags,
            age: createdAt.map { .seconds(Int64(now.timeIntervalSince($0))) })
    }
}
