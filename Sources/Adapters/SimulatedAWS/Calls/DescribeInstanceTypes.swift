import InstanceTypes
import Timeline
import VPCModel

/// Of the table of instance types; what it does not know is left out.
struct DescribeInstanceTypes: QueryCall, Hashable {
    static let operation = EC2Operation.describeInstanceTypes

    var names: [String]
    var filters: DescribeFilters
    var page: ResultPage

    init(_ parameters: inout CallParameters) throws(VPCError) {
        names = try parameters.list("InstanceType")
        filters = try DescribeFilters(&parameters, known: ["bare-metal", "hypervisor", "instance-type"])
        page = try ResultPage(&parameters, sizes: 5...100, namesResults: !names.isEmpty)
    }

    func answer(from vpc: inout VPCModel, in account: SimulatedAccount, at now: Instant) throws(VPCError) -> [XMLElement] {
        try vpc.admit(Self.operation, at: now)
        if let strange = names.first(where: { InstanceType.named($0) == nil }) {
            throw VPCError(.invalidInstanceType, "The following supplied instance types do not exist: [\(strange)]")
        }
        let types = names.isEmpty ? InstanceType.all : Set(names).sorted().compactMap(InstanceType.named)
        return page.elements("instanceTypeSet", types.filter { type in filters.pass { Self.filtered(type) } }, name: \.name, Self.elements)
    }

    private static func filtered(_ type: InstanceType) -> FilteredResource {
        FilteredResource(values: [
            "bare-metal": ["\(type.isBareMetal)"], "hypervisor": [hypervisor(of: type)].compactMap { $0 }, "instance-type": [type.name],
        ])
    }

    private static func elements(of type: InstanceType) -> [XMLElement] {
        let known: [XMLElement?] = [
            XMLElement("instanceType", type.name), XMLElement("bareMetal", type.isBareMetal),
            XMLElement("hypervisor", ifKnown: hypervisor(of: type)),
            type.vcpus.map { XMLElement("vCpuInfo", of: [XMLElement("defaultVCpus", $0)]) },
            type.memoryMiB.map { XMLElement("memoryInfo", of: [XMLElement("sizeInMiB", $0)]) },
            type.architectures.isEmpty
                ? nil : XMLElement("processorInfo", of: [.texts("supportedArchitectures", type.architectures)]),
            XMLElement("networkInfo", of: network(of: type)),
        ]
        return known.compactMap { $0 }
    }

    private static func network(of type: InstanceType) -> [XMLElement] {
        let cards = type.cards.enumerated().map { index, enis in
            [XMLElement("networkCardIndex", index), XMLElement("maximumNetworkInterfaces", enis)]
        }
        let known: [XMLElement?] = [
            XMLElement("maximumNetworkInterfaces", type.cards.reduce(0, +)), XMLElement("maximumNetworkCards", type.cards.count),
            XMLElement("defaultNetworkCardIndex", type.defaultCard), .list("networkCards", cards),
            XMLElement("ipv4AddressesPerInterface", type.ipv4PerENI),
            XMLElement("ipv6AddressesPerInterface", ifKnown: type.ipv6PerENI), XMLElement("ipv6Supported", ifKnown: type.supportsIPv6),
        ]
        return known.compactMap { $0 }
    }

    private static func hypervisor(of type: InstanceType) -> String? {
        switch type.hypervisor {
        case .nitro, .xen: type.hypervisor.rawValue
        case .unknown: nil
        }
    }
}
