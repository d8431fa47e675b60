import Addressing
import Timeline
import VPCModel

struct AttachNetworkInterface: QueryCall, Hashable {
    static let operation = EC2Operation.attachNetworkInterface

    var eni: ENIID
    var instance: InstanceID
    var place: VPCModel.Place

    init(_ parameters: inout CallParameters) throws(VPCError) {
        eni = try parameters.identifier("NetworkInterfaceId")
        instance = try parameters.identifier("InstanceId")
        let text = try parameters.required("DeviceIndex")
        guard let deviceIndex = Int(text) else {
            throw VPCError(.invalidParameterValue, "Value (\(text)) for parameter DeviceIndex is invalid.")
        }
        place = VPCModel.Place(card: try parameters.number("NetworkCardIndex") ?? 0, deviceIndex: deviceIndex)
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        let attachment = try vpc.attachENI(eni, to: instance, card: place.card, deviceIndex: place.deviceIndex, at: now)
        return [XMLElement("attachmentId", attachment.id), XMLElement("networkCardIndex", attachment.card)]
    }
}

struct DetachNetworkInterface: QueryCall, Hashable {
    static let operation = EC2Operation.detachNetworkInterface

    var attachment: ENIAttachmentID

    /// The model asks no operating system, so a detachment by force is like any other.
    init(_ parameters: inout CallParameters) throws(VPCError) {
        attachment = try parameters.identifier("AttachmentId")
        _ = try parameters.flag("Force")
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        _ = try vpc.detachENI(try vpc.eni(attachedBy: attachment, at: now).id, at: now)
        return [.done]
    }
}

/// Changes one attribute in a call, as EC2 does.
struct ModifyNetworkInterfaceAttribute: QueryCall, Hashable {
    static let operation = EC2Operation.modifyNetworkInterfaceAttribute

    enum Change: Hashable, Sendable {
        case description(String)
        case securityGroups([SecurityGroupID])
        case deleteOnTermination(Bool, ENIAttachmentID)
    }

    var eni: ENIID
    var change: Change

    init(_ parameters: inout CallParameters) throws(VPCError) {
        eni = try parameters.identifier("NetworkInterfaceId")
        var changes: [Change] = []
        if let text = parameters.text("Description.Value") { changes.append(.description(text)) }
        let groups: [SecurityGroupID] = try parameters.identifiers("SecurityGroupId")
        if !groups.isEmpty { changes.append(.securityGroups(groups)) }
        if let value = try parameters.flag("Attachment.DeleteOnTermination") {
            changes.append(.deleteOnTermination(value, try parameters.identifier("Attachment.AttachmentId")))
        }
        // The only value that the model knows; another is left, and so refused.
        if let checks = try parameters.flag("SourceDestCheck.Value"), !checks {
            throw VPCError(.unsupportedOperation, "The simulated VPC checks the source of every packet")
        }
        guard let change = changes.first, changes.count == 1 else {
            throw VPCError(.invalidParameterCombination, "\(changes.count) attributes to be modified, exactly 1 is needed")
        }
        self.change = change
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        switch change {
        case .description(let text): try vpc.modifyENI(eni, description: text, at: now)
        case .securityGroups(let groups): try vpc.modifyENI(eni, securityGroups: groups, at: now)
        case .deleteOnTermination(let value, let attachment):
            guard try vpc.eni(attachedBy: attachment, at: now).id == eni else { throw .noSuch(attachment) }
            try vpc.modifyENI(eni, deleteOnTermination: value, at: now)
        }
        return [.done]
    }
}

extension VPCModel {
    /// - Throws: `InvalidAttachmentID.NotFound`, also once the detachment is complete.
    fileprivate func eni(attachedBy attachment: ENIAttachmentID, at now: Instant) throws(VPCError) -> ENI {
        guard let eni = enis.values.first(where: { $0.attachment?.id == attachment && $0.state(at: now) != .available }) else {
            throw .noSuch(attachment)
        }
        return eni
    }
}

extension VPCError {
    fileprivate static func noSuch(_ attachment: ENIAttachmentID) -> VPCError {
        VPCError(.invalidAttachmentIDNotFound, "The attachment ID '\(attachment)' does not exist")
    }
}
