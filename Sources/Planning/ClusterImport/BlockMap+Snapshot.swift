import Addressing
public import CapacityPlanner

extension BlockMap {
    /// The blocks of a subnet as EC2 tells of them.
    ///
    /// Addresses that EC2 counts as used and of which no ENI was told have no place, and are not on the map.
    ///
    /// - Parameter nodes: The cluster's instances.
    public init(_ subnet: CloudSnapshot.Subnet, in cloud: CloudSnapshot, nodes: Set<String>) {
        self.init(
            subnet, interfaces: cloud.interfaces.filter { $0.subnet == subnet.id },
            reservations: cloud.reservations.filter { $0.subnet == subnet.id }, nodes: nodes)
    }

    /// The same of every subnet, by its identifier; linear in the ENIs.
    public static func all(_ cloud: CloudSnapshot, nodes: Set<String>) -> [BlockMap] {
        let interfaces = Dictionary(grouping: cloud.interfaces, by: \.subnet)
        let reservations = Dictionary(grouping: cloud.reservations, by: \.subnet)
        return cloud.subnets.sorted { $0.id < $1.id }.map {
            BlockMap($0, interfaces: interfaces[$0.id] ?? [], reservations: reservations[$0.id] ?? [], nodes: nodes)
        }
    }

    private init(
        _ subnet: CloudSnapshot.Subnet, interfaces: [CloudSnapshot.Interface], reservations: [CloudSnapshot.Reservation],
        nodes: Set<String>
    ) {
        var contents = Array(repeating: Content(), count: max(1, subnet.block.count / Content.size))
        for offset in [0, 1, 2, 3, subnet.block.count - 1] { contents[offset / Content.size].singles[.aws, default: 0] += 1 }
        for interface in interfaces {
            let holder = interface.holder(nodes: nodes)
            for address in Set(interface.addresses) where subnet.block.contains(address) {
                contents[subnet.block.network.distance(to: address) / Content.size].singles[holder, default: 0] += 1
            }
            for prefix in interface.prefixes where subnet.block.contains(prefix) && prefix.count == Content.size {
                contents[subnet.block.network.distance(to: prefix.network) / Content.size].prefixHolder = holder
            }
        }
        let blocks = contents.enumerated().compactMap { number, content -> Block? in
            guard let first = subnet.block.network.advanced(by: number * Content.size) else { return nil }
            let range = IPv4CIDR(containing: first, prefixLength: 28)
            return Block(range: range, state: content.state, reservation: reservations.first { $0.block.contains(range) }?.kind)
        }
        self.init(subnet: subnet.id, zone: subnet.zone, block: subnet.block, blocks: blocks)
    }

    /// What lies in a block.
    private struct Content {
        static let size = 16

        var singles: [Holder: Int] = [:]
        var prefixHolder: Holder?

        /// A prefix comes first: EC2 gives no single address of one, so an address there is that of the same ENI.
        var state: State {
            if let prefixHolder { return .held(by: prefixHolder) }
            guard !singles.isEmpty else { return .free }
            let occupants = singles.map { Occupant(holder: $0.key, addresses: min(Self.size, $0.value)) }
            return .blocked(by: occupants.sorted { ($1.addresses, "\($0.holder)") < ($0.addresses, "\($1.holder)") })
        }
    }
}
