package import Addressing

// The answers, reduced to what a node reads. Stored properties bear the names of EC2's XML elements; computed ones say the same in
// the node's words.

/// A page of a list, and where the next one begins.
package protocol EC2Page: Decodable, Sendable {
    /// Nil or empty on the last page.
    var nextToken: String? { get }
}

/// A list in EC2's XML: elements called `item` in an element of their own, which is absent or empty when there are none.
package struct Items<Element: Decodable & Hashable & Sendable>: Decodable, Hashable, Sendable {
    private var item: [Element]?

    static func all(_ items: Items?) -> [Element] { items?.item ?? [] }
}

package struct ResourceTag: Decodable, Hashable, Sendable {
    package var key: String
    package var value: String?

    static func dictionary(_ tags: Items<ResourceTag>?) -> [String: String] {
        Dictionary(Items.all(tags).map { ($0.key, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
    }
}

package struct NetworkInterfacesAnswer: EC2Page, Hashable {
    package var nextToken: String?
    private var networkInterfaceSet: Items<NetworkInterface>?

    package var enis: [NetworkInterface] { Items.all(networkInterfaceSet) }
}

package struct CreatedInterfaceAnswer: Decodable, Hashable, Sendable {
    package var networkInterface: NetworkInterface?
}

package struct NetworkInterface: Decodable, Hashable, Sendable {
    package var networkInterfaceId: ENIID
    package var macAddress: MACAddress
    package var subnetId: SubnetID
    package var vpcId: String?
    /// `available`, `associated`, `attaching`, `in-use` or `detaching`.
    package var status: String?
    /// `interface`, `efa`, `efa-only`, `trunk` and others.
    package var interfaceType: String?
    package var description: String?
    /// Whether an AWS service keeps it.
    package var requesterManaged: Bool?
    /// Nil on ENIs that are for EFA alone or in a subnet without IPv4.
    package var privateIpAddress: IPv4Address?
    package var attachment: Attachment?
    private var privateIpAddressesSet: Items<PrivateAddress>?
    private var ipv4PrefixSet: Items<IPv4Prefix>?
    private var ipv6PrefixSet: Items<IPv6Prefix>?
    private var groupSet: Items<Group>?
    private var tagSet: Items<ResourceTag>?

    package var secondaryAddresses: [IPv4Address] {
        Items.all(privateIpAddressesSet).filter { $0.primary != true }.map(\.privateIpAddress)
    }
    package var prefixes: [IPv4CIDR] { Items.all(ipv4PrefixSet).map(\.ipv4Prefix) }
    package var ipv6Prefixes: [IPv6CIDR] { Items.all(ipv6PrefixSet).map(\.ipv6Prefix) }
    package var securityGroups: [SecurityGroupID] { Items.all(groupSet).map(\.groupId) }
    package var tags: [String: String] { ResourceTag.dictionary(tagSet) }

    package struct Attachment: Decodable, Hashable, Sendable {
        package var attachmentId: ENIAttachmentID
        package var instanceId: InstanceID?
        package var deviceIndex: Int
        /// Nil means 0.
        package var networkCardIndex: Int?
        /// `attaching`, `attached`, `detaching` or `detached`.
        package var status: String?
        package var deleteOnTermination: Bool?
    }

    private struct PrivateAddress: Decodable, Hashable, Sendable {
        var privateIpAddress: IPv4Address
        var primary: Bool?
    }

    private struct Group: Decodable, Hashable, Sendable {
        var groupId: SecurityGroupID
    }
}

package struct IPv4Prefix: Decodable, Hashable, Sendable {
    package var ipv4Prefix: IPv4CIDR
}

package struct IPv6Prefix: Decodable, Hashable, Sendable {
    package var ipv6Prefix: IPv6CIDR
}

package struct AttachmentAnswer: Decodable, Hashable, Sendable {
    package var attachmentId: ENIAttachmentID?
    package var networkCardIndex: Int?
}

package struct AssignedAddressesAnswer: Decodable, Hashable, Sendable {
    package var networkInterfaceId: ENIID?
    private var assignedPrivateIpAddressesSet: Items<AssignedAddress>?
    private var assignedIpv4PrefixSet: Items<IPv4Prefix>?

    package var addresses: [IPv4Address] { Items.all(assignedPrivateIpAddressesSet).map(\.privateIpAddress) }
    package var prefixes: [IPv4CIDR] { Items.all(assignedIpv4PrefixSet).map(\.ipv4Prefix) }

    private struct AssignedAddress: Decodable, Hashable, Sendable {
        var privateIpAddress: IPv4Address
    }
}

package struct AssignedIPv6Answer: Decodable, Hashable, Sendable {
    package var networkInterfaceId: ENIID?
    private var assignedIpv6PrefixSet: Items<String>?

    package var prefixes: [String] { Items.all(assignedIpv6PrefixSet) }
}

/// The answer of a call that only says it was done.
package struct Acknowledgement: Decodable, Hashable, Sendable {}

package struct SubnetsAnswer: EC2Page, Hashable {
    package var nextToken: String?
    private var subnetSet: Items<Subnet>?

    package var subnets: [Subnet] { Items.all(subnetSet) }
}

package struct Subnet: Decodable, Hashable, Sendable {
    package var subnetId: SubnetID
    package var vpcId: String?
    package var availabilityZone: String
    /// Nil where the subnet has IPv6 alone.
    package var cidrBlock: IPv4CIDR?
    package var availableIpAddressCount: Int?
    private var ipv6CidrBlockAssociationSet: Items<Association>?
    private var tagSet: Items<ResourceTag>?

    /// The block that is associated; one that is on its way or has gone does not count.
    package var ipv6Block: IPv6CIDR? {
        Items.all(ipv6CidrBlockAssociationSet).first { $0.ipv6CidrBlockState?.state == "associated" }?.ipv6CidrBlock
    }
    package var tags: [String: String] { ResourceTag.dictionary(tagSet) }

    private struct Association: Decodable, Hashable, Sendable {
        var ipv6CidrBlock: IPv6CIDR
        var ipv6CidrBlockState: BlockState?
    }

    private struct BlockState: Decodable, Hashable, Sendable {
        var state: String?
    }
}

package struct InstancesAnswer: EC2Page, Hashable {
    package var nextToken: String?
    private var reservationSet: Items<Reservation>?

    package var instances: [Instance] { Items.all(reservationSet).flatMap { Items.all($0.instancesSet) } }

    private struct Reservation: Decodable, Hashable, Sendable {
        var instancesSet: Items<Instance>?
    }

    package struct Instance: Decodable, Hashable, Sendable {
        package var instanceId: InstanceID
        package var instanceType: String?
        private var instanceState: State?
        private var networkInterfaceSet: Items<Interface>?

        /// Where its ENIs are attached, of whatever kind they are.
        package var attachments: [NetworkInterface.Attachment] { Items.all(networkInterfaceSet).compactMap(\.attachment) }

        /// `pending`, `running`, `shutting-down`, `terminated`, `stopping` or `stopped`.
        package var stateName: String? { instanceState?.name }

        private struct State: Decodable, Hashable, Sendable {
            var name: String?
        }

        private struct Interface: Decodable, Hashable, Sendable {
            var attachment: NetworkInterface.Attachment?
        }
    }
}

package struct InstanceTypesAnswer: EC2Page, Hashable {
    package var nextToken: String?
    private var instanceTypeSet: Items<InstanceType>?

    package var types: [InstanceType] { Items.all(instanceTypeSet) }

    package struct InstanceType: Decodable, Hashable, Sendable {
        package var instanceType: String
        package var hypervisor: String?
        package var bareMetal: Bool?
        package var networkInfo: Network?
    }

    package struct Network: Decodable, Hashable, Sendable {
        package var maximumNetworkInterfaces: Int?
        package var ipv4AddressesPerInterface: Int?
        package var ipv6AddressesPerInterface: Int?
        package var ipv6Supported: Bool?
        package var defaultNetworkCardIndex: Int?
        private var networkCards: Items<Card>?

        package var cards: [Card] { Items.all(networkCards) }
    }

    package struct Card: Decodable, Hashable, Sendable {
        package var networkCardIndex: Int
        package var maximumNetworkInterfaces: Int
    }
}
