import Foundation
import NetlinkAdapter

/// An EC2 instance in moto: a namespace in which its ENIs are links, with a daemon that finds it by its metadata.
struct MotoInstance {
    let node: SimulatedNodeProcess
    let facts: Facts
    private let folder: String

    struct Facts: Decodable {
        var endpoint: String
        var metadata: String
        var instance: String
        /// A subnet of the same zone that the instance is not in.
        var otherSubnet: String
    }

    /// An ENI as EC2 has it.
    struct ENI: Decodable {
        var id: String
        var status: String
        var subnet: String
        var deviceIndex: Int?
        /// The primary first.
        var addresses: [String]
        var tags: [String: String]
    }

    static let python = repository.appending(path: ".build-python/bin/python").path
    static func script(_ name: String) -> String { repository.appending(path: "Tests/EndToEndTests/Resources/\(name).py").path }
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: python) }

    /// Runs the body with a daemon that serves pods, and removes everything whatever comes of it.
    ///
    /// - Parameter configuration: The daemon's file; none unless told.
    static func run(
        _ type: String, _ settings: [String: String], configuration: (Facts) -> String? = { _ in nil },
        _ body: (MotoInstance) throws -> Void
    ) throws {
        let tag = "berth-e2e-\(getpid())-moto"
        let folder = "/tmp/\(tag)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let namespace = try NetworkNamespace.create(named: tag)
        defer { try? namespace.remove() }
        let moto = try ChildProcess(["ip", "netns", "exec", tag, python, script("moto-instance"), type, folder], log: "\(folder)/moto.log")
        defer {
            moto.signal(SIGKILL)
            moto.finish()
        }
        let node = SimulatedNodeProcess("node", namespace: namespace, folder: folder)
        guard eventually(within: .seconds(60), { FileManager.default.fileExists(atPath: "\(folder)/enis.json") }) else {
            throw DaemonReports.Failure(description: (try? String(contentsOfFile: "\(folder)/moto.log", encoding: .utf8)) ?? "no log")
        }
        let facts = try decoded(Facts.self, "\(folder)/instance.json")
        let instance = MotoInstance(node: node, facts: facts, folder: folder)
        let text = configuration(facts)
        try text?.write(toFile: "\(folder)/node.yaml", atomically: true, encoding: .utf8)
        try node.start(
            instance.environment.merging(settings) { $1 }, options: text == nil ? [] : ["--config", "\(folder)/node.yaml"])
        defer {
            node.kill()
            node.sandboxes = []
        }
        try body(instance)
    }

    private var environment: [String: String] {
        [
            "AWS_ENDPOINT_URL_EC2": facts.endpoint, "AWS_EC2_METADATA_SERVICE_ENDPOINT": facts.metadata, "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        ]
    }

    /// All ENIs of the VPC.
    func enis() throws -> [ENI] { try Self.decoded([ENI].self, "\(folder)/enis.json") }

    private static func decoded<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
