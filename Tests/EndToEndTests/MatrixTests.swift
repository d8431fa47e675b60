import Foundation
import NetlinkAdapter
import Testing

extension EndToEnd {
    /// Every command in every version, alone and chained, with every state of daemon and namespace: what each is answered.
    @Suite struct Matrix {
        static let versions: [String?] = [nil, "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]

        enum Families: CaseIterable {
            case ipv4, ipv6, dual

            var settings: [String: Int] {
                switch self {
                case .ipv4: ["IP_COOLDOWN_PERIOD": 0]
                case .ipv6: ["ENABLE_IPv4": 0, "ENABLE_IPv6": 1, "ENABLE_PREFIX_DELEGATION": 1, "IP_COOLDOWN_PERIOD": 0]
                case .dual: ["ENABLE_IPv6": 1, "IP_COOLDOWN_PERIOD": 0]
                }
            }
        }

        @Test(arguments: Families.allCases) func everyCommandIsAnsweredAsItsVersionAndNamespaceAsk(families: Families) throws {
            // Free addresses are counted in IPv4 alone.
            try SimulatedCluster.run([.init(settings: families.settings, freeAtStart: families == .ipv6 ? 0 : 1)]) { cluster in
                let node = cluster.nodes[0]
                let before = try KernelSnapshot(node.namespace)
                for (number, cell) in Cell.all.enumerated() {
                    let pod = try MatrixPod(cell, number, on: node)
                    let added = try pod.call("ADD")
                    #expect(added.code == cell.codeOfSandboxCommand, "ADD \(cell): \(added)")
                    if added.code == nil { #expect(added.nameServers == (cell.isChained ? ["192.0.2.53"] : []), "\(cell): \(added)") }
                    let checked = try pod.call("CHECK", previous: added.code == nil ? added.output : cell.earlierResult)
                    #expect(checked.code == cell.codeOfCheck, "CHECK \(cell): \(checked)")
                    let status = try pod.call("STATUS")
                    #expect(status.code == (cell.isNewest ? nil : 1), "STATUS \(cell): \(status)")
                    let collected = try pod.call("GC")
                    #expect(collected.code == (cell.isNewest ? nil : 1), "GC \(cell): \(collected)")
                    #expect(try pod.call("VERSION").json["supportedVersions"] as? [String] == Self.versions.compactMap(\.self))
                    for answer in [added, checked, status, collected] where answer.code != nil {
                        #expect(answer.json["cniVersion"] as? String == cell.version ?? "0.1.0", "\(cell): \(answer)")
                    }
                    #expect(try pod.call("DEL", previous: added.code == nil ? added.output : nil).isSilentSuccess, "DEL \(cell)")
                    #expect(try pod.call("DEL", netns: "").isSilentSuccess, "second DEL \(cell)")
                }
                #expect(try node.pods() == [])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func withoutTheDaemonOnlyWhatItAloneCanDoIsRefused() throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                let pods = try Cell.all.enumerated().map { try MatrixPod($0.element, $0.offset, on: node) }
                node.kill()
                // Each ADD waits for a daemon as long as the plugin ever does, so all wait at once.
                let codes = try onThreads(pods.count, pods) { pod in
                    try ["ADD", "CHECK", "GC", "STATUS"].map { try pod.call($0).code }
                }
                #expect(codes.allSatisfy { $0 == [11, 11, 11, 50] }, "\(codes)")
                for pod in pods {
                    #expect(try pod.call("DEL").isSilentSuccess)
                    #expect(try pod.call("VERSION").status == 0)
                }
                try node.start()
                #expect(try node.pods() == [])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }
    }
}

/// One combination of what a runtime may send.
private struct Cell: CustomStringConvertible {
    var version: String?
    var isChained: Bool
    var namespace: Namespace

    /// What `CNI_NETNS` names.
    enum Namespace: CaseIterable {
        case live, gone, empty
        /// The one in which the plugin itself runs.
        case own
    }

    static let all = EndToEnd.Matrix.versions.flatMap { version in
        [false, true].flatMap { isChained in
            Namespace.allCases.map { Cell(version: version, isChained: isChained, namespace: $0) }
        }
    }

    /// The version's place in a list from 0.1.0 on, which is 0: CHECK came with 4, STATUS and GC with 6.
    var number: Int { EndToEnd.Matrix.versions.compactMap(\.self).firstIndex(of: version ?? "0.1.0") ?? 0 }
    var isNewest: Bool { version == "1.1.0" }

    /// Nil for success.
    var codeOfSandboxCommand: Int? {
        switch namespace {
        case .live: nil
        case .empty: 4
        case .gone, .own: 8
        }
    }

    /// What the environment lacks is found before the version is read.
    var codeOfCheck: Int? { number < 4 && namespace != .empty ? 1 : codeOfSandboxCommand }

    /// The result of a plugin before ours.
    var earlierResult: String {
        let told = #""cniVersion":"\#(version ?? "0.1.0")","dns":{"nameservers":["192.0.2.53"]}"#
        guard number >= 2 else { return #"{\#(told),"ip4":{"ip":"127.0.0.1/8"}}"# }
        let family = number < 5 ? #""version":"4","# : ""
        return #"{\#(told),"interfaces":[{"name":"lo"}],"ips":[{\#(family)"address":"127.0.0.1/8","interface":0}]}"#
    }

    var description: String { "in \(version ?? "no version"), \(isChained ? "chained" : "alone"), namespace \(namespace)" }
}

/// A pod to which a cell is done.
private final class MatrixPod: Sendable {
    private let cell: Cell
    private let pod: Pod
    private let socket: String

    init(_ cell: Cell, _ number: Int, on node: SimulatedNodeProcess) throws {
        self.cell = cell
        socket = node.socket
        pod = try Pod("cell-\(number)", on: node)
        if cell.namespace == .gone { try pod.removeNamespace() }
    }

    /// - Parameter previous: Instead of the result of the plugin before ours.
    func call(_ command: String, previous: String? = nil, netns: String? = nil) throws -> ChildProcess.Outcome {
        var variables = pod.variables(command, netns: netns ?? (cell.namespace == .empty ? "" : nil))
        variables = variables.merging(ChildProcess.environment) { own, _ in own }
        var words = [Programs.plugin]
        if cell.namespace == .own { words = ["ip", "netns", "exec", URL(fileURLWithPath: pod.namespace.path).lastPathComponent] + words }
        return try ChildProcess.run(words, environment: variables, input: configuration(command, previous))
    }

    private func configuration(_ command: String, _ previous: String?) -> String {
        let version = cell.version.map { #""cniVersion":"\#($0)","# } ?? ""
        let earlier = previous ?? (cell.isChained && ["ADD", "DEL"].contains(command) ? cell.earlierResult : nil)
        let prevResult = earlier.map { #","prevResult":\#($0)"# } ?? ""
        return #"{\#(version)"name":"berth","type":"berth-cni","cni.dev/valid-attachments":[]\#(prevResult)}"#
    }
}

extension ChildProcess.Outcome {
    fileprivate var isSilentSuccess: Bool { status == 0 && output.isEmpty && errors.isEmpty }

    fileprivate var nameServers: [String] { (json["dns"] as? [String: Any])?["nameservers"] as? [String] ?? [] }
}
