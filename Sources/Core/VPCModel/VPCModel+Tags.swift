public import Addressing
public import Timeline

extension VPCModel {
    /// What can be tagged.
    public enum Resource: Hashable, Sendable {
        case eni(ENIID)
        case instance(InstanceID)
        case subnet(SubnetID)
    }

    /// Tags resources, over what tags they have, all or none (CreateTags).
    ///
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidInstanceID.NotFound`, `InvalidSubnetID.NotFound`,
    ///   `InvalidParameterValue`, `TagLimitExceeded`.
    public mutating func createTags(_ tags: [String: String], on resources: [Resource], at now: Instant) throws(VPCError) {
        try admit(.createTags, at: now)
        var changes: [(Resource, [String: String])] = []
        for resource in resources {
            let merged = try self.tags(of: resource).merging(tags) { _, given in given }
            try Self.checkTags(merged)
            changes.append((resource, merged))
        }
        for (resource, merged) in changes { setTags(merged, of: resource) }
    }

    /// Takes tags from resources, all or none (DeleteTags). What a resource does not have is none of it already.
    ///
    /// - Parameter tags: A value for each key limits the deletion to tags with it; nil does not. Nil instead of all takes every tag.
    /// - Throws: `RequestLimitExceeded`, `InvalidNetworkInterfaceID.NotFound`, `InvalidInstanceID.NotFound`, `InvalidSubnetID.NotFound`.
    public mutating func deleteTags(_ tags: [String: String?]?, from resources: [Resource], at now: Instant) throws(VPCError) {
        try admit(.deleteTags, at: now)
        var changes: [(Resource, [String: String])] = []
        for resource in resources {
            let rest = try self.tags(of: resource).filter { key, value in
                guard let tags else { return false }
                guard let limit = tags[key] else { return true }
                return limit != nil && limit != value
            }
            changes.append((resource, rest))
        }
        for (resource, rest) in changes { setTags(rest, of: resource) }
    }

    private func tags(of resource: Resource) throws(VPCError) -> [String: String] {
        switch resource {
        case .eni(let id):
            guard let eni = enis[id] else { throw .noSuch(id) }
            return eni.tags
        case .instance(let id):
            guard let instance = instances[id] else { throw .noSuch(id) }
            return instance.tags
        case .subnet(let id):
            guard let subnet = subnets[id] else { throw .noSuch(id) }
            return subnet.tags
        }
    }

    private mutating func setTags(_ tags: [String: String], of resource: Resource) {
        switch resource {
        case .eni(let id): enis[id]?.tags = tags
        case .instance(let id): instances[id]?.tags = tags
        case .subnet(let id): subnets[id]?.tags = tags
        }
    }

    /// EC2's bounds (EC2 User Guide, "Tag your Amazon EC2 resources"): 50 tags, keys of 1 to 128 characters and values of up to
    /// 256; keys that begin with `aws:` are Amazon's own.
    static func checkTags(_ tags: [String: String]) throws(VPCError) {
        guard tags.count <= tagsMax else {
            throw VPCError(.tagLimitExceeded, "\(tags.count) tags exceed the limit of \(tagsMax) for each resource")
        }
        // By key, so that the same faulty tags are always refused in the same words.
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            guard !key.isEmpty, key.unicodeScalars.count <= 128, value.unicodeScalars.count <= 256 else {
                throw VPCError(.invalidParameterValue, "Tag '\(key)' is invalid: a key has 1 to 128 characters, a value up to 256")
            }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw VPCError(.invalidParameterValue, "Tag keys starting with 'aws:' are reserved for internal use")
            }
        }
    }

    private static let tagsMax = 50
}
