import AWSClient
import Addressing
public import NodePorts

extension NodeEC2 {
    /// EC2 as it is asked about ENIs that are not this node's.
    public var orphanControl: OrphanControl {
        OrphanControl(
            describeUnattached: { () throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in try await self.unattachedENIs() }
            },
            livingInstances: { (instances) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in try await self.living(instances) }
            },
            delete: { (eni) throws(EC2Failure) in
                try await self.translated { () throws(AWSFailure) in try await self.deleteUnattached(eni) }
            })
    }

    private func unattachedENIs() async throws(AWSFailure) -> [UnattachedENI] {
        let filters = [EC2Filter("vpc-id", [place.vpc]), EC2Filter("status", ["available"])]
        let found = try await client.pages(.describeNetworkInterfaces(filters: filters, pageSize: 200)).flatMap(\.enis)
        let now = clock.calendar()
        // A server that does not know the filter is not to make attached ENIs look abandoned.
        return found.filter { $0.status == "available" && $0.attachment == nil }.map { UnattachedENI($0, at: now) }
            .sorted { $0.id < $1.id }
    }

    /// By filter: an identifier that does not exist would have the whole question refused.
    private func living(_ instances: Set<InstanceID>) async throws(AWSFailure) -> Set<InstanceID> {
        var living: Set<InstanceID> = []
        let sorted = instances.sorted()
        for start in stride(from: 0, to: sorted.count, by: Self.filterValuesMax) {
            let part = sorted[start..<min(start + Self.filterValuesMax, sorted.count)]
            let filter = EC2Filter("instance-id", part.map(\.rawValue))
            let found = try await client.pages(.describeInstances(filters: [filter], pageSize: 1000)).flatMap(\.instances)
            living.formUnion(found.filter { $0.stateName != "terminated" }.map(\.instanceId))
        }
        return living
    }

    /// Values of a filter (EC2 API Reference, "Filter").
    private static let filterValuesMax = 200

    private func deleteUnattached(_ eni: ENIID) async throws(AWSFailure) {
        do throws(AWSFailure) {
            _ = try await client.perform(.deleteNetworkInterface(eni))
        } catch  where error.code == "InvalidNetworkInterfaceID.NotFound" {
            return
        }
    }
}

extension UnattachedENI {
    init(_ eni: NetworkInterface, at now: UTCTime) {
        self.init(
            id: eni.networkInterfaceId, subnet: eni.subnetId, description: eni.description ?? "",
            interfaceType: eni.interfaceType ?? "interface", isRequesterManaged: eni.requesterManaged ?? false, tags: eni.tags,
            age: eni.tags[ENITag.createdAt].flatMap { UTCTime(iso8601: $0) }.map { now - $0 })
    }
}
