import AWSClient
import Addressing
import EC2Adapter
import Foundation
import SeededRandom
import Testing

/// What botocore reads from the same answers; see Resources/README.md.
struct AnswerTests {
    private func full<Answer: Decodable>(_ action: EC2Action, _ type: Answer.Type) throws -> Answer {
        try XMLAnswer.decode(type, from: try GoldenAnswer.find(action, "every member").bytes)
    }

    private func empty<Answer: Decodable>(_ action: EC2Action, _ type: Answer.Type) throws -> Answer {
        try XMLAnswer.decode(type, from: try GoldenAnswer.find(action, "empty").bytes)
    }

    @Test func anENIIsReadWithAllThatANodeNeeds() throws {
        let answer = try full(.describeNetworkInterfaces, NetworkInterfacesAnswer.self)
        #expect(answer.nextToken == "a/b+c==")
        #expect(answer.enis.count == 2)
        let created = try full(.createNetworkInterface, CreatedInterfaceAnswer.self)
        for eni in [try #require(answer.enis.first), try #require(created.networkInterface)] {
            #expect(eni.networkInterfaceId == ENIID("eni-0123456789abcdef0"))
            #expect(eni.macAddress == MACAddress("02:00:00:00:00:01"))
            #expect(eni.subnetId == SubnetID("subnet-0123456789abcdef0") && eni.vpcId == "vpc-0123456789abcdef0")
            #expect(eni.status == "available" && eni.interfaceType == "interface")
            #expect(eni.description == "<a> & \"b\" é")
            #expect(eni.privateIpAddress == IPv4Address(10, 0, 0, 5))
            #expect(eni.secondaryAddresses == [IPv4Address(10, 0, 0, 6)])
            #expect(eni.prefixes == ["10.0.0.16/28", "10.0.0.32/28"].compactMap { IPv4CIDR($0) })
            #expect(eni.ipv6Prefixes == ["2001:db8:0:0:1::/80", "2001:db8:0:0:2::/80"].compactMap { IPv6CIDR($0) })
            #expect(eni.securityGroups.map(\.rawValue) == ["sg-0123456789abcdef0", "sg-0123456789abcdef02"])
            #expect(eni.tags == ["Key-1": "Value-1", "Key-2": "Value-2"])
            let attachment = try #require(eni.attachment)
            #expect(attachment.attachmentId == ENIAttachmentID("eni-attach-0123456789abcdef0"))
            #expect(attachment.instanceId == InstanceID("i-0123456789abcdef0"))
            #expect(attachment.deviceIndex == 7 && attachment.networkCardIndex == 7)
            #expect(attachment.status == "attaching" && attachment.deleteOnTermination == true)
        }
    }

    @Test func aSubnetIsReadWithTheBlockThatIsAssociated() throws {
        let answer = try full(.describeSubnets, SubnetsAnswer.self)
        #expect(answer.nextToken == "a/b+c==")
        let subnet = try #require(answer.subnets.first)
        #expect(subnet.subnetId == SubnetID("subnet-0123456789abcdef0") && subnet.vpcId == "vpc-0123456789abcdef0")
        #expect(subnet.availabilityZone == "AvailabilityZone-1")
        #expect(subnet.cidrBlock == IPv4CIDR("10.0.0.0/16") && subnet.availableIpAddressCount == 7)
        #expect(subnet.ipv6Block == IPv6CIDR("2001:db8:0:100::/56"))
        #expect(subnet.tags == ["Key-1": "Value-1", "Key-2": "Value-2"])
    }

    @Test func anAttachmentAndAssignmentsAreRead() throws {
        let attached = try full(.attachNetworkInterface, AttachmentAnswer.self)
        #expect(attached.attachmentId == ENIAttachmentID("eni-attach-0123456789abcdef0") && attached.networkCardIndex == 7)
        let assigned = try full(.assignPrivateIPAddresses, AssignedAddressesAnswer.self)
        #expect(assigned.networkInterfaceId == ENIID("eni-0123456789abcdef0"))
        #expect(assigned.addresses == [IPv4Address(10, 0, 0, 5), IPv4Address(10, 0, 0, 6)])
        #expect(assigned.prefixes == ["10.0.0.16/28", "10.0.0.32/28"].compactMap { IPv4CIDR($0) })
        let ipv6 = try full(.assignIPv6Addresses, AssignedIPv6Answer.self)
        #expect(ipv6.prefixes == ["AssignedIpv6Prefixes-1", "AssignedIpv6Prefixes-2"])
    }

    @Test func anInstanceIsReadWithThePlacesOfItsENIs() throws {
        let answer = try full(.describeInstances, InstancesAnswer.self)
        #expect(answer.nextToken == "a/b+c==")
        let instance = try #require(answer.instances.first)
        #expect(instance.instanceId == InstanceID("i-0123456789abcdef0"))
        #expect(instance.attachments.first?.deviceIndex == 7)
        #expect(instance.attachments.first?.attachmentId == ENIAttachmentID("eni-attach-0123456789abcdef0"))
    }

    @Test func anInstanceTypeIsReadWithItsLimits() throws {
        let answer = try full(.describeInstanceTypes, InstanceTypesAnswer.self)
        let type = try #require(answer.types.first)
        #expect(type.instanceType == "a1.medium" && type.hypervisor == "nitro" && type.bareMetal == true)
        let network = try #require(type.networkInfo)
        #expect(network.maximumNetworkInterfaces == 7 && network.defaultNetworkCardIndex == 7)
        #expect(network.ipv4AddressesPerInterface == 7 && network.ipv6AddressesPerInterface == 7 && network.ipv6Supported == true)
        #expect(network.cards.first.map { [$0.networkCardIndex, $0.maximumNetworkInterfaces] } == [7, 7])
    }

    @Test func answersWithoutAnythingAreEmpty() throws {
        #expect(try empty(.describeNetworkInterfaces, NetworkInterfacesAnswer.self).enis.isEmpty)
        #expect(try empty(.describeSubnets, SubnetsAnswer.self).subnets.isEmpty)
        #expect(try empty(.describeInstances, InstancesAnswer.self).instances.isEmpty)
        #expect(try empty(.describeInstanceTypes, InstanceTypesAnswer.self).types.isEmpty)
        #expect(try empty(.createNetworkInterface, CreatedInterfaceAnswer.self).networkInterface == nil)
        #expect(try empty(.attachNetworkInterface, AttachmentAnswer.self).attachmentId == nil)
        #expect(try empty(.assignPrivateIPAddresses, AssignedAddressesAnswer.self).addresses.isEmpty)
        #expect(try empty(.assignIPv6Addresses, AssignedIPv6Answer.self).prefixes.isEmpty)
    }

    @Test(arguments: [
        EC2Action.modifyNetworkInterfaceAttribute, .detachNetworkInterface, .deleteNetworkInterface, .unassignPrivateIPAddresses,
        .unassignIPv6Addresses, .createTags,
    ])
    func anAnswerThatOnlySaysDoneIsRead(_ action: EC2Action) throws {
        _ = try full(action, Acknowledgement.self)
        _ = try empty(action, Acknowledgement.self)
    }

    /// As EC2 writes lists without members.
    @Test func emptyElementsAreEmptyLists() throws {
        let xml = """
            <DescribeNetworkInterfacesResponse><networkInterfaceSet><item><networkInterfaceId>eni-0a</networkInterfaceId>
            <macAddress>02:00:00:00:00:01</macAddress><subnetId>subnet-0a</subnetId><groupSet/><tagSet></tagSet><ipv4PrefixSet/>
            <privateIpAddressesSet/></item></networkInterfaceSet><nextToken/></DescribeNetworkInterfacesResponse>
            """
        let answer = try XMLAnswer.decode(NetworkInterfacesAnswer.self, from: Array(xml.utf8))
        let eni = try #require(answer.enis.first)
        #expect(eni.securityGroups.isEmpty && eni.tags.isEmpty && eni.prefixes.isEmpty && eni.secondaryAddresses.isEmpty)
        #expect(eni.privateIpAddress == nil && eni.attachment == nil)
        #expect(answer.nextToken?.isEmpty ?? true)
    }

    /// Whatever comes over a network may be refused and must not end the daemon.
    @Test(arguments: UInt64(1)...20) func damagedAnswersAreReadOrRefused(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let answers = try GoldenAnswer.all().filter { $0.bytes.count < 6000 }
        for _ in 0..<60 {
            var bytes = answers[random.below(answers.count)].bytes
            for _ in 0...random.below(4) {
                let (position, length) = (random.below(bytes.count), random.below(40))
                let end = min(bytes.count, position + length)
                switch random.below(4) {
                case 0: bytes.removeSubrange(position..<end)
                case 1: bytes.insert(contentsOf: bytes[position..<end], at: random.below(bytes.count))
                case 2: bytes[position] = UInt8(random.below(256))
                default: bytes.insert(contentsOf: Array("<item/>".utf8), at: position)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            _ = try? XMLAnswer.decode(NetworkInterfacesAnswer.self, from: bytes)
            _ = try? XMLAnswer.decode(SubnetsAnswer.self, from: bytes)
            _ = try? XMLAnswer.decode(AssignedAddressesAnswer.self, from: bytes)
        }
    }

    @Test(arguments: ["", "<html>", "<a><b></a>", "not XML", "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>"])
    func whatIsNoAnswerIsRefused(_ text: String) {
        #expect(throws: XMLAnswer.Fault.self) { try XMLAnswer.decode(AttachmentAnswer.self, from: Array(text.utf8)) }
    }
}

/// One answer of EC2, and what the SDK reads from it.
struct GoldenAnswer: Decodable, Sendable {
    var action: String?
    var `case`: String
    var status: Int
    var xml: String
    var parsed: Parsed

    /// The part that errors have.
    struct Parsed: Decodable, Sendable {
        var error: Detail?
        var requestID: String?

        enum CodingKeys: String, CodingKey {
            case error = "Error"
            case requestID = "RequestId"
        }

        struct Detail: Decodable, Sendable {
            var code: String
            var message: String

            enum CodingKeys: String, CodingKey {
                case code = "Code"
                case message = "Message"
            }
        }
    }

    var bytes: [UInt8] { Array(xml.utf8) }

    static func all() throws -> [GoldenAnswer] {
        let url = try #require(Bundle.module.url(forResource: "Resources/responses", withExtension: "json"))
        return try JSONDecoder().decode([GoldenAnswer].self, from: Data(contentsOf: url))
    }

    static func find(_ action: EC2Action, _ name: String) throws -> GoldenAnswer {
        try #require(try all().first { $0.action == action.rawValue && $0.case == name })
    }
}
