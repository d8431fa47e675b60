import Addressing
import CapacityPlanner
import ClusterImport
import EC2Adapter

extension CloudSnapshot.Subnet {
    /// Nil for a subnet without IPv4.
    init?(_ subnet: EC2Adapter.Subnet) {
        guard let block = subnet.cidrBlock, (16...28).contains(block.prefixLength) else { return nil }
        self.init(
            id: subnet.subnetId, vpc: subnet.vpcId, zone: subnet.availabilityZone, block: block, hasIPv6: subnet.ipv6Block != nil,
            freeAddresses: subnet.availableIpAddressCount, tags: subnet.tags)
    }
}

extension CloudSnapshot.Interface {
    init(_ eni: SurveyedInterface) {
        self.init(
            id: eni.networkInterfaceId, subnet: eni.subnetId, addresses: eni.addresses, prefixes: eni.prefixes,
            kind: eni.interfaceType ?? "interface", description: eni.description ?? "", instance: eni.attachment?.instanceId,
            deviceIndex: eni.attachment?.deviceIndex, tags: eni.tags)
    }
}

extension CloudSnapshot.Instance {
    /// Nil for one that has ended, which holds nothing.
    init?(_ instance: SurveyedInstance) {
        guard let type = instance.instanceType, let zone = instance.zone, instance.state != "terminated", instance.state != "shutting-down"
        else { return nil }
        self.init(id: instance.instanceId, type: type, zone: zone, subnet: instance.subnetId, vpc: instance.vpcId, tags: instance.tags)
    }
}

extension CloudSnapshot.Reservation {
    /// Nil for one of a type that is not known.
    init?(_ reservation: SubnetReservationsAnswer.Reservation) {
        guard let kind = PlanScenario.Reservation.Kind(rawValue: reservation.reservationType) else { return nil }
        self.init(subnet: reservation.subnetId, block: reservation.cidr, kind: kind)
    }
}
