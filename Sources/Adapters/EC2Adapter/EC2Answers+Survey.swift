package import Addressing

// What a look at a whole VPC reads. ENIs of AWS's services have attachments and types that no node's have, so less is asked of the
// texts here than of a node's own ENIs.

package struct SurveyedInterfacesAnswer: EC2Page, Hashable {
    package var nextToken: String?
    private var networkInterfaceSet: Items<SurveyedInterface>?

    package var enis: [SurveyedInterface] { Items.all(networkInterfaceSet) }
}

package struct SurveyedInterface: Decodable, Hashable, Sendable {
    package var networkInterfaceId: String
    package var subnetId: SubnetID
    package var interfaceType: String?
    package var description: String?
    /// Nil where the subnet has no IPv4.
    package var privateIpAddress: IPv4Address?
    package var attachment: Attachment?
    private var privateIpAddressesSet: Items<Address>?
    private var ipv4PrefixSet: Items<IPv4Prefix>?
    private var tagSet: Items<ResourceTag>?

    /// The primary one first.
    package var addresses: [IPv4Address] {
        let all = Items.all(privateIpAddressesSet).map(\.privateIpAddress)
        guard let privateIpAddress else { return all }
        return [privateIpAddress] + all.filter { $0 != privateIpAddress }
    }
    package var prefixes: [IPv4CIDR] { Items.all(ipv4PrefixSet).map(\.ipv4Prefix) }
    package var tags: [String: String] { ResourceTag.dictionary(tagSet) }

    package struct Attachment: Decodable, Hashable, Sendable {
        package var instanceId: String?
        package var deviceIndex: Int?
    }

    private struct Address: Decodable, Hashable, Sendable {
        var privateIpAddress: IPv4Address
    }
}

package struct SurveyedInstancesAnswer: EC2Page, Hashable {
    package var nextToken: String?
    private var reservationSet: Items<Reservation>?

    package var instances: [SurveyedInstance] { Items.all(reservationSet).flatMap { Items.all($0.instancesSet) } }

    private struct Reservation: Decodable, Hashable, Sendable {
        var instancesSet: Items<SurveyedInstance>?
    }
}

package struct SurveyedInstance: Decodable, Hashable, Sendable {
    package var instanceId: String
    package var instanceType: String?
    package var subnetId: SubnetID?
    package var vpcId: String?
    private var placement: Placement?
    private var instanceState: State?
    private var tagSet: Items<ResourceTag>?

    package var zone: String? { placement?.availabilityZone }
    /// `pending`, `running`, `shutting-down`, `terminated`, `stopping` or `stopped`.
    package var state: String? { instanceState?.name }
    package var tags: [String: String] { ResourceTag.dictionary(tagSet) }

    private struct Placement: Decodable, Hashable, Sendable {
        var availabilityZone: String?
    }

    private struct State: Decodable, Hashable, Sendable {
        var name: String?
    }
}

package struct VPCsAnswer: EC2Page, Hashable {
    package var nextToken: String?
    private var vpcSet: Items<VPC>?

    package var vpcs: [VPC] { Items.all(vpcSet) }

    package struct VPC: Decodable, Hashable, Sendable {
        package var vpcId: String
        package var cidrBlock: IPv4CIDR?
        private var cidrBlockAssociationSet: Items<Association>?

        /// Those that are associated.
        package var blocks: [IPv4CIDR] {
            let associated = Items.all(cidrBlockAssociationSet).filter { $0.cidrBlockState?.state ?? "associated" == "associated" }
            return associated.isEmpty ? [cidrBlock].compactMap(\.self) : associated.map(\.cidrBlock)
        }
    }

    private struct Association: Decodable, Hashable, Sendable {
        var cidrBlock: IPv4CIDR
        var cidrBlockState: BlockState?
    }

    private struct BlockState: Decodable, Hashable, Sendable {
        var state: String?
    }
}

package struct SubnetReservationsAnswer: EC2Page, Hashable {
    package var nextToken: String?
    private var subnetIpv4CidrReservationSet: Items<Reservation>?

    package var reservations: [Reservation] { Items.all(subnetIpv4CidrReservationSet) }

    package struct Reservation: Decodable, Hashable, Sendable {
        package var subnetId: SubnetID
        package var cidr: IPv4CIDR
        /// `prefix` or `explicit`.
        package var reservationType: String
    }
}
