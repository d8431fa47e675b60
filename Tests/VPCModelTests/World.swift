import Addressing
import InstanceTypes
import Testing
import Timeline
import VPCModel

/// A small VPC with one subnet, one instance, and a clock of its own.
struct World {
    var vpc: VPCModel
    let subnet: SubnetID
    let instance: VPCModel.Instance
    var now = Instant.zero

    init(
        _ type: String = "m5.large", subnet: String = "10.0.32.0/24", ipv6Block: String? = nil, seed: UInt64 = 1,
        physics: Physics = Physics(throttles: false)
    ) throws {
        vpc = try VPCModel(blocks: [try #require(IPv4CIDR("10.0.0.0/16"))], seed: seed, physics: physics)
        let ipv6Block = try ipv6Block.map { try #require(IPv6CIDR($0)) }
        self.subnet = try vpc.createSubnet(try #require(IPv4CIDR(subnet)), zone: "eu-central-1a", ipv6Block: ipv6Block)
        instance = try vpc.runInstance(try #require(InstanceType.named(type)), in: self.subnet, at: now)
    }

    /// Creates an ENI and attaches it; returns when that is complete.
    mutating func attach(
        _ content: VPCModel.ENI.Content = .addresses(0), ipv6Prefixes: Int = 0, card: Int = 0, at deviceIndex: Int
    ) throws -> ENIID {
        let eni = try vpc.createENI(in: subnet, content: content, ipv6Prefixes: ipv6Prefixes, at: now)
        now = try vpc.attachENI(eni.id, to: instance.id, card: card, deviceIndex: deviceIndex, at: now).attachedAt
        return eni.id
    }

    var primary: ENIID {
        get throws { try #require(instance.enis[instance.primaryPlace]) }
    }

    var free: Int { vpc.subnets[subnet]?.freeAddresses ?? -1 }
    var freeBlocks: Int { vpc.subnets[subnet]?.freeBlocks ?? -1 }
    var freeIPv6Prefixes: Int { vpc.subnets[subnet]?.freeIPv6Prefixes ?? -1 }
}

/// Expects a refusal with that code.
func expect<Answer>(
    _ code: VPCError.Code, _ body: @autoclosure () throws -> Answer, sourceLocation: SourceLocation = #_sourceLocation
) {
    do {
        _ = try body()
        Issue.record("nothing was refused", sourceLocation: sourceLocation)
    } catch let error as VPCError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}
