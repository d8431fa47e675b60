import Foundation
import NetlinkAdapter
import NodePorts

/// A plugin with all it needs, ready to be executed on a node of its own.
struct Contender {
    let name: Name
    let plugin: Executable
    /// The network's configuration, without its closing brace.
    let configuration: String
    let node: NetworkNamespace
    let daemon: BackgroundDaemon?

    enum Name: String, Codable, CaseIterable {
        case berth, floor, ptp
    }
}

extension Contender {
    /// `berth-cni` with `berthd` on a node of a simulated VPC that has enough addresses for every pod of a benchmark.
    static func berth(_ node: SimulatedNode, programs: String) -> Contender {
        Contender(
            name: .berth, plugin: Executable(path: "\(programs)/berth-cni", environment: ["BERTH_SOCKET": node.socket]),
            configuration: #"{"cniVersion":"1.0.0","name":"berth","type":"berth-cni","mtu":"9001""#, node: node.namespace,
            daemon: node.daemon)
    }

    /// The least that makes the same network for a pod.
    static func floor(_ grounds: Grounds, programs: String) throws -> Contender {
        let node = try grounds.makeNamespace("floor")
        let socket = "\(grounds.folder)/floor.sock"
        let daemon = try grounds.start(["\(programs)/floor-daemon", socket], in: node, part: "floor")
        try waitUntil("floor-daemon listens", log: { grounds.log("floor") }) { FileManager.default.fileExists(atPath: socket) }
        return Contender(
            name: .floor, plugin: Executable(path: "\(programs)/floor-plugin", environment: ["FLOOR_SOCKET": socket]),
            configuration: #"{"cniVersion":"1.0.0","name":"floor","type":"floor-plugin","mtu":"9001""#, node: node, daemon: daemon)
    }

    /// The `ptp` plugin with `host-local` for its addresses (containernetworking/plugins), which does not masquerade.
    static func ptp(_ grounds: Grounds, folder: String) throws -> Contender {
        let ipam = #"{"type":"host-local","subnet":"10.96.0.0/16","dataDir":"\#(grounds.folder)/host-local"}"#
        return Contender(
            name: .ptp, plugin: Executable(path: "\(folder)/ptp", environment: ["CNI_PATH": folder]),
            configuration: #"{"cniVersion":"1.0.0","name":"ptp","type":"ptp","mtu":9001,"ipam":\#(ipam)"#,
            node: try grounds.makeNamespace("ptp"), daemon: nil)
    }
}

/// Waits for something that takes a moment, at most ten seconds.
func waitUntil(_ what: String, log: () -> String = { "" }, _ isSo: () throws -> Bool) throws {
    for _ in 0..<10_000 {
        try BenchmarkFailure.checkInterruption()
        if try isSo() { return }
        usleep(1000)
    }
    throw BenchmarkFailure.broken("waited 10 s until \(what)\n\(log())")
}
