import Foundation
import InstanceTypes
import Testing

@Suite struct InstanceTypesTests {
    @Test func everyTypeOfTheFileIsFoundWithItsFacts() throws {
        let rows = try Self.rows()
        #expect(rows.count == 1433)
        #expect(InstanceType.all.map(\.name) == rows.map(\.type))
        for row in rows {
            let type = try #require(InstanceType.named(row.type))
            #expect(Facts(type) == Facts(row), "\(row.type)")
        }
    }

    @Test(arguments: ["", "m5", "m5.larg", "m5.large ", "m5.largest", "a", "zz.large", "m5.large 3", "\n", "cc1.4xlarge"])
    func aTypeThatTheTableDoesNotKnowIsNil(name: String) {
        #expect(InstanceType.named(name) == nil)
    }

    /// The check values of the VPC CNI's own limits table, over the kinds of type it names.
    @Test(arguments: [
        ("t2.micro", 2, 2, 1, 4), ("t3.small", 3, 4, 1, 11), ("t3.medium", 3, 6, 1, 17), ("m5.large", 3, 10, 1, 29),
        ("m5.xlarge", 4, 15, 1, 58), ("c5n.18xlarge", 15, 50, 1, 737), ("m8gn.48xlarge", 12, 50, 2, 590), ("m5.4xlarge", 8, 30, 1, 234),
        ("m5.24xlarge", 15, 50, 1, 737), ("m4.4xlarge", 8, 30, 1, 234), ("p4d.24xlarge", 15, 50, 4, 737), ("p5.48xlarge", 2, 50, 32, 100),
        ("trn1.32xlarge", 5, 50, 8, 247), ("g6e.48xlarge", 10, 50, 4, 492),
    ])
    func limitsAndMaxPodsAgreeWithTheIncumbentsTable(name: String, enis: Int, addresses: Int, cards: Int, maxPods: Int) throws {
        let type = try #require(InstanceType.named(name))
        #expect((type.enis, type.ipv4PerENI, type.cards.count) == (enis, addresses, cards))
        #expect(type.maxPods(PodAddressing(.secondaryAddress)) == maxPods)
    }

    @Test(arguments: [
        ("t3.medium", 17, 12, 242, 162), ("m5.large", 29, 20, 434, 290), ("m5.xlarge", 58, 44, 898, 674), ("c5.2xlarge", 58, 44, 898, 674),
        ("m5.4xlarge", 234, 205, 3714, 3250),
    ])
    func maxPodsOfEachAddressing(name: String, single: Int, custom: Int, prefix: Int, prefixCustom: Int) throws {
        let type = try #require(InstanceType.named(name))
        #expect(type.maxPods(PodAddressing(.secondaryAddress)) == single)
        #expect(type.maxPods(PodAddressing(.secondaryAddress, leavesPrimaryENI: true)) == custom)
        #expect(type.maxPods(PodAddressing(.prefix)) == prefix)
        #expect(type.maxPods(PodAddressing(.prefix, leavesPrimaryENI: true)) == prefixCustom)
    }

    @Test func aTrunkTakesTheSlotOfOneENI() throws {
        let type = try #require(InstanceType.named("m5.large"))
        #expect(type.maxPods(PodAddressing(.secondaryAddress, hasTrunk: true)) == 20)
        #expect(type.maxPods(PodAddressing(.secondaryAddress, leavesPrimaryENI: true, hasTrunk: true)) == 11)
        let small = InstanceType(name: "one.eni", cards: [1], ipv4PerENI: 4)
        #expect(small.maxPods(PodAddressing(.prefix, leavesPrimaryENI: true, hasTrunk: true)) == 2)
    }

    @Test func theRecommendationIsNeverAboveTheAddressesAndCappedByTheVCPUs() throws {
        #expect(try #require(InstanceType.named("m5.large")).recommendedMaxPods(PodAddressing(.prefix)) == 110)
        #expect(try #require(InstanceType.named("m5.8xlarge")).recommendedMaxPods(PodAddressing(.prefix)) == 250)
        #expect(try #require(InstanceType.named("m5.large")).recommendedMaxPods(PodAddressing(.secondaryAddress)) == 29)
        let unknown = try #require(InstanceType.named("c5a.metal"))
        #expect(unknown.vcpus == nil)
        #expect(unknown.recommendedMaxPods(PodAddressing(.prefix)) == 110)
    }

    @Test(arguments: [
        ("m5.large", PodAddressing(.secondaryAddress), PodLimit(pods: 29, reason: .addresses)),
        ("m5.large", PodAddressing(.prefix), PodLimit(pods: 110, reason: .recommendation)),
        ("m5.24xlarge", PodAddressing(.secondaryAddress), PodLimit(pods: 250, reason: .recommendation)),
        ("m4.large", PodAddressing(.prefix), PodLimit(pods: 20, reason: .singleAddresses)),
        ("t3.nano", PodAddressing(.prefix, leavesPrimaryENI: true), PodLimit(pods: 18, reason: .addresses)),
    ])
    func theLimitSaysWhatKeepsItFromMore(name: String, addressing: PodAddressing, limit: PodLimit) throws {
        #expect(try #require(InstanceType.named(name)).podLimit(addressing) == limit)
    }

    @Test func noTypeIsToldToTakeMoreThanItHasAddressesFor() {
        for type in InstanceType.all {
            for slot in [PodAddressing.Slot.secondaryAddress, .prefix] {
                let (limit, most) = (type.podLimit(PodAddressing(slot)), type.maxPods(PodAddressing(slot)))
                #expect(limit.pods == min(most, type.recommendedPodsMax) && (limit.reason == .recommendation) == (limit.pods < most))
            }
        }
    }

    @Test func prefixesGoToNitroAndBareMetalOnly() throws {
        #expect(try #require(InstanceType.named("m5.large")).supportsPrefixDelegation)
        #expect(try #require(InstanceType.named("a1.metal")).supportsPrefixDelegation)
        let xen = try #require(InstanceType.named("m4.4xlarge"))
        #expect(!xen.supportsPrefixDelegation)
        #expect(xen.maxPods(PodAddressing(.prefix)) == xen.maxPods(PodAddressing(.secondaryAddress)))
    }
}

/// One row of the file, read apart from the generator.
private struct Row: Decodable {
    var type: String
    var enis: Int
    var cards: [Int]
    var defaultCard, ipv4: Int
    var ipv6: Int?
    var ipv6Supported: Bool?
    var hypervisor: String
    var bareMetal: Bool
    var vcpus, memoryMiB: Int?
    var arch: [String]?
    var trunk: Bool?
    var branchEnis: Int?
}

private struct Facts: Equatable {
    var numbers: [Int?]
    var flags: [Bool?]
    var texts: [String]

    init(_ row: Row) {
        numbers = [row.enis, row.defaultCard, row.ipv4, row.ipv6, row.vcpus, row.memoryMiB, row.branchEnis] + row.cards
        flags = [row.ipv6Supported, row.bareMetal, row.trunk]
        texts = [row.type, row.hypervisor] + (row.arch ?? [])
    }

    init(_ type: InstanceType) {
        numbers =
            [type.cards.reduce(0, +), type.defaultCard, type.ipv4PerENI, type.ipv6PerENI, type.vcpus, type.memoryMiB, type.branchENIs]
            + type.cards
        flags = [type.supportsIPv6, type.isBareMetal, type.supportsTrunk]
        texts = [type.name, type.hypervisor.rawValue] + type.architectures
    }
}

extension InstanceTypesTests {
    fileprivate static func rows() throws -> [Row] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let file = tests.appending(path: "../../Sources/Core/InstanceTypes/instance-types.json")
        return try JSONDecoder().decode([Row].self, from: Data(contentsOf: file.standardizedFileURL))
    }
}
