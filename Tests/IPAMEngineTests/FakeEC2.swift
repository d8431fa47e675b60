import Addressing
import IPAMEngine

/// EC2 as one node sees it: ENIs with limits in subnets that can run out.
///
/// It gives out the lowest addresses first and gives out again at once what it gets back, so that a node which goes on
/// using what it has returned is found out.
struct FakeEC2 {
    struct Interface {
        let id: ENIID
        let subnet: SubnetID
        let primaryAddress: IPv4Address
        var seat: DeviceSeat?
        var addresses: Set<IPv4Address> = []
        var prefixes: Set<IPv4CIDR> = []
        var ipv6Prefixes: [IPv6CIDR] = []
        var pool: PoolName?

        var deviceIndex: Int? { seat?.deviceIndex }
        var slots: Int { addresses.count + prefixes.count }

        func holds(_ address: IPAddress) -> Bool {
            switch address {
            case .v4(let address): addresses.contains(address) || prefixes.contains { $0.contains(address) }
            case .v6(let address): ipv6Prefixes.contains { $0.contains(address) }
            }
        }
    }

    static let subnet = SubnetID(unchecked: "subnet-1")
    static let largeSubnet = IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 20)
    let limits: NodeLimits
    /// The subnets by name; the node's own is there from the beginning.
    private var subnetsByID: [SubnetID: Subnet]
    private(set) var interfaces: [ENIID: Interface] = [:]
    private var byToken: [String: ENIID] = [:]
    /// Addresses in use of all subnets, which do not overlap.
    private var taken: Set<IPv4Address> = []
    private var interfacesMade = 0
    /// What is shown of the node instead of the truth, as long as EC2 has not come to agree with itself.
    var shownInstead: [AttachedENI]?
    /// Calls answered, by their names.
    private(set) var calls: [String: Int] = [:]

    init(block: IPv4CIDR, limits: NodeLimits) {
        self.limits = limits
        subnetsByID = [Self.subnet: Subnet(block: block)]
        if let primary = make(token: "instance", in: Self.subnet) { interfaces[primary]?.seat = DeviceSeat(deviceIndex: 0) }
    }

    var attached: [Interface] {
        interfaces.values.filter { $0.seat != nil }
            .sorted { ($0.seat ?? DeviceSeat(deviceIndex: 0)) < ($1.seat ?? DeviceSeat(deviceIndex: 0)) }
    }

    /// The ENIs of the node as EC2 describes them, by seat.
    var descriptions: [AttachedENI] { attached.map(describe) }

    /// Whether the node may use the address at this moment.
    func hasGiven(_ address: IPAddress) -> Bool {
        attached.contains { $0.holds(address) }
    }

    /// Whether the effect asks again for an ENI that was made.
    func hasMadeENI(for effect: IPAMEngine.Effect) -> Bool {
        guard case .createENI(_, let eni) = effect else { return false }
        return byToken[eni.clientToken].map { interfaces[$0] != nil } ?? false
    }

    /// Carries a call out, or refuses it as EC2 does.
    mutating func perform(_ effect: IPAMEngine.Effect) throws(CallFailure) -> IPAMEngine.Event? {
        calls[effect.callName, default: 0] += 1
        switch effect {
        case .describeENIs(let id):
            return .enisDescribed(id, shownInstead ?? descriptions)
        case .createENI(let id, let eni):
            return .eniCreated(id, try create(eni))
        case .attachENI(let id, let eni, let seat):
            try attach(eni, at: seat)
            return .eniAttached(id)
        case .assignAddresses(let id, let eni, let count):
            return .addressesAssigned(id, try assign(count, to: eni))
        case .assignPrefixes(let id, let eni, let count):
            return .prefixesAssigned(id, try assignPrefixes(count, to: eni))
        case .unassign(let id, let eni, let addresses, let prefixes):
            try unassign(addresses, prefixes, from: eni)
            return .unassigned(id)
        case .detachENI(let id, let eni):
            try detach(eni.id)
            return .eniDetached(id)
        case .deleteENI(let id, let eni):
            try delete(eni)
            return .eniDeleted(id)
        case .setUpENI(let id, _):
            return .eniReady(id)
        case .describeSubnets(let id):
            return .subnetsDescribed(id, subnets)
        case .assignIPv6Prefix(let id, let eni):
            return .ipv6PrefixAssigned(id, try assignIPv6(to: eni))
        case .claimAddress(let id, let eni, let address):
            try claim(address, for: eni)
            return .addressClaimed(id)
        case .record, .wire, .unwire, .confirmDeleted, .refuse:
            return nil
        }
    }

    // MARK: - What others do behind the node's back

    /// Takes a prefix away as an operator could by hand.
    mutating func revoke(_ prefix: IPv4CIDR) {
        for id in interfaces.keys { interfaces[id]?.prefixes.remove(prefix) }
        taken.subtract(prefix.addresses)
    }

    /// Detaches and deletes an ENI as an operator could by hand.
    mutating func revoke(_ eni: ENIID) {
        guard let interface = interfaces.removeValue(forKey: eni) else { return }
        free(interface)
    }

    /// Takes an address or the block around it for another machine of the subnet.
    mutating func occupy(_ address: IPv4Address) {
        taken.insert(address)
    }

    /// Takes one address of every block of a subnet that is wholly free, so that it has addresses and no block.
    mutating func fragment(_ subnet: SubnetID = Self.subnet, leaving count: Int = 0) {
        for block in freeBlocks(of: subnet, atMost: .max).dropFirst(count) { taken.insert(block.last) }
    }

    /// Other machines leave the addresses that ``fragment(_:)`` took, and any others that no ENI of the node has.
    mutating func vacate(_ subnet: SubnetID = Self.subnet) {
        guard let block = subnetsByID[subnet]?.block else { return }
        taken = taken.filter { !block.contains($0) || isOfTheNode($0) }
    }

    private func isOfTheNode(_ address: IPv4Address) -> Bool {
        interfaces.values.contains { $0.primaryAddress == address || $0.holds(.v4(address)) }
    }

    /// Takes all addresses of a subnet for other machines but so many.
    mutating func fill(_ subnet: SubnetID = Self.subnet, leaving count: Int) {
        guard let excess = takeFree(max(0, freeAddresses(of: subnet) - count), in: subnet) else { return }
        taken.formUnion(excess)
    }

    // MARK: - Operations

    private mutating func create(_ eni: NewENI) throws(CallFailure) -> AttachedENI {
        if let id = byToken[eni.clientToken], let interface = interfaces[id] { return describe(interface) }
        guard let id = make(token: eni.clientToken, in: eni.subnet) else { throw Self.subnetFull }
        do {
            switch eni.content {
            case .addresses(let count): _ = try assign(count, to: id)
            case .prefixes(let count): _ = try assignPrefixes(count, to: id)
            }
            interfaces[id]?.pool = eni.pool
            if eni.hasIPv6 { _ = try assignIPv6(to: id) }
        } catch {
            revoke(id)
            throw error
        }
        return try description(of: id)
    }

    private func description(of id: ENIID) throws(CallFailure) -> AttachedENI {
        guard let interface = interfaces[id] else { throw Self.notFound(id) }
        return describe(interface)
    }

    private mutating func make(token: String, in subnet: SubnetID) -> ENIID? {
        guard let primary = takeFree(1, in: subnet)?.first else { return nil }
        interfacesMade += 1
        let id = ENIID(unchecked: "eni-\(interfacesMade)")
        interfaces[id] = Interface(id: id, subnet: subnet, primaryAddress: primary)
        byToken[token] = id
        return id
    }

    private mutating func attach(_ eni: ENIID, at seat: DeviceSeat) throws(CallFailure) {
        guard interfaces[eni] != nil else { throw Self.notFound(eni) }
        let limit = limits.enisByCard.indices.contains(seat.card) ? limits.enisByCard[seat.card] : 0
        let count = attached.count { $0.seat?.card == seat.card }
        guard count < limit else {
            throw CallFailure(code: "AttachmentLimitExceeded", message: "\(count) of \(limit) ENIs of card \(seat.card) are attached")
        }
        guard interfaces[eni]?.seat == nil, !attached.contains(where: { $0.seat == seat }) else {
            throw CallFailure(code: "InvalidParameterValue", message: "\(seat) or \(eni) is in use")
        }
        interfaces[eni]?.seat = seat
    }

    private mutating func detach(_ eni: ENIID) throws(CallFailure) {
        // The port looks first, so that it may be asked twice.
        guard let interface = interfaces[eni] else { throw Self.notFound(eni) }
        guard let seat = interface.seat else { return }
        guard seat != DeviceSeat(deviceIndex: 0) else { throw CallFailure(code: "OperationNotPermitted", message: "the primary ENI stays") }
        interfaces[eni]?.seat = nil
    }

    private mutating func delete(_ eni: ENIID) throws(CallFailure) {
        guard let interface = interfaces[eni] else { throw Self.notFound(eni) }
        guard interface.seat == nil else { throw CallFailure(code: "InvalidParameterValue", message: "\(eni) is in use") }
        revoke(eni)
    }

    private mutating func assign(_ count: Int, to eni: ENIID) throws(CallFailure) -> [IPv4Address] {
        let subnet = try requireSlots(count, on: eni).subnet
        guard let addresses = takeFree(count, in: subnet) else { throw Self.subnetFull }
        interfaces[eni]?.addresses.formUnion(addresses)
        return addresses
    }

    private mutating func assignPrefixes(_ count: Int, to eni: ENIID) throws(CallFailure) -> [IPv4CIDR] {
        let subnet = try requireSlots(count, on: eni).subnet
        let prefixes = freeBlocks(of: subnet, atMost: count)
        guard prefixes.count == count else {
            throw CallFailure(code: "InsufficientCidrBlocks", message: "no \(count) free /28 blocks in \(subnet)")
        }
        for prefix in prefixes { taken.formUnion(prefix.addresses) }
        interfaces[eni]?.prefixes.formUnion(prefixes)
        return prefixes
    }

    @discardableResult
    private func requireSlots(_ count: Int, on eni: ENIID) throws(CallFailure) -> Interface {
        guard let interface = interfaces[eni] else { throw Self.notFound(eni) }
        guard interface.slots + count <= limits.slotsPerENI else {
            throw CallFailure(
                code: "PrivateIpAddressLimitExceeded", message: "\(interface.slots) + \(count) of \(limits.slotsPerENI) slots on \(eni)")
        }
        return interface
    }

    private mutating func unassign(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], from eni: ENIID) throws(CallFailure) {
        guard let interface = interfaces[eni] else { throw Self.notFound(eni) }
        guard interface.addresses.isSuperset(of: addresses), interface.prefixes.isSuperset(of: prefixes) else {
            throw CallFailure(code: "InvalidParameterValue", message: "Some of the addresses are not assigned to interface \(eni)")
        }
        interfaces[eni]?.addresses.subtract(addresses)
        interfaces[eni]?.prefixes.subtract(prefixes)
        taken.subtract(addresses)
        for prefix in prefixes { taken.subtract(prefix.addresses) }
    }

    private mutating func assignIPv6(to eni: ENIID) throws(CallFailure) -> IPv6CIDR {
        guard let interface = interfaces[eni] else { throw Self.notFound(eni) }
        let prefix = IPv6CIDR(containing: IPv6Address(bits: 0xfd << 120 | UInt128(interface.primaryAddress.bits) << 48), prefixLength: 80)
        interfaces[eni]?.ipv6Prefixes = [prefix]
        return prefix
    }

    private mutating func claim(_ address: IPv4Address, for eni: ENIID) throws(CallFailure) {
        try requireSlots(1, on: eni)
        guard taken.insert(address).inserted else {
            throw CallFailure(code: "InvalidParameterValue", message: "[\(address)] assigned, but move is not allowed.")
        }
        interfaces[eni]?.addresses.insert(address)
    }

    // MARK: - Subnets

    /// A subnet without its name.
    struct Subnet {
        var block: IPv4CIDR
        var zone = "zone-a"
        var hasIPv6 = true
        var tags: [String: String] = [:]
        /// Whether the wholly free blocks are counted for those who ask.
        var showsFreeBlocks = false
    }

    /// The subnets of the VPC; those that are there can be given other tags.
    subscript(subnet: SubnetID) -> Subnet? {
        get { subnetsByID[subnet] }
        set { subnetsByID[subnet] = newValue }
    }

    /// What DescribeSubnets says.
    private var subnets: [SubnetStatus] {
        subnetsByID.sorted { $0.key < $1.key }.map { id, subnet in
            SubnetStatus(
                id: id, zone: subnet.zone, block: subnet.block, hasIPv6: subnet.hasIPv6, freeAddresses: freeAddresses(of: id),
                freeBlocks: subnet.showsFreeBlocks ? freeBlocks(of: id, atMost: .max).count : nil, tags: subnet.tags)
        }
    }

    /// How many addresses a subnet has left.
    func freeAddresses(of subnet: SubnetID) -> Int {
        guard let block = subnetsByID[subnet]?.block else { return 0 }
        return block.count - 5 - taken.count { block.contains($0) }
    }

    /// The lowest wholly free blocks of a subnet.
    private func freeBlocks(of subnet: SubnetID, atMost count: Int) -> [IPv4CIDR] {
        guard let block = subnetsByID[subnet]?.block else { return [] }
        let free = block.blocks(ofPrefixLength: 28).dropFirst().lazy.filter { [taken] in taken.isDisjoint(with: $0.addresses) }
        return Array(free.prefix(count))
    }

    /// The lowest free addresses behind the four that AWS keeps (VPC user guide, "Subnet sizing"), or nil.
    private mutating func takeFree(_ count: Int, in subnet: SubnetID) -> [IPv4Address]? {
        guard let block = subnetsByID[subnet]?.block else { return nil }
        let free = Array(block.addresses.lazy.dropFirst(4).dropLast().filter { [taken] in !taken.contains($0) }.prefix(count))
        guard free.count == count else { return nil }
        taken.formUnion(free)
        return free
    }

    private mutating func free(_ interface: Interface) {
        taken.remove(interface.primaryAddress)
        taken.subtract(interface.addresses)
        for prefix in interface.prefixes { taken.subtract(prefix.addresses) }
    }

    private func describe(_ interface: Interface) -> AttachedENI {
        AttachedENI(
            id: interface.id, mac: MACAddress(locallyAdministered: UInt64(interface.primaryAddress.bits)),
            card: interface.seat?.card ?? 0, deviceIndex: interface.seat?.deviceIndex ?? 0, subnet: interface.subnet,
            subnetBlock: subnetsByID[interface.subnet]?.block ?? Self.largeSubnet, primaryAddress: interface.primaryAddress,
            secondaryAddresses: Array(interface.addresses), prefixes: Array(interface.prefixes), ipv6Prefixes: interface.ipv6Prefixes,
            pool: interface.pool)
    }

    private static let subnetFull = CallFailure(code: "InsufficientFreeAddressesInSubnet", message: "the subnet is full")

    private static func notFound(_ eni: ENIID) -> CallFailure {
        CallFailure(code: "InvalidNetworkInterfaceID.NotFound", message: "The networkInterface ID '\(eni)' does not exist")
    }
}

extension IPAMEngine.Effect {
    /// The case's name without its values.
    var callName: String {
        String("\(self)".prefix { $0 != "(" })
    }
}
