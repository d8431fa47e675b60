import Addressing
import InstanceTypes
import Timeline
import VPCModel

/// The calls, each with the code that the plain model expects.
extension Story {
    mutating func assignAddresses(_ count: Int, to id: ENIID) {
        guard let before = held[id] else { return }
        let expected = first(
            (before.slots + count > limit(before), .privateIPAddressLimitExceeded), (count > free, .insufficientFreeAddressesInSubnet))
        let now = world.now
        guard let addresses = attempt(expected, { try $0.assignAddresses(count, to: id, at: now) }) else { return }
        if addresses.count != count { complaints.append("\(addresses.count) addresses, not \(count)") }
        for address in addresses { take(address) }
        held[id]?.addresses.formUnion(addresses)
    }

    mutating func assignPrefixes(_ count: Int, to id: ENIID) {
        guard let before = held[id] else { return }
        let isXen = before.isPlaced(at: world.now) && !type.supportsPrefixDelegation
        let expected = first(
            (before.slots + count > limit(before), .privateIPAddressLimitExceeded), (isXen, .unsupportedOperation),
            (count > freeBlocks, .insufficientCIDRBlocks))
        let now = world.now
        guard let prefixes = attempt(expected, { try $0.assignPrefixes(count, to: id, at: now) }) else { return }
        if prefixes.count != count { complaints.append("\(prefixes.count) prefixes, not \(count)") }
        for prefix in prefixes { take(prefix) }
        held[id]?.prefixes.formUnion(prefixes)
    }

    mutating func assignIPv6Prefixes(_ count: Int, to id: ENIID) {
        guard let before = held[id] else { return }
        let now = world.now
        let isPlaced = before.isPlaced(at: now)
        let limit = isPlaced ? type.ipv6PerENI ?? type.ipv4PerENI : 64
        let expected = first(
            (isPlaced && !type.supportsPrefixDelegation, .unsupportedOperation), (ipv6Block == nil, .invalidParameterValue),
            (before.ipv6Prefixes.count + count > limit, .privateIPAddressLimitExceeded))
        guard let prefixes = attempt(expected, { try $0.assignIPv6Prefixes(count, to: id, at: now) }) else { return }
        if prefixes.count != count { complaints.append("\(prefixes.count) prefixes, not \(count)") }
        take(prefixes, for: id)
    }

    mutating func unassignIPv6Prefixes(from id: ENIID) {
        guard let before = held[id] else { return }
        let prefixes = Array(before.ipv6Prefixes.sorted().prefix(random.below(3)))
        let now = world.now
        let expected = first((prefixes.isEmpty, .missingParameter))
        guard attempt(expected, { try $0.unassignIPv6Prefixes(prefixes, from: id, at: now) }) != nil else { return }
        held[id]?.ipv6Prefixes.subtract(prefixes)
    }

    mutating func assignAddress(_ address: IPv4Address, to id: ENIID) {
        guard let before = held[id] else { return }
        let now = world.now
        let isHeld = before.addresses.contains(address)
        let isOutside = !block.contains(address)
        let isReserved = [block[0], block[1], block[2], block[3], block.last].contains(address)
        let expected = first(
            (!isHeld && (isOutside || isReserved), .invalidParameterValue),
            (!isHeld && before.slots >= limit(before), .privateIPAddressLimitExceeded),
            (!isHeld && taken.contains(address), .invalidParameterValue))
        guard attempt(expected, { try $0.assignAddress(address, to: id, at: now) }) != nil, !isHeld else { return }
        take(address)
        held[id]?.addresses.insert(address)
    }

    mutating func unassign(from id: ENIID) {
        guard let before = held[id] else { return }
        let addresses = Array(before.addresses.sorted().prefix(random.below(4)))
        let prefixes = Array(before.prefixes.sorted().prefix(random.below(2)))
        let now = world.now
        let expected = first((addresses.isEmpty && prefixes.isEmpty, .missingParameter))
        guard attempt(expected, { try $0.unassign(addresses: addresses, prefixes: prefixes, from: id, at: now) }) != nil else { return }
        held[id]?.addresses.subtract(addresses)
        held[id]?.prefixes.subtract(prefixes)
        taken.subtract(addresses + prefixes.flatMap(\.addresses))
    }

    mutating func create(_ content: VPCModel.ENI.Content, ipv6Prefixes: Int) {
        let ipv4Fault =
            switch content {
            case .addresses(let count): first((free < 1 + count, .insufficientFreeAddressesInSubnet))
            case .prefixes(let count):
                first(
                    (free == 0, .insufficientFreeAddressesInSubnet), (free < 1 + 16 * count, .invalidParameterValue),
                    (freeBlocks < count, .insufficientCIDRBlocks))
            }
        let expected = ipv4Fault ?? first((ipv6Prefixes > 0 && ipv6Block == nil, .invalidParameterValue))
        let (now, subnet, token) = (world.now, world.subnet, "token-\(random.below(1 << 30))")
        let tags = ["owner": "\(random.below(3))"]
        let create: (inout VPCModel) throws -> VPCModel.ENI = { vpc in
            try vpc.createENI(in: subnet, content: content, ipv6Prefixes: ipv6Prefixes, tags: tags, clientToken: token, at: now)
        }
        guard let eni = attempt(expected, create) else { return }
        guard attempt(nil, create) == eni else { return complaints.append("the same token gave another ENI") }
        take(eni.primaryAddress)
        for address in eni.secondaryAddresses { take(address) }
        for prefix in eni.prefixes { take(prefix) }
        held[eni.id] = Holding(
            primary: eni.primaryAddress, addresses: Set(eni.secondaryAddresses), prefixes: Set(eni.prefixes), tags: tags)
        if eni.ipv6Prefixes.count != ipv6Prefixes { complaints.append("\(eni.id) came with \(eni.ipv6Prefixes)") }
        take(eni.ipv6Prefixes, for: eni.id)
    }

    mutating func delete(_ id: ENIID) {
        guard let before = held[id] else { return }
        let now = world.now
        guard attempt(before.isPlaced(at: now) ? .invalidParameterValue : nil, { try $0.deleteENI(id, at: now) }) != nil else { return }
        taken.subtract([before.primary] + before.addresses + before.prefixes.flatMap(\.addresses))
        held[id] = nil
    }

    mutating func attach(_ id: ENIID, at place: VPCModel.Place) {
        guard let before = held[id] else { return }
        let (now, instance) = (world.now, world.instance.id)
        let placed = held.values.filter { $0.isPlaced(at: now) }
        let expected = first(
            (before.isPlaced(at: now), .invalidNetworkInterfaceInUse),
            (place.card >= type.cards.count || placed.contains { $0.place == place }, .invalidParameterValue),
            (placed.count { $0.place?.card == place.card } >= type.cards[min(place.card, type.cards.count - 1)], .attachmentLimitExceeded),
            (before.slots > type.ipv4PerENI, .privateIPAddressLimitExceeded),
            (before.ipv6Prefixes.count > type.ipv6PerENI ?? type.ipv4PerENI, .privateIPAddressLimitExceeded),
            (!before.prefixes.isEmpty && !type.supportsPrefixDelegation, .unsupportedOperation),
            (!before.ipv6Prefixes.isEmpty && !type.supportsPrefixDelegation, .unsupportedOperation))
        let attach: (inout VPCModel) throws -> VPCModel.Attachment = { vpc in
            try vpc.attachENI(id, to: instance, card: place.card, deviceIndex: place.deviceIndex, at: now)
        }
        guard let attachment = attempt(expected, attach) else { return }
        held[id]?.place = place
        held[id]?.detachedAt = nil
        held[id]?.busyUntil = attachment.attachedAt
    }

    mutating func detach(_ id: ENIID) {
        guard let before = held[id] else { return }
        let now = world.now
        let expected = first(
            (!before.isPlaced(at: now), .invalidAttachmentNotFound), (before.place == world.instance.primaryPlace, .operationNotPermitted),
            (before.detachedAt != nil || now < before.busyUntil, .incorrectState))
        guard let detachedAt = attempt(expected, { try $0.detachENI(id, at: now) }) else { return }
        held[id]?.detachedAt = detachedAt
    }

    mutating func occupy(_ count: Int) {
        let subnet = world.subnet
        guard attempt(count > free ? .insufficientFreeAddressesInSubnet : nil, { try $0.occupy(count, in: subnet) }) != nil else { return }
        adoptOccupation()
    }

    mutating func vacate(_ count: Int) {
        let subnet = world.subnet
        _ = attempt(nil) { try $0.vacate(count, in: subnet) }
        adoptOccupation()
    }

    /// What other tenants hold is theirs to say; it must only not touch what nodes hold.
    private mutating func adoptOccupation() {
        guard let subnet = world.vpc.subnets[world.subnet] else { return }
        let ours = Set(held.values.flatMap { [$0.primary] + $0.addresses + $0.prefixes.flatMap(\.addresses) })
        let theirs = Set(block.addresses.filter(subnet.isOccupied))
        if !ours.isDisjoint(with: theirs) { complaints.append("other tenants hold \(ours.intersection(theirs).sorted())") }
        taken = ours.union(theirs).union([block[0], block[1], block[2], block[3], block.last])
    }

    mutating func describe(owner: String) {
        let (now, instance) = (world.now, world.instance.id)
        let found = attempt(nil) { try $0.describeENIs(tagged: ("owner", owner), at: now) } ?? []
        if found.map(\.id) != held.filter({ $0.value.tags["owner"] == owner }).keys.sorted() {
            complaints.append("owner \(owner) has \(found.map(\.id))")
        }
        let places = (attempt(nil) { try $0.describeENIs(of: instance, at: now) } ?? []).map { $0.attachment?.place }
        let expected = held.values.filter { $0.isPlaced(at: now) }.compactMap(\.place).sorted()
        if places != expected { complaints.append("the instance has ENIs at \(places), expected \(expected)") }
    }
}
