import AWSClient
import AWSTesting
import Addressing
import EC2Adapter
import Foundation
import NodePorts
import NodePortsTesting

/// EC2 in moto, for Berth's own client, with a second client's view of every ENI.
struct MotoServer {
    private let exchange: HTTPExchange
    private let addresses: Addresses

    private struct Addresses: Decodable {
        var endpoint: String
        var outside: String
    }

    private struct Instance: Decodable {
        var instance: InstanceID
        var vpc: String
        var zone: String
        var subnet: SubnetID
        var primary: ENIID
        var securityGroup: SecurityGroupID
    }

    private struct ENI: Decodable {
        var addresses: [IPv4Address]
        var prefixes: [IPv4CIDR]
        var ipv6Prefixes: [IPv6CIDR]
        var securityGroups: [SecurityGroupID]
        var tags: [String: String]
        var deviceIndex: Int?
        var endsWithInstance: Bool
    }

    /// Runs the body with a server, and ends it whatever comes of it.
    static func run(_ body: (MotoServer) async throws -> Void) async throws {
        let file = "/tmp/berth-e2e-\(getpid())-contract.json"
        defer { for path in [file, "\(file).log"] { try? FileManager.default.removeItem(atPath: path) } }
        let moto = try ChildProcess([MotoInstance.python, MotoInstance.script("moto-contract"), file], log: "\(file).log")
        defer {
            moto.signal(SIGKILL)
            moto.finish()
        }
        guard eventually(within: .seconds(60), { FileManager.default.fileExists(atPath: file) }) else {
            throw DaemonReports.Failure(description: (try? String(contentsOfFile: "\(file).log", encoding: .utf8)) ?? "no log")
        }
        let addresses = try JSONDecoder().decode(Addresses.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        let connections = HTTPConnections(proxies: try ProxyRule(environment: [:]))
        let outcome = await Result { try await body(MotoServer(exchange: connections.exchange, addresses: addresses)) }
        await connections.shutdown()
        try outcome.get()
    }

    /// A fresh instance, seen by Berth's client on one side and by boto3 on the other.
    func world() async throws -> EC2World {
        guard let facts: Instance = try await ask("/instance"), let url = HTTPURL(addresses.endpoint) else {
            throw DaemonReports.Failure(description: "moto made no instance")
        }
        let keys = AWSCredentials(accessKeyID: "test", secretAccessKey: "test", source: "the test")
        let aws = AWSClient(exchange, credentials: .fixed(keys))
        let client = EC2Client(aws, at: ServiceEndpoint(.ec2, region: "us-west-2", url: url))
        let place = NodeEC2.Place(instance: facts.instance, vpc: facts.vpc, zones: [facts.zone])
        let view = InstanceView(
            vpcBlocks: { () throws(EC2Failure) in [IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 16)] }, shows: { _ in nil })
        return EC2World(
            ec2: NodeEC2(client, place: place, view: view).control, primary: facts.primary, subnet: facts.subnet,
            securityGroup: facts.securityGroup,
            look: { id in
                let seen: ENI? = try await ask("/eni/\(id)")
                return seen.map { eni in
                    OutsideENI(
                        secondaryAddresses: Set(eni.addresses), prefixes: Set(eni.prefixes), ipv6Prefixes: Set(eni.ipv6Prefixes),
                        securityGroups: eni.securityGroups, tags: eni.tags, deviceIndex: eni.deviceIndex,
                        endsWithInstance: eni.endsWithInstance)
                }
            })
    }

    /// Nil where there is no such thing.
    private func ask<Value: Decodable>(_ path: String) async throws -> Value? {
        guard let url = HTTPURL(addresses.outside + path) else { return nil }
        let answer = try await exchange.perform(HTTPRequest(.get, url), HTTPLimits(timeout: .seconds(30), bytesMax: 1 << 20))
        guard answer.status != 404 else { return nil }
        return try JSONDecoder().decode(Value.self, from: Data(answer.body))
    }
}
