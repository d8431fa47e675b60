import AWSClient
import AWSTesting
import Addressing
import Foundation
import IPAMEngine
import InstanceTypes
import SimulatedAWS
import SimulatedVPC
import Testing
import Timeline
import VPCModel

/// What a cold node asks of EC2 until it has 110 pods: Berth's calls counted on the wire, the incumbent's by its rules.
struct CallLedger: Sendable {
    static let pods = 110
    /// An m5.4xlarge: 8 ENIs with 29 addresses each beside the primary one. The kubelet takes 110 pods.
    static let limits = NodeLimits(enis: 8, slotsPerENI: 29, maxPods: pods)

    /// How pods get their addresses.
    enum Mode: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case secondary, prefix, customNetworking = "custom networking", ipv6 = "IPv6", dual = "dual stack"

        var testDescription: String { rawValue }

        private var addressing: EngineConfiguration.Addressing {
            switch self {
            case .secondary, .customNetworking: .secondary
            case .prefix: .prefix
            case .ipv6: .ipv6
            case .dual: .dual(.prefix)
            }
        }

        /// With the incumbent's default targets, one spare ENI or one spare prefix.
        func configuration(podSubnet: SubnetID) -> EngineConfiguration {
            let isCustom = self == .customNetworking
            return EngineConfiguration(
                addressing: addressing, targets: WarmTargets(), limits: CallLedger.limits,
                source: PoolSource(subnet: isCustom ? podSubnet : TestCloud.subnet, securityGroups: [TestCloud.securityGroup]),
                usesPrimaryENI: !isCustom, gathering: EngineConfiguration.usualGathering, seed: 7)
        }
    }

    /// EC2's operations, by how often each was asked for.
    typealias Calls = [String: Int]

    /// What Berth asks: until it rests without a pod, and from the moment that all pods come until it rests again.
    struct Measured: Sendable {
        var start: Calls
        var growth: Calls
        var enis: Int

        var all: Calls { start.merging(growth, uniquingKeysWith: +) }
    }

    /// Runs the daemon's engine and client against the simulated EC2 over HTTP, and counts requests.
    ///
    /// - Parameter isAwaited: Whether the pods are there before the daemon is.
    static func measure(_ mode: Mode, isAwaited: Bool = false) async throws -> Measured {
        let physics = Physics(attachDelay: .zero, detachDelay: .zero, metadataDelay: .zero, throttles: false)
        let cloud = try TestCloud(physics: physics, type: "m5.4xlarge")
        let podSubnet = SubnetID(unchecked: "subnet-0c")
        try cloud.vpc.perform { (vpc, _) throws(VPCError) in
            let block = IPv4CIDR(containing: IPv4Address(10, 1, 64, 0), prefixLength: 24)
            _ = try vpc.createSubnet(block, zone: "eu-central-1a", ipv6Block: nil, tags: [:], id: podSubnet)
        }
        return try await cloud.serve { url in
            let connections = HTTPConnections()
            let outcome = await Result {
                let node = try await VirtualNode(mode.configuration(podSubnet: podSubnet), in: cloud, at: url, through: connections)
                try await node.start(awaitedBy: 0..<(isAwaited ? pods : 0))
                let start = calls(node.wire.entries)
                if !isAwaited { node.add(0..<pods, within: .seconds(120)) }
                await node.run(for: .seconds(300))
                #expect(node.running.count == pods && node.faults == [], "\(mode): \(node.running.count) pods, \(node.faults)")
                return Measured(
                    start: start, growth: calls(node.wire.entries).merging(start, uniquingKeysWith: -).filter { $0.value > 0 },
                    enis: node.engine.enis.count)
            }
            await connections.shutdown()
            return try outcome.get()
        }
    }

    private static func calls(_ entries: [Wire.Entry]) -> Calls {
        entries.reduce(into: [:]) { $0[$1.action, default: 0] += 1 }
    }

    // MARK: - The incumbent

    /// What the incumbent asks (amazon-vpc-cni-k8s v1.23) by its formulas and its sequence of calls; nil for what it cannot do.
    ///
    /// - It begins by describing its ENIs, once.
    /// - Its pool is too low while it has fewer than `WARM_ENI_TARGET` (1) times 29 free addresses, or 16 with prefixes, and fewer than
    ///   max pods in all. Each round then fills the primary ENI first, by 29 addresses or by one prefix, and makes a further ENI
    ///   when there is no room. With custom networking the primary has none for pods.
    /// - A further ENI takes DescribeSubnets, CreateNetworkInterface, DescribeInstances, AttachNetworkInterface,
    ///   ModifyNetworkInterfaceAttribute, and DescribeSubnets again.
    /// - With IPv6 it asks for one /80 when it starts.
    static func incumbent(_ mode: Mode) -> Calls? {
        let perENI = limits.slotsPerENI
        let units = (pods + perENI - 1) / perENI
        return switch mode {
        case .secondary: calls(newENIs: units - 1, assign: 1)
        case .prefix: calls(newENIs: 0, assign: (pods + 15) / 16)
        case .customNetworking: calls(newENIs: units, assign: 0)
        case .ipv6: ["DescribeNetworkInterfaces": 1, "AssignIpv6Addresses": 1]
        case .dual: nil
        }
    }

    private static func calls(newENIs: Int, assign: Int) -> Calls {
        [
            "DescribeNetworkInterfaces": 1, "DescribeInstances": newENIs, "DescribeSubnets": 2 * newENIs, "CreateNetworkInterface": newENIs,
            "AttachNetworkInterface": newENIs, "ModifyNetworkInterfaceAttribute": newENIs, "AssignPrivateIpAddresses": assign,
        ].filter { $0.value > 0 }
    }

    // MARK: - The page

    static let describes = ["DescribeNetworkInterfaces", "DescribeInstances", "DescribeSubnets"]
    static let changes = [
        "CreateNetworkInterface", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute", "AssignPrivateIpAddresses",
        "AssignIpv6Addresses",
    ]

    static func row(_ mode: Mode, _ who: String, _ calls: Calls?) -> String {
        guard let calls else { return "| \(mode.rawValue) | \(who) |" + String(repeating: " – |", count: (describes + changes).count + 2) }
        let counts = (describes + changes).map { calls[$0, default: 0] }
        let changing = changes.reduce(0) { $0 + calls[$1, default: 0] }
        return "| \(mode.rawValue) | \(who) | "
            + (counts + [changing, calls.values.reduce(0, +)]).map { $0 == 0 ? "–" : "\($0)" }.joined(separator: " | ") + " |"
    }

    static func table(_ measured: [Mode: Measured]) -> String {
        let titles = ["mode", "CNI"] + (describes + changes).map { "`\($0)`" } + ["changes", "all"]
        let lines = Mode.allCases.flatMap { mode in
            [row(mode, "Berth", measured[mode]?.all), row(mode, "aws-vpc-cni", incumbent(mode))]
        }
        let rule = "|---|---|" + String(repeating: "---:|", count: titles.count - 2)
        return (["| " + titles.joined(separator: " | ") + " |", rule] + lines).joined(separator: "\n") + "\n"
    }

    static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Docs/Reference/CallLedger.md")
}
