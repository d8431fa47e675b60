import Addressing

/// Things are written as lists in the order of their identifiers, so that equal models give equal text.
extension VPCModel: Codable {
    private enum CodingKeys: CodingKey {
        case blocks, physics, subnets, instances, enis, buckets, random, identities
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        blocks = try container.decode([IPv4CIDR].self, forKey: .blocks)
        physics = try container.decode(Physics.self, forKey: .physics)
        random = try container.decode(SplitMix64.self, forKey: .random)
        identities = try container.decode(IdentitySequence.self, forKey: .identities)
        buckets = try container.decode([EC2Operation: TokenBucket].self, forKey: .buckets)
        for subnet in try container.decode([Subnet].self, forKey: .subnets) { subnets[subnet.id] = subnet }
        for instance in try container.decode([Instance].self, forKey: .instances) { instances[instance.id] = instance }
        for eni in try container.decode([ENI].self, forKey: .enis) {
            enis[eni.id] = eni
            if let attachment = eni.attachment { instances[attachment.instance]?.enis[attachment.place] = eni.id }
            if let token = eni.origin.clientToken { enisByToken[token] = eni.id }
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(blocks, forKey: .blocks)
        try container.encode(physics, forKey: .physics)
        try container.encode(random, forKey: .random)
        try container.encode(identities, forKey: .identities)
        try container.encode(buckets, forKey: .buckets)
        try container.encode(subnets.values.sorted { $0.id < $1.id }, forKey: .subnets)
        try container.encode(instances.values.sorted { $0.id < $1.id }, forKey: .instances)
        try container.encode(enis.values.sorted { $0.id < $1.id }, forKey: .enis)
    }
}
