package import Addressing
package import IPAMEngine
package import VPCModel

// What the engine is told of the things of the model.

extension AttachedENI {
    package init(_ eni: VPCModel.ENI, at seat: DeviceSeat, in block: IPv4CIDR) {
        self.init(
            id: eni.id, mac: eni.mac, card: seat.card, deviceIndex: seat.deviceIndex, subnet: eni.subnet, subnetBlock: block,
            primaryAddress: eni.primaryAddress, secondaryAddresses: eni.secondaryAddresses, prefixes: eni.prefixes,
            ipv6Prefixes: eni.ipv6Prefixes, pool: eni.tags[PoolName.tagKey].flatMap(PoolName.init))
    }
}

extension SubnetStatus {
    package init(_ subnet: VPCModel.Subnet) {
        self.init(
            id: subnet.id, zone: subnet.zone, block: subnet.block, hasIPv6: subnet.ipv6Block != nil, freeAddresses: subnet.freeAddresses,
            freeBlocks: subnet.freeBlocks, tags: subnet.tags)
    }
}
