import Addressing
import Timeline
import VPCModel

struct CreateTags: QueryCall, Hashable {
    static let operation = EC2Operation.createTags

    var resources: [VPCModel.Resource]
    var tags: [String: String]

    init(_ parameters: inout CallParameters) throws(VPCError) {
        resources = try TagParameters.resources(&parameters)
        tags = try TagParameters.tags(&parameters).mapValues { $0 ?? "" }
        guard !tags.isEmpty else { throw VPCError(.missingParameter, "The request must contain the parameter Tag") }
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.createTags(tags, on: resources, at: now)
        return [.done]
    }
}

struct DeleteTags: QueryCall, Hashable {
    static let operation = EC2Operation.deleteTags

    var resources: [VPCModel.Resource]
    /// Nil for all.
    var tags: [String: String?]?

    init(_ parameters: inout CallParameters) throws(VPCError) {
        resources = try TagParameters.resources(&parameters)
        let tags = try TagParameters.tags(&parameters)
        self.tags = tags.isEmpty ? nil : tags
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.deleteTags(tags, from: resources, at: now)
        return [.done]
    }
}

/// The parameters in which tags and what they are on are said.
enum TagParameters {
    /// `Tag.1.Key` and `Tag.1.Value`; a value may be missing.
    static func tags(_ parameters: inout CallParameters) throws(VPCError) -> [String: String?] {
        var tags: [String: String?] = [:]
        for var tag in parameters.structures("Tag") {
            let key = try tag.required("Key")
            guard tags.updateValue(tag.text("Value"), forKey: key) == nil else {
                throw VPCError(.invalidParameterValue, "Duplicate tag key '\(key)' specified.")
            }
            try tag.finish()
        }
        return tags
    }

    /// `TagSpecification.1.ResourceType` and the tags below it.
    static func specified(_ parameters: inout CallParameters, for resourceType: String) throws(VPCError) -> [String: String] {
        var all: [String: String] = [:]
        for var specification in parameters.structures("TagSpecification") {
            let type = try specification.required("ResourceType")
            guard type == resourceType else {
                throw VPCError(.invalidParameterValue, "'\(type)' is not a valid taggable resource type for this operation.")
            }
            all.merge(try tags(&specification).mapValues { $0 ?? "" }) { $1 }
            try specification.finish()
        }
        return all
    }

    static func resources(_ parameters: inout CallParameters) throws(VPCError) -> [VPCModel.Resource] {
        var resources: [VPCModel.Resource] = []
        for text in try parameters.list("ResourceId") { resources.append(try resource(text)) }
        guard !resources.isEmpty else { throw VPCError(.missingParameter, "The request must contain the parameter ResourceId") }
        return resources
    }

    private static func resource(_ text: String) throws(VPCError) -> VPCModel.Resource {
        if let eni = ENIID(text) { return .eni(eni) }
        if let subnet = SubnetID(text) { return .subnet(subnet) }
        if let instance = InstanceID(text) { return .instance(instance) }
        throw VPCError(.invalidID, "The ID '\(text)' is not valid: the simulated VPC tags network interfaces, instances and subnets")
    }
}
