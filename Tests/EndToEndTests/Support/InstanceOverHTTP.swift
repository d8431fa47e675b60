import Addressing
import Foundation
import NetlinkAdapter
import SimulatedVPC
import VPCModel

/// An EC2 instance of a simulated VPC whose AWS is a process of its own: the daemon knows it by its address alone, and would not know
/// it from EC2's.
struct InstanceOverHTTP {
    let node: SimulatedNodeProcess
    let environment: [String: String]
    /// The VPC itself, as its owner may change it from outside.
    let vpc: SimulatedVPC

    /// An ENI of the VPC, by how much it holds besides its primary address.
    struct ENI: Hashable, CustomStringConvertible {
        var deviceIndex: Int?
        var subnet: String
        var addresses = 0
        var prefixes = 0
        var ipv6Prefixes = 0

        var description: String {
            "\(deviceIndex.map { "\($0)" } ?? "-") in \(subnet): \(addresses) addresses, \(prefixes) /28, \(ipv6Prefixes) /80"
        }
    }

    /// Runs the body with an instance whose AWS serves and whose daemon is still to be started; removes everything whatever comes of it.
    static func run<Value>(_ type: String, named name: String, _ body: (InstanceOverHTTP) throws -> Value) throws -> Value {
        let tag = "berth-e2e-\(getpid())-http-\(name)"
        let folder = "/tmp/\(tag)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (fabric, namespace) = (try NetworkNamespace.create(named: "\(tag)-fabric"), try NetworkNamespace.create(named: tag))
        defer {
            try? fabric.remove()
            try? namespace.remove()
        }
        let node = "  - {name: node, instanceType: \(type), subnet: subnet-0a}"
        try SimulatedCluster.scenario(fabric: "\(tag)-fabric", nodes: [node])
            .write(toFile: "\(folder)/scenario.yaml", atomically: true, encoding: .utf8)
        let server = try ChildProcess(
            ["ip", "netns", "exec", tag, Programs.daemon]
                + ["--simulate", "\(folder)/scenario.yaml", "--node", "node", "--vpc", "\(folder)/vpc.json"]
                + ["--run-directory", "\(folder)/aws", "--aws-endpoint", "127.0.0.1:0", "--aws-only"], log: "\(folder)/aws.log")
        defer {
            server.signal(SIGKILL)
            server.finish()
        }
        let told = "\(folder)/aws/aws-endpoint"
        guard eventually(within: .seconds(60), { FileManager.default.fileExists(atPath: told) }) else {
            throw DaemonReports.Failure(description: (try? String(contentsOfFile: "\(folder)/aws.log", encoding: .utf8)) ?? "no log")
        }
        let url = try String(contentsOfFile: told, encoding: .utf8).trimmingCharacters(in: .newlines)
        let instance = InstanceOverHTTP(
            node: SimulatedNodeProcess("node", namespace: namespace, folder: folder), environment: environment(url),
            vpc: SimulatedVPC(path: "\(folder)/vpc.json"))
        defer {
            instance.node.kill()
            instance.node.sandboxes = []
        }
        return try body(instance)
    }

    /// The standard variables of the SDKs; region and zone are left to the metadata.
    private static func environment(_ url: String) -> [String: String] {
        [
            "AWS_ENDPOINT_URL_EC2": url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ]
    }

    /// All ENIs of the VPC as EC2 has them, whoever made them.
    func enis() throws -> [ENI] {
        try vpc.snapshot().enis.values.map { eni in
            ENI(
                deviceIndex: eni.attachment?.place.deviceIndex, subnet: eni.subnet.rawValue, addresses: eni.secondaryAddresses.count,
                prefixes: eni.prefixes.count, ipv6Prefixes: eni.ipv6Prefixes.count)
        }.sorted { ($0.deviceIndex ?? .max, $0.subnet) < ($1.deviceIndex ?? .max, $1.subnet) }
    }

    /// The identifier of the one instance.
    func instance() throws -> String {
        guard let id = try vpc.snapshot().instances.keys.first else { throw DaemonReports.Failure(description: "no instance runs") }
        return id.rawValue
    }

    /// Rules of EC2 that do not hold in the VPC.
    func violations() throws -> [String] { try vpc.snapshot().violations() }
}

/// The operations of EC2 that Docs/Reference/AWS.md names.
enum DocumentedCalls {
    static func all() throws -> Set<String> {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Docs/Reference/AWS.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        guard let section = text.components(separatedBy: "\n## Calls\n").dropFirst().first?.components(separatedBy: "\n## ").first else {
            throw DaemonReports.Failure(description: "\(page.path) has no section of calls")
        }
        let cells = section.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }.compactMap { $0.split(separator: "|").first }
        return Set(cells.flatMap { $0.matches(of: /`([A-Za-z0-9]+)`/).map { String($0.output.1) } })
    }
}

extension SimulatedNodeProcess {
    /// The operations of EC2 that the daemon has called, from its log.
    var calls: Set<String> { Set(log.matches(of: /action=([A-Za-z0-9]+)/).map { String($0.output.1) }) }
}
