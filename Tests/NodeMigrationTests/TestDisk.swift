import Addressing
import Foundation
import IncumbentState
import Migration
import NodeInstall
import NodeMigration
import NodePorts
import Synchronization

/// A node's disk in a folder of its own, as the incumbent leaves it; removed with its last owner.
final class TestDisk {
    let root: String
    let places = MigrationPlaces()
    let plugin: String

    static let conflist = """
        {"cniVersion":"0.4.0","name":"aws-cni","plugins":[{"type":"aws-cni","vethPrefix":"eni","mtu":"9001"},{"type":"portmap"}]}
        """
    static let incumbentPlugin = "the incumbent's plugin"
    static let ourPlugin = "a plugin that reads BERTH_SOCKET"
    static let checkpoint = text(["web": "10.0.32.17"])
    /// What the daemon tells at a roll-back, when pods have come and gone.
    static let export = text(["db": "10.0.32.18", "web": "10.0.32.17"])

    init() throws {
        root = FileManager.default.temporaryDirectory.path + "/migration-\(UUID().uuidString)"
        plugin = "\(root)/image/berth-cni"
        try write(places.conflist, Self.conflist)
        try write(places.incumbentPlugin, Self.incumbentPlugin)
        try write(places.checkpoint, Self.checkpoint)
        try write("/image/berth-cni", Self.ourPlugin)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    func write(_ path: String, _ text: String) throws {
        let url = URL(fileURLWithPath: root + path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: false, encoding: .utf8)
    }

    func text(_ path: String) -> String? { try? String(contentsOfFile: root + path, encoding: .utf8) }

    /// Every file by its path. What a write was killed in may be left under a hidden name, which the next one takes up.
    func tree() throws -> [String: String] {
        let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        let files = names.filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(root)/\(name)", isDirectory: &isFolder) && !isFolder.boolValue
        }
        return Dictionary(try files.map { ($0, try String(contentsOfFile: "\(root)/\($0)", encoding: .utf8)) }) { $1 }
    }

    func files(_ disk: Disk = Disk()) -> HostFiles { HostFiles(root: root, places: places, disk: disk) }

    func evidence() -> NodeEvidence {
        NodeLook(files(), plugin: plugin).evidence(
            environment: IncumbentEnvironment(variables: ["WARM_IP_TARGET": "4"]), customNetworking: nil,
            contents: NamespaceContents(links: [], addresses: [], routes: [], rules: [], neighbours: []), firewall: ([], []))
    }

    @discardableResult
    func takeOver(_ disk: Disk = Disk(), _ evidence: NodeEvidence? = nil) throws -> [MigrationDone] {
        var done: [MigrationDone] = []
        try TakeOver(files(disk), plugin: plugin) { done.append($0) }.perform(evidence ?? self.evidence())
        return done
    }

    /// The daemon starts and has the pods in its journal.
    func startDaemon() throws {
        try FileManager.default.moveItem(atPath: root + places.handOver, toPath: root + places.handedOver)
        try write(places.journal, "a journal")
    }

    @discardableResult
    func rollBack(
        _ disk: Disk = Disk(), export: String = TestDisk.export, hasIncumbents: Bool = true
    ) async throws -> RollBack.Outcome {
        try await RollBack(
            files(disk), export: { Array(export.utf8) },
            firewall: RollBack.Firewall(hasIncumbents: { hasIncumbents }, removeOurs: {})
        ) { _ in }.perform()
    }

    private static func text(_ pods: [String: String]) -> String {
        let entries = pods.sorted { $0.key < $1.key }.map { name, address in
            """
            {"networkName":"aws-cni","containerID":"sandbox-\(name)","ifName":"eth0","ipv4":"\(address)",\
            "allocationTimestamp":1700000000000000000,"metadata":{"k8sPodNamespace":"default","k8sPodName":"\(name)"}}
            """
        }
        return #"{"version":"vpc-cni-ipam/1","allocations":[\#(entries.joined(separator: ","))]}"#
    }
}

/// A disk on which the process is killed: from a step on nothing is done any more.
final class Kill: Sendable {
    private let steps = Mutex(0)
    private let last: Int

    init(after last: Int) {
        self.last = last
    }

    var disk: Disk {
        Disk { _, _ in
            self.steps.withLock { steps in
                steps += 1
                return steps > self.last ? EIO : 0
            }
        }
    }

    /// How many steps were asked for.
    var count: Int { steps.withLock { $0 } }
}
