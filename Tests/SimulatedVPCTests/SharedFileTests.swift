import Addressing
import Foundation
import InstanceTypes
import NodePorts
import SimulatedVPC
import Testing
import Timeline
import VPCModel

@Suite struct SharedFileTests {
    @Test func usersOfOneFileNeverGetOneAddressTwice() async throws {
        let cloud = try Cloud(subnet: "10.0.32.0/25")
        let instances = try ["i-a", "i-b", "i-c"].map { try cloud.launch($0, type: "m5.4xlarge") }
        let held = try await withThrowingTaskGroup(of: [IPv4Address].self) { group in
            for instance in instances { group.addTask { try await Self.churn(instance, rounds: 25) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(held.count > 3 * 20)
        #expect(Set(held).count == held.count)
        let vpc = try cloud.vpc.snapshot()
        #expect(vpc.violations() == [])
        #expect(Set(held) == Set(vpc.enis.values.flatMap(\.secondaryAddresses)))
    }

    /// Takes three addresses and gives two back, again and again.
    private static func churn(_ instance: SimulatedInstance, rounds: Int) async throws -> [IPv4Address] {
        let primary = try #require(try instance.attachedENIs().first)
        var held: [IPv4Address] = []
        for _ in 0..<rounds {
            held += try await instance.ec2.assignAddresses(primary.id, 3)
            try await instance.ec2.unassign(primary.id, Array(held.prefix(2)), [])
            held.removeFirst(2)
        }
        return held
    }

    @Test func anInstanceIsLaunchedOnce() throws {
        let cloud = try Cloud()
        let first = try cloud.launch()
        let again = try cloud.launch()
        #expect(try first.attachedENIs() == again.attachedENIs())
        #expect(try first.attachedENIs().map { $0.attachment?.deviceIndex } == [0])
        #expect(try cloud.vpc.snapshot().enis.count == 1)
        #expect((again.zone, again.type.name) == ("eu-central-1a", "m5.large"))
        #expect(throws: EC2Failure.self) { try cloud.launch(type: "t3.medium") }
    }

    @Test func aVPCThatIsThereIsKept() throws {
        let cloud = try Cloud()
        _ = try cloud.launch()
        let other = try VPCModel(blocks: [try #require(IPv4CIDR("172.16.0.0/16"))], seed: 1)
        #expect(try cloud.vpc.create(other) == false)
        #expect(try cloud.vpc.snapshot().instances.count == 1)
    }

    @Test(arguments: ["", "{\"blocks\":[\"10.0", "no JSON at all", String(repeating: "x", count: 100_000)])
    func whatAKilledProcessLeftInTheTemporaryFileIsOverwritten(leftover: String) async throws {
        let cloud = try Cloud()
        let instance = try cloud.launch()
        try cloud.overwrite(".tmp", with: leftover)
        let before = try cloud.vpc.snapshot()
        let eni = try await instance.ec2.createENI(cloud.request(.addresses(2)))
        let after = try cloud.vpc.snapshot()
        #expect(Set(after.enis.keys) == Set(before.enis.keys).union([eni.id]))
        #expect(try cloud.files == ["vpc.json", "vpc.json.lock"])
        #expect(after.violations() == [])
    }

    @Test func aFileThatIsNoVPCIsNamedAndLeftAsItIs() async throws {
        let cloud = try Cloud()
        let instance = try cloud.launch()
        let truncated = String(try cloud.text().dropLast(100))
        try cloud.overwrite(with: truncated)
        let failure = try await failure { _ = try await instance.ec2.describeENIs().enis }
        #expect(failure.code == "InternalError")
        #expect(failure.message.contains(cloud.path))
        #expect(try cloud.text() == truncated)
        #expect(throws: VPCFileError.self) { try cloud.vpc.snapshot() }
    }

    @Test(arguments: [(1, ""), (1, "\"blocks\":[\"10.0.0.0/16\"]"), (2, "\"format\":2"), (9, "\"format\":9,\"vpc\":[\"unheard of\"]")])
    func aFileOfAnotherFormatIsToldFromItsOwnAndLeftAsItIs(format: Int, members: String) throws {
        let cloud = try Cloud()
        try cloud.overwrite(with: "{\(members)}")
        let error = #expect(throws: VPCFileError.self) { try cloud.vpc.snapshot() }
        #expect(error?.problem.contains("in format \(format), this program reads and writes format 3") == true)
        #expect(error?.problem.contains(cloud.path) == true)
        #expect(throws: EC2Failure.self) { try cloud.launch() }
        #expect(try cloud.text() == "{\(members)}")
    }

    @Test func theFileSaysItsFormatAndHoldsEverything() async throws {
        let cloud = try Cloud()
        let instance = try cloud.launch(type: "c6in.32xlarge")
        let eni = try await instance.ec2.createENI(cloud.request(.prefixes(1), ipv6Prefixes: 2, tags: ["key": "value"]))
        _ = try await instance.ec2.attachENI(eni.id, 1, 1)
        #expect(try cloud.text().hasPrefix("{\"format\":3,"))
        let vpc = try cloud.vpc.snapshot()
        #expect(vpc.violations() == [])
        #expect(vpc.enis[eni.id]?.tags == ["key": "value"])
        #expect(vpc.enis[eni.id]?.ipv6Prefixes.count == 2)
        #expect(vpc.instances[instance.id]?.enis[VPCModel.Place(card: 1, deviceIndex: 1)] == eni.id)
        #expect(vpc.instances[instance.id]?.enis.count == 2)
    }

    @Test func aFileThatIsNotThereIsAnErrorWithItsPath() throws {
        let nowhere = SimulatedVPC(path: "/nowhere/at/all/vpc.json")
        let error = #expect(throws: VPCFileError.self) { try nowhere.snapshot() }
        #expect(error?.description.contains("/nowhere/at/all/vpc.json") == true)
        #expect(error?.description.contains("No such file or directory") == true)
    }

    @Test func theFolderHoldsTheVPCAndItsLockHoweverOftenItChanges() async throws {
        let cloud = try Cloud()
        let instance = try cloud.launch()
        let primary = try #require(try instance.attachedENIs().first)
        var sizes: Set<Int> = []
        for _ in 0..<60 {
            let addresses = try await instance.ec2.assignAddresses(primary.id, 4)
            try await instance.ec2.unassign(primary.id, addresses, [])
            sizes.insert(try cloud.text().count / 64)
        }
        #expect(try cloud.files == ["vpc.json", "vpc.json.lock"])
        #expect(sizes.count <= 2, "the file grew: \(sizes.sorted().map { $0 * 64 }) bytes")
    }
}
