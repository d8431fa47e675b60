import AWSClient
package import Addressing
package import NodePorts

extension EC2Call where Answer == CreatedInterfaceAnswer {
    /// All that the ENI shall hold, and its tags, in the one call.
    package static func createNetworkInterface(_ request: ENIRequest, description: String? = nil) -> EC2Call {
        EC2Call(.createNetworkInterface, isRepeatable: true) {
            $0.add("SubnetId", request.subnet)
            $0.add("Description", description)
            $0.add("SecurityGroupId", each: request.securityGroups)
            switch request.content {
            case .addresses(let count): $0.add("SecondaryPrivateIpAddressCount", count > 0 ? count : nil)
            case .prefixes(let count): $0.add("Ipv4PrefixCount", count > 0 ? count : nil)
            }
            $0.add("Ipv6PrefixCount", request.ipv6Prefixes > 0 ? request.ipv6Prefixes : nil)
            $0.add("ClientToken", request.clientToken)
            if !request.tags.isEmpty {
                $0.add("TagSpecification.1.ResourceType", "network-interface")
                $0.add(request.tags, as: "TagSpecification.1.Tag")
            }
        }
    }
}

extension EC2Call where Answer == AttachmentAnswer {
    /// Not repeatable: the second one is told that the ENI is in use.
    package static func attachNetworkInterface(_ eni: ENIID, to instance: InstanceID, card: Int, deviceIndex: Int) -> EC2Call {
        EC2Call(.attachNetworkInterface, isRepeatable: false) {
            $0.add("NetworkInterfaceId", eni)
            $0.add("InstanceId", instance)
            $0.add("DeviceIndex", deviceIndex)
            $0.add("NetworkCardIndex", card)
        }
    }
}

extension EC2Call where Answer == AssignedAddressesAnswer {
    package static func assignPrivateIPAddresses(_ count: Int, to eni: ENIID) -> EC2Call {
        assign(to: eni, isRepeatable: false) { $0.add("SecondaryPrivateIpAddressCount", count) }
    }

    package static func assignPrivateIPPrefixes(_ count: Int, to eni: ENIID) -> EC2Call {
        assign(to: eni, isRepeatable: false) { $0.add("Ipv4PrefixCount", count) }
    }

    /// - Parameter takesFromOthers: Whether an address that another ENI holds is moved.
    package static func assignPrivateIPAddresses(_ addresses: [IPv4Address], to eni: ENIID, takesFromOthers: Bool = false) -> EC2Call {
        assign(to: eni, isRepeatable: true) {
            $0.add("PrivateIpAddress", each: addresses)
            $0.add("AllowReassignment", takesFromOthers ? true : nil)
        }
    }

    package static func assignPrivateIPPrefixes(_ prefixes: [IPv4CIDR], to eni: ENIID) -> EC2Call {
        assign(to: eni, isRepeatable: true) { $0.add("Ipv4Prefix", each: prefixes) }
    }

    private static func assign(to eni: ENIID, isRepeatable: Bool, _ what: (inout QueryParameters) -> Void) -> EC2Call {
        EC2Call(.assignPrivateIPAddresses, isRepeatable: isRepeatable) {
            $0.add("NetworkInterfaceId", eni)
            what(&$0)
        }
    }
}

extension EC2Call where Answer == AssignedIPv6Answer {
    package static func assignIPv6Prefixes(_ count: Int, to eni: ENIID) -> EC2Call {
        EC2Call(.assignIPv6Addresses, isRepeatable: false) {
            $0.add("NetworkInterfaceId", eni)
            $0.add("Ipv6PrefixCount", count)
        }
    }
}

extension EC2Call where Answer == Acknowledgement {
    package static func modifyAttachment(of eni: ENIID, _ attachment: ENIAttachmentID, deleteOnTermination: Bool) -> EC2Call {
        EC2Call(.modifyNetworkInterfaceAttribute, isRepeatable: true) {
            $0.add("NetworkInterfaceId", eni)
            $0.add("Attachment.AttachmentId", attachment)
            $0.add("Attachment.DeleteOnTermination", deleteOnTermination)
        }
    }

    package static func modifySecurityGroups(of eni: ENIID, _ groups: [SecurityGroupID]) -> EC2Call {
        EC2Call(.modifyNetworkInterfaceAttribute, isRepeatable: true) {
            $0.add("NetworkInterfaceId", eni)
            $0.add("SecurityGroupId", each: groups)
        }
    }

    /// - Parameter force: Without asking the instance's operating system, as for one that has died.
    package static func detachNetworkInterface(_ attachment: ENIAttachmentID, force: Bool = false) -> EC2Call {
        EC2Call(.detachNetworkInterface, isRepeatable: true) {
            $0.add("AttachmentId", attachment)
            $0.add("Force", force ? true : nil)
        }
    }

    package static func deleteNetworkInterface(_ eni: ENIID) -> EC2Call {
        EC2Call(.deleteNetworkInterface, isRepeatable: true) { $0.add("NetworkInterfaceId", eni) }
    }

    package static func unassignPrivateIPAddresses(_ addresses: [IPv4Address], from eni: ENIID) -> EC2Call {
        EC2Call(.unassignPrivateIPAddresses, isRepeatable: true) {
            $0.add("NetworkInterfaceId", eni)
            $0.add("PrivateIpAddress", each: addresses)
        }
    }

    package static func unassignPrivateIPPrefixes(_ prefixes: [IPv4CIDR], from eni: ENIID) -> EC2Call {
        EC2Call(.unassignPrivateIPAddresses, isRepeatable: true) {
            $0.add("NetworkInterfaceId", eni)
            $0.add("Ipv4Prefix", each: prefixes)
        }
    }

    package static func unassignIPv6(addresses: [IPv6Address] = [], prefixes: [IPv6CIDR], from eni: ENIID) -> EC2Call {
        EC2Call(.unassignIPv6Addresses, isRepeatable: true) {
            $0.add("NetworkInterfaceId", eni)
            $0.add("Ipv6Addresses", each: addresses)
            $0.add("Ipv6Prefix", each: prefixes)
        }
    }

    package static func createTags(_ tags: [String: String], on enis: [ENIID]) -> EC2Call {
        EC2Call(.createTags, isRepeatable: true) {
            $0.add("ResourceId", each: enis)
            $0.add(tags, as: "Tag")
        }
    }
}

extension QueryParameters {
    /// In the order of their keys, so that a call made again is the same call.
    fileprivate mutating func add(_ tags: [String: String], as name: String) {
        for (index, tag) in tags.sorted(by: { $0.key < $1.key }).enumerated() {
            add("\(name).\(index + 1).Key", tag.key)
            add("\(name).\(index + 1).Value", tag.value)
        }
    }
}
