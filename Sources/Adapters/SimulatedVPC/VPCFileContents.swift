import VPCModel

/// A VPC and the number of the form it is written in, which is looked at first.
struct VPCFileContents: Codable {
    /// Raised by every change that an older program would read wrongly or not at all. Files of format 1 have no number: the
    /// VPC is all there is.
    static let format = 3

    let vpc: VPCModel

    /// The file was written by an older program, or by a newer one.
    struct StrangeFormat: Error {
        let format: Int
    }

    private enum CodingKeys: CodingKey {
        case format, vpc
    }

    init(vpc: VPCModel) {
        self.vpc = vpc
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let format = try container.decodeIfPresent(Int.self, forKey: .format) ?? 1
        guard format == Self.format else { throw StrangeFormat(format: format) }
        vpc = try container.decode(VPCModel.self, forKey: .vpc)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.format, forKey: .format)
        try container.encode(vpc, forKey: .vpc)
    }
}
