import Addressing
import NodePorts
import NodePortsTesting
import PodNetwork
import SimulatedHost

/// Two nodes' namespaces and the fabric between them, on the kernel in memory.
struct Cloud {
    let kernel = InMemoryKernel(hostName: "machine")
    let fabric: InMemoryKernel.NamespaceID
    let nodes: [InMemoryKernel.NamespaceID]
    let hosts: [SimulatedHost]

    static let subnets = ["10.0.32.0/24", "10.0.33.0/24"].compactMap { IPv4CIDR($0) }

    init() throws {
        let kernel = kernel
        fabric = kernel.createNamespace(named: "fabric")
        let fabric = fabric
        nodes = (0..<2).map { kernel.createNamespace(named: "node-\($0)") }
        hosts = try nodes.map { node in
            SimulatedHost(
                node: kernel.kernel(for: node), nodeNetns: try kernel.openDescriptors(of: node).netns, fabric: kernel.kernel(for: fabric))
        }
        for host in hosts { try host.prepareFabric(subnets: Self.subnets) }
    }

    /// An ENI of node `node`, in the subnet of the same number.
    func eni(
        _ node: Int, card: Int = 0, deviceIndex: Int = 0, secondary: [Int] = [], prefixes: [String] = []
    ) -> ENIDescription {
        let block = Self.subnets[node]
        let number = node * 10 + card * 4 + deviceIndex
        return ENIDescription(
            id: ENIID(unchecked: "eni-0000000\(number)"), mac: MACAddress(bits: 0x02_00_00_00_00_00 | UInt64(number + 1)),
            subnet: SubnetID(unchecked: "subnet-0\(node)"), subnetBlock: block, primaryAddress: block[10 + card * 4 + deviceIndex],
            secondaryAddresses: secondary.map { block[$0] }, prefixes: prefixes.compactMap { IPv4CIDR($0) },
            attachment: .init(id: ENIAttachmentID(unchecked: "eni-attach-0\(number)"), card: card, deviceIndex: deviceIndex))
    }

    func namespace(_ id: InMemoryKernel.NamespaceID) throws -> any KernelNamespace { try kernel.kernel(for: id).openHost() }

    /// Gives a node an address as if a program there had taken it.
    func take(_ address: IPv4Address, on node: Int) throws {
        try namespace(nodes[node]).ensure([
            .address(InterfaceAddress(device: SimulatedHost.nodeLink(deviceIndex: 0), address: .v4(address), prefixLength: 32))
        ])
    }

    func ping(from node: Int, to address: IPv4Address, source: IPv4Address? = nil) -> Trace {
        kernel.ping(from: nodes[node], to: .v4(address), source: source.map { .v4($0) })
    }

    /// Everything in the fabric and on the nodes, in the words of `ip`.
    func objects() throws -> Set<String> {
        var objects: Set<String> = []
        for id in [fabric] + nodes {
            let namespace = try namespace(id)
            objects.formUnion(try namespace.links().map { "\(id.name): link \($0.name)" })
            objects.formUnion(try namespace.addresses().map { "\(id.name): \($0)" })
            objects.formUnion(try namespace.routes().map { "\(id.name): \($0)" })
            objects.formUnion(try namespace.rules().map { "\(id.name): \($0)" })
            objects.formUnion(try namespace.neighbours().map { "\(id.name): \($0)" })
        }
        return objects
    }
}
