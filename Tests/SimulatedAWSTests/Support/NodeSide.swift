import AWSClient
import AWSTesting
import Addressing
import EC2Adapter
import IMDSAdapter
import NodePorts
import NodePortsTesting
import SimulatedAWS
import SimulatedVPC
import Testing
import VPCModel

extension TestCloud {
    /// Serves over HTTP on loopback while the body runs.
    func serve<Outcome: Sendable>(_ body: @escaping @Sendable (HTTPURL) async throws -> Outcome) async throws -> Outcome {
        let (urls, told) = AsyncStream<String>.makeStream()
        let address = try #require(LoopbackAddress("127.0.0.1:0"))
        let server = SimulatedAWSServer(aws, at: address) { told.yield($0) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            var addresses = urls.makeAsyncIterator()
            let text = try #require(await addresses.next())
            return try await body(try #require(HTTPURL(text)))
        }
    }

    /// EC2 and the metadata as Berth's own clients speak to them.
    struct Clients: Sendable {
        var control: EC2Control
        var metadata: InstanceMetadata
    }

    func withClients(_ body: @escaping @Sendable (Clients) async throws -> Void) async throws {
        try await serve { url in
            let connections = HTTPConnections()
            let outcome = await Result { try await body(try await self.clients(url, connections.exchange)) }
            await connections.shutdown()
            try outcome.get()
        }
    }

    private func clients(_ url: HTTPURL, _ exchange: HTTPExchange) async throws -> Clients {
        let metadata = InstanceMetadata(exchange, at: IMDSEndpoint(url: url))
        let identity = try await metadata.identity()
        let rates = CallBucket.Limits(rateMax: 1_000, burst: 1_000)
        let aws = AWSClient(exchange, credentials: .fixed(SimulatedAWS.exampleKey), settings: AWSClient.Settings(rates: rates))
        let client = EC2Client(aws, at: ServiceEndpoint(.ec2, region: identity.region, url: url))
        let place = NodeEC2.Place(instance: identity.instance, vpc: try await metadata.vpc(), zones: [identity.zone])
        let view = InstanceView(
            vpcBlocks: { () throws(EC2Failure) in
                do {
                    return try await metadata.vpcBlocks()
                } catch {
                    throw EC2Failure(code: "IMDS", message: "\(error)")
                }
            },
            shows: { try? await metadata.shows($0) })
        return Clients(control: NodeEC2(client, place: place, view: view).control, metadata: metadata)
    }

    /// The world of the contract, seen by way of the VPC's own file.
    func world(_ control: EC2Control) throws -> EC2World {
        let vpc = vpc
        return EC2World(
            ec2: control, primary: try primary, subnet: Self.subnet, securityGroup: Self.securityGroup,
            look: { id in
                try vpc.perform { (model, now) throws(VPCError) in
                    model.enis[id].map { eni in
                        let attachment = eni.state(at: now) == .available ? nil : eni.attachment
                        return OutsideENI(
                            secondaryAddresses: Set(eni.secondaryAddresses), prefixes: Set(eni.prefixes),
                            ipv6Prefixes: Set(eni.ipv6Prefixes), securityGroups: eni.securityGroups, tags: eni.tags,
                            deviceIndex: attachment?.deviceIndex, endsWithInstance: attachment?.deleteOnTermination ?? false)
                    }
                }
            })
    }
}
