import AWSClient
import NodePortsTesting
import SimulatedVPC
import Testing

/// One contract for EC2 in process and for EC2 over HTTP, through Berth's own clients of both its API and the metadata.
@Suite(.timeLimit(.minutes(2))) struct ContractTests {
    @Test(arguments: EC2Contract.cases) func theSimulatedVPCKeepsTheContract(case: EC2Contract.Case) async throws {
        let cloud = try TestCloud()
        let world = try cloud.world(cloud.instance.ec2)
        #expect(await `case`.failures(in: world) == [])
    }

    @Test(arguments: EC2Contract.cases) func theQueryAPIKeepsTheContract(case: EC2Contract.Case) async throws {
        let cloud = try TestCloud(clock: .system)
        try await cloud.withClients { clients in
            let world = try cloud.world(clients.control)
            #expect(await `case`.failures(in: world) == [])
        }
    }
}
