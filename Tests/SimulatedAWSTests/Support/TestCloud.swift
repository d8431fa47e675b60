import AWSClient
import AWSTesting
import Addressing
import Foundation
import InstanceTypes
import NodePorts
import SimulatedAWS
import SimulatedVPC
import Testing
import Timeline
import VPCModel

/// A simulated VPC in a folder of its own, one instance in it, and its AWS; gone with the value.
final class TestCloud: Sendable {
    let vpc: SimulatedVPC
    let instance: SimulatedInstance
    let aws: SimulatedAWS
    let time: VirtualClock
    private let folder: URL

    static let subnet = SubnetID(unchecked: "subnet-0a")
    static let otherSubnet = SubnetID(unchecked: "subnet-0b")
    static let securityGroup = SecurityGroupID(unchecked: "sg-0a")
    static let region = "eu-central-1"
    static let quick = Physics(attachDelay: .milliseconds(20), detachDelay: .milliseconds(20), metadataDelay: .zero, throttles: false)

    /// - Parameters:
    ///   - clock: Of signatures and tokens; one that the test moves unless told.
    ///   - observer: Told what becomes of the instance's links.
    init(
        physics: Physics = TestCloud.quick, zone: String = "eu-central-1a", key: AWSCredentials = SimulatedAWS.exampleKey,
        type: String = "m5.large", faults: EndpointFaults = .none, clock: AWSClock? = nil,
        observer: @escaping @Sendable (ENIChange) throws -> Void = { _ in }
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "simulated-aws-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        vpc = SimulatedVPC(path: folder.appending(path: "vpc.json").path(), latencies: .none)
        try vpc.create(try Self.model(physics, zone: zone))
        instance = try vpc.launch(
            InstanceID(unchecked: "i-0a"), type: try #require(InstanceType.named(type)), in: Self.subnet,
            securityGroups: [Self.securityGroup], observer: observer)
        time = VirtualClock()
        aws = SimulatedAWS(vpc, instance: instance, key: key, faults: faults, clock: clock ?? time.clock)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    private static func model(_ physics: Physics, zone: String) throws -> VPCModel {
        var model = try VPCModel(blocks: ["10.0.0.0/16", "10.1.0.0/16"].compactMap { IPv4CIDR($0) }, seed: 7, physics: physics)
        for (id, block, ipv6Block) in [(subnet, "10.0.32.0/24", "2001:db8:0:a::/64"), (otherSubnet, "10.1.0.0/28", nil)] {
            _ = try model.createSubnet(
                try #require(IPv4CIDR(block)), zone: zone, ipv6Block: ipv6Block.flatMap { IPv6CIDR($0) },
                tags: ["kubernetes.io/role/cni": "1"], id: id)
        }
        return model
    }

    var primary: ENIID {
        get throws { try #require(try instance.attachedENIs().first).id }
    }

    // MARK: - Asking it

    /// Asks EC2 with a signature that counts, and returns the answer.
    func ask(_ action: String, _ parameters: KeyValuePairs<String, String> = [:]) async -> HTTPAnswer {
        await aws.answer(signed(action, parameters))
    }

    /// The text of an answer that must be one of success.
    func text(
        _ action: String, _ parameters: KeyValuePairs<String, String> = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) async -> String {
        let answer = await ask(action, parameters)
        #expect(answer.status == 200, "\(answer.text)", sourceLocation: sourceLocation)
        return answer.text
    }

    /// The code of a refusal.
    func code(_ action: String, _ parameters: KeyValuePairs<String, String> = [:]) async -> String {
        await ask(action, parameters).text.element("Code") ?? "none"
    }

    func signed(_ action: String, _ parameters: KeyValuePairs<String, String> = [:]) -> HTTPRequest {
        signed(request(action, version: "2016-11-15", parameters), "ec2")
    }

    /// Asks STS, which is at the same address.
    func askSTS(_ action: String, _ parameters: KeyValuePairs<String, String>, isSigned: Bool) async -> HTTPAnswer {
        let request = request(action, version: "2011-06-15", parameters)
        return await aws.answer(isSigned ? signed(request, "sts") : request)
    }

    private func request(_ action: String, version: String, _ parameters: KeyValuePairs<String, String>) -> HTTPRequest {
        var query = QueryParameters(action: action, version: version)
        for (name, value) in parameters { query.add(name, value) }
        let url = HTTPURL(scheme: .http, host: "127.0.0.1", port: 4566)
        let fields = [HTTPField("Host", url.authority), HTTPField("Content-Type", QueryParameters.contentType)]
        return HTTPRequest(.post, url, fields: fields, body: query.body)
    }

    private func signed(_ request: HTTPRequest, _ service: String) -> HTTPRequest {
        SignatureV4(credentials: SimulatedAWS.exampleKey, region: Self.region, service: service).sign(request, at: time.calendar)
    }
}

extension String {
    /// The text of the first element of that name.
    func element(_ name: String) -> String? { elements(name).first }

    /// The texts of the elements of that name, in order.
    func elements(_ name: String) -> [String] {
        components(separatedBy: "<\(name)>").dropFirst().compactMap { $0.components(separatedBy: "</\(name)>").first }
    }
}
