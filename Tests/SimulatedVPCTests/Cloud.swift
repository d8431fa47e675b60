import Addressing
import Foundation
import InstanceTypes
import NodePorts
import SimulatedVPC
import Synchronization
import Testing
import Timeline
import VPCModel

/// A simulated VPC in a folder of its own, which is gone with the value.
final class Cloud: Sendable {
    let path: String
    let subnet: SubnetID
    private let folder: URL

    init(subnet block: String = "10.0.32.0/24", physics: Physics = Cloud.quick) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "simulated-vpc-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appending(path: "vpc.json").path()
        var model = try VPCModel(blocks: [try #require(IPv4CIDR("10.0.0.0/16"))], seed: 7, physics: physics)
        subnet = try model.createSubnet(
            try #require(IPv4CIDR(block)), zone: "eu-central-1a", ipv6Block: Self.ipv6Block, tags: Self.tags,
            id: SubnetID(unchecked: "subnet-0a"))
        try vpc.create(model)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    static let ipv6Block = IPv6CIDR(containing: IPv6Address(bits: 0x2001_0db8 << 96), prefixLength: 64)
    static let tags = ["kubernetes.io/role/cni": "1"]

    static let quick = Physics(attachDelay: .milliseconds(20), detachDelay: .milliseconds(20), throttles: false)

    /// Each use is as good as another process: it shares nothing but the file.
    var vpc: SimulatedVPC { SimulatedVPC(path: path, latencies: .none) }

    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted() }
    }

    func launch(
        _ name: String = "i-node-a", type: String = "m5.large", observer: @escaping @Sendable (ENIChange) throws -> Void = { _ in }
    ) throws -> SimulatedInstance {
        let type = try #require(InstanceType.named(type))
        return try vpc.launch(InstanceID(unchecked: name), type: type, in: subnet, observer: observer)
    }

    func request(
        _ content: ENIRequest.Content = .addresses(0), securityGroups: [SecurityGroupID] = [], token: String = "token",
        ipv6Prefixes: Int = 0, tags: [String: String] = [:]
    ) -> ENIRequest {
        ENIRequest(
            subnet: subnet, securityGroups: securityGroups, clientToken: token, content: content, ipv6Prefixes: ipv6Prefixes, tags: tags)
    }

    func overwrite(_ suffix: String = "", with text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path + suffix))
    }

    func text(_ suffix: String = "") throws -> String {
        try String(contentsOf: URL(filePath: path + suffix), encoding: .utf8)
    }
}

/// Keeps what an observer was told.
final class Notes: Sendable {
    private let told = Mutex<[String]>([])

    var all: [String] { told.withLock { $0 } }

    func note(_ change: ENIChange) {
        let line =
            switch change {
            case .attached(let eni): "attached \(eni.id) at \(eni.attachment?.deviceIndex ?? -1)"
            case .detached(let eni): "detached \(eni)"
            case .addressesChanged(let eni):
                "\(eni.id) holds \(eni.secondaryAddresses.count) addresses, \(eni.prefixes.count) prefixes"
                    + (eni.ipv6Prefixes.isEmpty ? "" : ", \(eni.ipv6Prefixes.count) of IPv6")
            }
        told.withLock { $0.append(line) }
    }
}

/// Returns the failure of a call that must fail.
func failure(of call: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) async throws -> EC2Failure {
    do {
        try await call()
    } catch let failure as EC2Failure {
        return failure
    }
    Issue.record("nothing failed", sourceLocation: sourceLocation)
    return EC2Failure(code: "none", message: "nothing failed")
}
