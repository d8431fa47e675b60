import Addressing
import InstanceTypes

extension VPCModel {
    /// Returns what is wrong with the model in itself, one sentence each; empty for every model made by its own functions.
    ///
    /// For tests: takes time in proportion to all addresses of all subnets.
    public func violations() -> [String] {
        addressViolations() + ipv6Violations() + attachmentViolations() + tokenViolations()
    }

    private func addressViolations() -> [String] {
        var found: [String] = []
        var owners: [IPv4Address: String] = [:]
        func own(_ address: IPv4Address, _ owner: String, in subnet: SubnetID) {
            if let other = owners.updateValue(owner, forKey: address) { found.append("\(address) is held by \(other) and by \(owner)") }
            guard let subnet = subnets[subnet], subnet.block.contains(address) else {
                return found.append("\(address) of \(owner) is not in \(subnet)")
            }
        }
        for subnet in subnets.values {
            for address in subnet.reservedAddresses { own(address, "EC2", in: subnet.id) }
            for address in subnet.block.addresses where subnet.isOccupied(address) { own(address, "another tenant", in: subnet.id) }
        }
        for eni in enis.values {
            for address in eni.addresses { own(address, eni.id.rawValue, in: eni.subnet) }
            for prefix in eni.prefixes where prefix.prefixLength != 28 { found.append("\(eni.id) holds \(prefix), which is not a /28") }
        }
        for subnet in subnets.values {
            for address in subnet.block.addresses where subnet.isFree(address) != (owners[address] == nil) {
                found.append("\(address) is \(subnet.isFree(address) ? "free" : "taken"), owner: \(owners[address] ?? "none")")
            }
        }
        return found
    }

    private func ipv6Violations() -> [String] {
        var found: [String] = []
        var owners: [IPv6CIDR: ENIID] = [:]
        for eni in enis.values {
            for prefix in eni.ipv6Prefixes {
                if let other = owners.updateValue(eni.id, forKey: prefix) { found.append("\(prefix) is held by \(other) and by \(eni.id)") }
                if prefix.prefixLength != 80 || subnets[eni.subnet]?.ipv6Block?.contains(prefix) != true {
                    found.append("\(prefix) of \(eni.id) is no /80 of \(eni.subnet)")
                }
            }
            let limit = ipv6SlotLimit(of: eni)
            if eni.ipv6Prefixes.count > limit { found.append("\(eni.id) uses \(eni.ipv6Prefixes.count) of \(limit) IPv6 slots") }
        }
        let taken = subnets.values.flatMap(\.ipv6Prefixes)
        for prefix in Set(taken).symmetricDifference(owners.keys).sorted() {
            found.append("\(prefix) is \(taken.contains(prefix) ? "taken" : "free"), owner: \(owners[prefix]?.rawValue ?? "none")")
        }
        return found
    }

    private func attachmentViolations() -> [String] {
        var found: [String] = []
        for instance in instances.values {
            let counts = Dictionary(grouping: instance.enis.keys, by: \.card).mapValues(\.count)
            for (card, count) in counts where !instance.type.cards.indices.contains(card) || count > instance.type.cards[card] {
                found.append("\(instance.id) has \(count) ENIs on card \(card) of \(instance.type.cards)")
            }
            if instance.enis[instance.primaryPlace] == nil { found.append("\(instance.id) has no primary ENI") }
            for (place, id) in instance.enis {
                let attachment = enis[id]?.attachment
                if attachment?.instance != instance.id || attachment?.place != place {
                    found.append("\(instance.id) has \(id) at \(place), which is elsewhere")
                }
            }
        }
        for eni in enis.values {
            if eni.slotsUsed > slotLimit(of: eni) { found.append("\(eni.id) uses \(eni.slotsUsed) of \(slotLimit(of: eni)) slots") }
            if let attachment = eni.attachment, instances[attachment.instance]?.enis[attachment.place] != eni.id {
                found.append("\(eni.id) is attached to \(attachment.instance), which does not have it at \(attachment.place)")
            }
        }
        if Set(enis.values.map(\.mac)).count != enis.count { found.append("two ENIs have one MAC address") }
        return found
    }

    private func tokenViolations() -> [String] {
        let held = Dictionary(enis.values.compactMap { eni in eni.origin.clientToken.map { ($0, eni.id) } }) { first, _ in first }
        return held == enisByToken ? [] : ["\(enisByToken.count) client tokens are remembered, ENIs hold \(held.count)"]
    }
}
