import Addressing
import IPAMEngine

/// EC2 as one node sees it: ENIs with limits in one subnet that can run out.
///
/// It gives out the lowest addresses first and gives out again at once what it gets back, so that a node which goes on
/// using what it has returned is found out.
struct FakeEC2 {
    struct Interface {
        let id: ENIID
        let primaryAddress: IPv4Address
        var deviceIndex: Int?
        var addresses: Set<IPv4Address> = []
        var prefixes: Set<IPv4CIDR> = []

        var slots: Int { addresses.count + prefixes.count }

        func holds(_ address: IPv4Address) -> Bool {
            addresses.contains(address) || prefixes.contains { $0.contains(address) }
        }
    }

    static let subnet = SubnetID(unchecked: "subnet-1")
    static let largeSubnet = IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 20)
    let block: IPv4CIDR
    let limits: NodeLimits
    private(set) var interfaces: [ENIID: Interface] = [:]
    private var byToken: [String: ENIID] = [:]
    private var taken: Set<IPv4Address> = []
    private var interfacesMade = 0
    /// Calls answered, by their names.
    private(set) var calls: [String: Int] = [:]

    init(block: IPv4CIDR, limits: NodeLimits) {
        self.block = block
        self.limits = limits
        if let primary = make(token: "instance") { interfaces[primary]?.deviceIndex = 0 }
    }

    var attached: [Interface] {
        interfaces.values.filter { $0.deviceIndex != nil }.sorted { ($0.deviceIndex ?? 0) < ($1.deviceIndex ?? 0) }
    }

    /// The ENIs of the node as EC2 describes them, by device index.
    var descriptions: [AttachedENI] { attached.map(describe) }

    /// Whether the node may use the address at this moment.
    func hasGiven(_ address: IPv4Address) -> Bool {
        attached.contains { $0.holds(address) }
    }

    /// Carries a call out, or refuses it as EC2 does.
    mutating func perform(_ effect: IPAMEngine.Effect) throws(CallFailure) -> IPAMEngine.Event? {
        calls[effect.callName, default: 0] += 1
        switch effect {
        case .describeENIs(let id):
            return .enisDescribed(id, descriptions)
        case .createENI(let id, let eni):
            return .eniCreated(id, try create(eni))
        case .attachENI(let id, let eni, let deviceIndex):
            try attach(eni, at: deviceIndex)
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

    // MARK: - Operations

    private mutating func create(_ eni: NewENI) throws(CallFailure) -> AttachedENI {
        if let id = byToken[eni.clientToken], let interface = interfaces[id] { return describe(interface) }
        guard let id = make(token: eni.clientToken) else { throw Self.subnetFull }
        do {
            switch eni.content {
            case .addresses(let count): _ = try assign(count, to: id)
            case .prefixes(let count): _ = try assignPrefixes(count, to: id)
            }
        } catch {
            revoke(id)
            throw error
        }
        return interfaces[id].map(describe) ?? describe(Interface(id: id, primaryAddress: block.first))
    }

    private mutating func make(token: String) -> ENIID? {
        guard let primary = takeFree(1)?.first else { return nil }
        interfacesMade += 1
        let id = ENIID(unchecked: "eni-\(interfacesMade)")
        interfaces[id] = Interface(id: id, primaryAddress: primary)
        byToken[token] = id
        return id
    }

    private mutating func attach(_ eni: ENIID, at deviceIndex: Int) throws(CallFailure) {
        guard interfaces[eni] != nil else { throw Self.notFound(eni) }
        guard attached.count < limits.enis else {
            throw CallFailure(code: "AttachmentLimitExceeded", message: "\(attached.count) of \(limits.enis) ENIs are attached")
        }
        guard interfaces[eni]?.deviceIndex == nil, !attached.contains(where: { $0.deviceIndex == deviceIndex }) else {
            throw CallFailure(code: "InvalidParameterValue", message: "device index \(deviceIndex) or \(eni) is in use")
        }
        interfaces[eni]?.deviceIndex = deviceIndex
    }

    private mutating func detach(_ eni: ENIID) throws(CallFailure) {
        guard let interface = interfaces[eni], let index = interface.deviceIndex else { throw Self.notFound(eni) }
        guard index != 0 else { throw CallFailure(code: "OperationNotPermitted", message: "the primary ENI stays") }
        interfaces[eni]?.deviceIndex = nil
    }

    private mutating func delete(_ eni: ENIID) throws(CallFailure) {
        guard let interface = interfaces[eni] else { throw Self.notFound(eni) }
        guard interface.deviceIndex == nil else { throw CallFailure(code: "InvalidParameterValue", message: "\(eni) is in use") }
        revoke(eni)
    }

    private mutating func assign(_ count: Int, to eni: ENIID) throws(CallFailure) -> [IPv4Address] {
        try requireSlots(count, on: eni)
        guard let addresses = takeFree(count) else { throw Self.subnetFull }
        interfaces[eni]?.addresses.formUnion(addresses)
        return addresses
    }

    private mutating func assignPrefixes(_ count: Int, to eni: ENIID) throws(CallFailure) -> [IPv4CIDR] {
        try requireSlots(count, on: eni)
        let free = block.blocks(ofPrefixLength: 28).dropFirst().lazy.filter { [taken] in taken.isDisjoint(with: $0.addresses) }
        let prefixes = Array(free.prefix(count))
        guard prefixes.count == count else {
            throw CallFailure(code: "InsufficientCidrBlocks", message: "no \(count) free /28 blocks in \(block)")
        }
        for prefix in prefixes { taken.formUnion(prefix.addresses) }
        interfaces[eni]?.prefixes.formUnion(prefixes)
        return prefixes
    }

    private func requireSlots(_ count: Int, on eni: ENIID) throws(CallFailure) {
        guard let interface = interfaces[eni] else { throw Self.notFound(eni) }
        guard interface.slots + count <= limits.slotsPerENI else {
            throw CallFailure(
                code: "PrivateIpAddressLimitExceeded", message: "\(interface.slots) + \(count) of \(limits.slotsPerENI) slots on \(eni)")
        }
    }

    private mutating func unassign(_ addresses: [IPv4Address], _ prefixes: [IPv4CIDR], from eni: ENIID) throws(CallFailure) {
        guard let interface = interfaces[eni] else { throw Self.notFound(eni) }
        guard interface.addresses.isSuperset(of: addresses), interface.prefixes.isSuperset(of: prefixes) else {
            throw CallFailure(code: "InvalidParameterValue", message: "some of the addresses are not assigned to \(eni)")
        }
        interfaces[eni]?.addresses.subtract(addresses)
        interfaces[eni]?.prefixes.subtract(prefixes)
        taken.subtract(addresses)
        for prefix in prefixes { taken.subtract(prefix.addresses) }
    }

    // MARK: - The subnet

    /// The lowest free addresses behind the four that AWS keeps (VPC user guide, "Subnet sizing"), or nil.
    private mutating func takeFree(_ count: Int) -> [IPv4Address]? {
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
            deviceIndex: interface.deviceIndex ?? 0, subnet: Self.subnet, subnetBlock: block, primaryAddress: interface.primaryAddress,
            secondaryAddresses: Array(interface.addresses), prefixes: Array(interface.prefixes))
    }

    private static let subnetFull = CallFailure(code: "InsufficientFreeAddressesInSubnet", message: "the subnet is full")

    private static func notFound(_ eni: ENIID) -> CallFailure {
        CallFailure(code: "InvalidNetworkInterfaceID.NotFound", message: "The networkInterface ID '\(eni)' does not exist")
    }
}

extension IPAMEngine.Effect {
    /// The call to EC2 or the step of an ENI's life that the effect asks for; nil for the others.
    var call: CallID? {
        switch self {
        case .describeENIs(let id), .createENI(let id, _), .attachENI(let id, _, _), .setUpENI(let id, _),
            .assignAddresses(let id, _, _), .assignPrefixes(let id, _, _), .unassign(let id, _, _, _), .detachENI(let id, _),
            .deleteENI(let id, _):
            id
        case .record, .wire, .unwire, .confirmDeleted, .refuse: nil
        }
    }

    /// The case's name without its values.
    var callName: String {
        String("\(self)".prefix { $0 != "(" })
    }
}
