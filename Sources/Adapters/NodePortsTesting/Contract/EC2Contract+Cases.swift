import Addressing
import NodePorts

extension EC2Contract {
    static let lifeCases = [
        Case("a new ENI holds the addresses asked for and is attached to nothing") { world, notes in
            let eni = try await world.ec2.createENI(world.request(.addresses(3), token: "holds-three"))
            let seen = try await world.look(eni.id)
            notes.expect("addresses told", eni.secondaryAddresses.count, is: 3)
            notes.expect("subnet told", eni.subnet, is: world.subnet)
            notes.expect("blocks told", eni.subnetBlock.contains(eni.primaryAddress), is: true)
            notes.expect("addresses held", seen?.secondaryAddresses, is: Set(eni.secondaryAddresses))
            notes.expect("security groups", seen?.securityGroups, is: [world.securityGroup])
            notes.expect("place", seen?.deviceIndex, is: nil)
        },
        Case("an attached ENI is among those described, in its place") { world, notes in
            let eni = try await world.ec2.createENI(world.request(token: "attached"))
            let attachment = try await world.ec2.attachENI(eni.id, 0, 2)
            let described = try await world.ec2.describeENIs().enis
            notes.expect("ENIs", described.map(\.id), is: [world.primary, eni.id])
            notes.expect("attachment", described.last?.attachment?.id, is: attachment)
            notes.expect("places", described.map { $0.attachment?.deviceIndex }, is: [0, 2])
            notes.expect("MAC address", described.last?.mac, is: eni.mac)
            notes.expect("place from outside", try await world.look(eni.id)?.deviceIndex, is: 2)
        },
        Case("an attached ENI ends with its instance", needs: [.deleteOnTermination]) { world, notes in
            let eni = try await world.ec2.createENI(world.request(token: "ends"))
            _ = try await world.ec2.attachENI(eni.id, 0, 1)
            notes.expect("ends with the instance", try await world.look(eni.id)?.endsWithInstance, is: true)
        },
        Case("a detached ENI is not described, and can be deleted") { world, notes in
            let eni = try await world.ec2.createENI(world.request(token: "goes"))
            _ = try await world.ec2.attachENI(eni.id, 0, 1)
            try await world.ec2.detachENI(eni.id)
            notes.expect("ENIs", try await world.ec2.describeENIs().enis.map(\.id), is: [world.primary])
            notes.expect("place", try await world.look(eni.id)?.deviceIndex, is: nil)
            // What is detached already needs no detaching.
            try await world.ec2.detachENI(eni.id)
            try await world.ec2.deleteENI(eni.id)
            notes.expect("after its deletion", try await world.look(eni.id), is: nil)
        },
        Case("a request made again with its token gives the same ENI", needs: [.clientTokens]) { world, notes in
            let request = world.request(.addresses(1), token: "twice", tags: ["key": "value"])
            let first = try await world.ec2.createENI(request)
            notes.expect("second answer", try await world.ec2.createENI(request), is: first)
            await notes.expect("IdempotentParameterMismatch") {
                try await world.ec2.createENI(world.request(.addresses(2), token: "twice", tags: ["key": "value"]))
            }
        },
        Case("tags given with the request are on the ENI", needs: [.tags]) { world, notes in
            let tags = ["cluster.k8s.amazonaws.com/name": "a <b> & \"c\" ü", "empty": ""]
            let eni = try await world.ec2.createENI(world.request(token: "tags", tags: tags))
            let seen = try await world.look(eni.id)?.tags ?? [:]
            for (key, value) in tags { notes.expect("tag \(key)", seen[key], is: value) }
            for (key, value) in tags { notes.expect("tag \(key) told", eni.tags[key], is: value) }
        },
    ]

    static let addressCases = [
        Case("addresses assigned by number are those that the ENI has more, and go when they are taken", needs: [.exactAnswers]) {
            world, notes in
            let before = try await world.look(world.primary)?.secondaryAddresses ?? []
            let addresses = try await world.ec2.assignAddresses(world.primary, 3)
            notes.expect("addresses told", addresses.count, is: 3)
            notes.expect("addresses held", try await world.look(world.primary)?.secondaryAddresses, is: before.union(addresses))
            try await world.ec2.unassign(world.primary, Array(addresses.prefix(2)), [])
            notes.expect(
                "addresses left", try await world.look(world.primary)?.secondaryAddresses, is: before.union(addresses.suffix(1)))
        },
        Case("a chosen address is assigned, and may be asked for again") { world, notes in
            let address = try await world.ec2.assignAddresses(world.primary, 1)[0]
            try await world.ec2.unassign(world.primary, [address], [])
            for _ in 1...2 { try await world.ec2.assignAddress(world.primary, address) }
            notes.expect("held", try await world.look(world.primary)?.secondaryAddresses.contains(address), is: true)
        },
        Case("a subnet has as many free addresses less as were assigned") { world, notes in
            func free() async throws -> Int? {
                try await world.ec2.describeSubnets().first { $0.id == world.subnet }?.freeAddresses
            }
            let before = try await free() ?? 0
            _ = try await world.ec2.assignAddresses(world.primary, 2)
            notes.expect("free addresses", try await free(), is: before - 2)
        },
        Case("subnets are described in one order, and lie in the blocks of the VPC") { world, notes in
            let subnets = try await world.ec2.describeSubnets()
            let blocks = try await world.ec2.describeVPCBlocks()
            notes.expect("order", try await world.ec2.describeSubnets().map(\.id), is: subnets.map(\.id))
            notes.expect("has the instance's", subnets.contains { $0.id == world.subnet }, is: true)
            for subnet in subnets { notes.expect("\(subnet.block)", blocks.contains { $0.contains(subnet.block) }, is: true) }
        },
    ]

    static let prefixCases = [
        Case("a new ENI holds the prefixes asked for", needs: [.prefixes]) { world, notes in
            let eni = try await world.ec2.createENI(world.request(.prefixes(2), token: "prefixes"))
            notes.expect("prefixes told", eni.prefixes.map(\.prefixLength), is: [28, 28])
            notes.expect("prefixes held", try await world.look(eni.id)?.prefixes, is: Set(eni.prefixes))
            notes.expect("addresses", eni.secondaryAddresses, is: [])
        },
        Case("prefixes assigned by number are those that the ENI has more, and go when they are taken", needs: [.prefixes]) {
            world, notes in
            let prefixes = try await world.ec2.assignPrefixes(world.primary, 2)
            guard prefixes.count == 2 else { return notes.expect("prefixes told", prefixes.count, is: 2) }
            let addresses = try await world.ec2.assignAddresses(world.primary, 1)
            notes.expect("prefixes held", try await world.look(world.primary)?.prefixes, is: Set(prefixes))
            notes.expect("of length", prefixes.map(\.prefixLength), is: [28, 28])
            // Both kinds at once, as a node asks that goes from one mode to another.
            try await world.ec2.unassign(world.primary, addresses, [prefixes[0]])
            let seen = try await world.look(world.primary)
            notes.expect("prefixes left", seen?.prefixes, is: [prefixes[1]])
            notes.expect("addresses left", seen?.secondaryAddresses.isDisjoint(with: addresses), is: true)
        },
        Case("each request for an IPv6 prefix brings another", needs: [.ipv6Prefixes]) { world, notes in
            let eni = try await world.ec2.createENI(world.request(token: "ipv6", ipv6Prefixes: 1))
            let prefix = try await world.ec2.assignIPv6Prefix(eni.id)
            notes.expect("prefixes told", eni.ipv6Prefixes.map(\.prefixLength), is: [80])
            notes.expect("lies in the subnet", eni.subnetIPv6Block?.contains(prefix), is: true)
            notes.expect("prefixes held", try await world.look(eni.id)?.ipv6Prefixes, is: Set(eni.ipv6Prefixes + [prefix]))
        },
    ]

    static let refusalCases = [
        Case("an ENI that does not exist is named as such") { world, notes in
            let nobody = ENIID(unchecked: "eni-0fedcba9876543210")
            await notes.expect("InvalidNetworkInterfaceID.NotFound") { try await world.ec2.assignAddresses(nobody, 1) }
            await notes.expect("InvalidNetworkInterfaceID.NotFound") { try await world.ec2.attachENI(nobody, 0, 1) }
        },
        Case("a subnet that does not exist is named as such") { world, notes in
            var request = world.request(token: "nowhere")
            request.subnet = SubnetID(unchecked: "subnet-0fedcba9876543210")
            await notes.expect("InvalidSubnetID.NotFound") { [request] in try await world.ec2.createENI(request) }
        },
        Case("a refusal has the identifier of its request") { world, notes in
            do throws(EC2Failure) {
                _ = try await world.ec2.assignAddresses(ENIID(unchecked: "eni-0fedcba9876543210"), 1)
                notes.failures.append("nothing was refused")
            } catch {
                notes.expect("has an identifier", error.requestID?.isEmpty, is: false)
            }
        },
        Case("more addresses than the instance type takes are refused, and none is assigned", needs: [.limits]) { world, notes in
            let before = try await world.look(world.primary)
            await notes.expect("PrivateIpAddressLimitExceeded") { try await world.ec2.assignAddresses(world.primary, 64) }
            notes.expect("ENI", try await world.look(world.primary), is: before)
        },
        Case("a place that is taken is refused, and the ENI stays free", needs: [.limits]) { world, notes in
            let first = try await world.ec2.createENI(world.request(token: "first"))
            let second = try await world.ec2.createENI(world.request(token: "second"))
            _ = try await world.ec2.attachENI(first.id, 0, 1)
            await notes.expect("InvalidParameterValue") { try await world.ec2.attachENI(second.id, 0, 1) }
            notes.expect("place", try await world.look(second.id)?.deviceIndex, is: nil)
        },
        Case("an address that another ENI holds is not moved", needs: [.limits]) { world, notes in
            let other = try await world.ec2.createENI(world.request(.addresses(1), token: "other"))
            await notes.expect("InvalidParameterValue") {
                try await world.ec2.assignAddress(world.primary, other.secondaryAddresses[0])
            }
            notes.expect("held", try await world.look(other.id)?.secondaryAddresses, is: Set(other.secondaryAddresses))
        },
    ]
}
