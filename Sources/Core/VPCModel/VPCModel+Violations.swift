import Addressing
import InstanceTypes

extension VPCModel {
    /// Returns what is wrong with the model in itself, one sentence each; empty for every model made by its own functions.
    ///
    /// For tests: takes time in proportion to all addresses of all subnets.
    public func violations() -> [String] {
        addressViolations() + attachmentViolations() + tokenViolations()
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

    private func attachmentViolations() -> [String] {
        var found: [String] = []
        for instance in instances.values {
            if instance.enis.count > instance.type.enis { found.append("\(instance.id) has \(instance.enis.count) ENIs") }
            if instance.enis[0] == nil { found.append("\(instance.id) has no primary ENI") }
            for (deviceIndex, id) in instance.enis {
                let attachment = enis[id]?.attachment
                if attachment?.instance != instance.id || attachment?.deviceIndex != deviceIndex {
                    found.append("\(instance.id) has \(id) at \(deviceIndex), which is elsewhere")
                }
            }
        }
        for eni in enis.values {
            if eni.slotsUsed > slotLimit(of: eni) { found.append("\(eni.id) uses \(eni.slotsUsed) of \(slotLimit(of: eni)) slots") }
            if let attachment = eni.attachment, instances[attachment.instance]?.enis[attachment.deviceIndex] != eni.id {
                found.append("\(eni.id) is attached to \(attachment.instance), which does not have it at \(attachment.deviceIndex)")
            }
        }
        if Set(enis.values.map(\.mac)).count != enis.count { found.append("two ENIs have one MAC address") }
        return found
    }

    private func tokenViolations() -> [String] {
        let held = Dictionary(enis.values.compactMap { eni in eni.creation?.clientToken.map { ($0, eni.id) } }) { first, _ in first }
        return held == enisByToken ? [] : ["\(enisByToken.count) client tokens are remembered, ENIs hold \(held.count)"]
    }
}
