import Addressing
import NodePorts
import Timeline
import VPCModel

extension EC2Failure {
    /// A refusal of the model, under a made-up request identifier.
    init(_ error: VPCError) {
        self.init(code: error.code.rawValue, message: error.message, requestID: Self.randomRequestID())
    }

    /// The simulation itself failed, which a node takes for a failure inside EC2.
    init(_ error: VPCFileError) {
        self.init(code: "InternalError", message: "\(error)", requestID: Self.randomRequestID())
    }

    /// The caller was cancelled while EC2's answer was on its way; what was asked for has been done.
    static func unanswered(_ call: String) -> EC2Failure {
        EC2Failure(code: "RequestCanceled", message: "\(call) was cancelled before EC2 answered")
    }

    /// The host that stands for the instance did not do its part.
    static func notFollowed(_ change: ENIChange, _ error: any Error) -> EC2Failure {
        EC2Failure(code: "InternalError", message: "the host refused \(change): \(error)", requestID: randomRequestID())
    }

    /// In the form of EC2's: hexadecimal digits in groups of 8, 4, 4, 4 and 12.
    static func randomRequestID() -> String {
        [8, 4, 4, 4, 12].map { digits in
            String((0..<digits).map { _ in "0123456789abcdef".randomElement() ?? "0" })
        }.joined(separator: "-")
    }
}

extension ENIDescription {
    /// An ENI as EC2 describes it, its subnet's blocks taken from the VPC.
    init(_ eni: VPCModel.ENI, in vpc: VPCModel) {
        let subnet = vpc.subnets[eni.subnet]
        self.init(
            id: eni.id, mac: eni.mac, subnet: eni.subnet, subnetBlock: subnet?.block ?? IPv4CIDR(host: eni.primaryAddress),
            subnetIPv6Block: subnet?.ipv6Block, primaryAddress: eni.primaryAddress, secondaryAddresses: eni.secondaryAddresses,
            prefixes: eni.prefixes, ipv6Prefixes: eni.ipv6Prefixes, securityGroups: eni.securityGroups, tags: eni.tags,
            attachment: eni.attachment.map { Attachment(id: $0.id, card: $0.card, deviceIndex: $0.deviceIndex) })
    }
}

extension SubnetDescription {
    /// A subnet as EC2 describes it, and its free blocks, which the model knows.
    init(_ subnet: VPCModel.Subnet) {
        self.init(
            id: subnet.id, zone: subnet.zone, block: subnet.block, ipv6Block: subnet.ipv6Block, freeAddresses: subnet.freeAddresses,
            freeBlocks: subnet.freeBlocks, tags: subnet.tags)
    }
}

extension VPCModel.ENI {
    /// Whether the ENI's link is on its instance; it stays until the detachment is complete.
    func hasLink(at now: Instant) -> Bool {
        switch state(at: now) {
        case .attached, .detaching: true
        case .attaching, .available: false
        }
    }
}
