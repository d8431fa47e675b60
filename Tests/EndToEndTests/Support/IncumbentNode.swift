import Addressing
import Foundation
import NetlinkAdapter
import NodeReports
import PodNetwork
import SimulatedVPC
import VPCModel

/// A node as the AWS VPC CNI leaves it, made with `ip`, `iptables` and files by what is known of it (reference §2.9, §3, §4).
final class IncumbentNode {
    let node: SimulatedNodeProcess
    let instance: InstanceOverHTTP
    /// What stands for the node's disk.
    let disk: String
    private(set) var pods: [IncumbentPod] = []
    private let primary: ENI
    private let secondary: ENI
    private let firewall: Firewall

    /// How the incumbent's release keeps its part of the firewall (reference §4.3).
    enum Firewall: String, CaseIterable, Sendable {
        /// Everything in chains of iptables.
        case iptables
        /// The connection marks in a table of nftables, from v1.23 on.
        case native
    }

    struct IncumbentPod {
        let pod: Pod
        let address: IPv4Address
        let deviceIndex: Int
        let link: String
    }

    struct ENI {
        let deviceIndex: Int
        let primaryAddress: IPv4Address
        var addresses: [IPv4Address]
    }

    var conflist: String { "\(disk)/etc/cni/net.d/10-aws.conflist" }
    var pluginFolder: String { "\(disk)/opt/cni/bin" }
    var plugin: String { "\(pluginFolder)/aws-cni" }
    var ipam: String { "\(disk)/var/run/aws-node/ipam.json" }
    var kept: String { "\(disk)/var/lib/berth/aws-node" }
    var settings: String { "\(disk)/etc/berth/berth.yaml" }
    var variables: String { "\(disk)/aws-node.env" }

    static let conflistText = """
        {"cniVersion":"0.4.0","name":"aws-cni","disableCheck":true,"plugins":[{"name":"aws-cni","type":"aws-cni","vethPrefix":"eni",\
        "mtu":"9001","podSGEnforcingMode":"strict","pluginLogFile":"/var/log/aws-routed-eni/plugin.log","pluginLogLevel":"DEBUG",\
        "capabilities":{"io.kubernetes.cri.pod-annotations":true}},{"name":"egress-cni","type":"egress-cni","mtu":"9001",\
        "enabled":"false","randomizeSNAT":"prng","nodeIP":"","ipam":{"type":"host-local","ranges":[[{"subnet":"fd00::ac:0/118"}]],\
        "routes":[{"dst":"::/0"}],"dataDir":"/run/cni/v4pd/egress-v6-ipam"}},{"type":"portmap","capabilities":{"portMappings":true},"snat":true}]}

        """
    static let pluginText = "#!/bin/sh\n# The incumbent's plugin.\nexit 7\n"
    /// Of the manifest, and a pool of ten addresses on two ENIs.
    static let environment = [
        "AWS_VPC_ENI_MTU": "9001", "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false", "AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG",
        "AWS_VPC_K8S_CNI_RANDOMIZESNAT": "prng", "AWS_VPC_K8S_CNI_VETHPREFIX": "eni", "ENABLE_IPv4": "true", "ENABLE_IPv6": "false",
        "ENABLE_POD_ENI": "false", "ENABLE_PREFIX_DELEGATION": "false", "IP_COOLDOWN_PERIOD": "0", "MINIMUM_IP_TARGET": "10",
        "VPC_CNI_VERSION": "v1.23.1", "WARM_IP_TARGET": "1",
    ]

    /// - Parameter instance: One on which no daemon has run, of a type with five addresses for pods on each ENI.
    init(on instance: InstanceOverHTTP, firewall: Firewall) throws {
        self.instance = instance
        self.firewall = firewall
        node = instance.node
        disk = URL(fileURLWithPath: node.runDirectory).deletingLastPathComponent().path + "/disk"
        // ENIs come from the only one here who can attach them; what it leaves behind in the kernel is taken away again.
        try node.start(instance.environment.merging(Self.environment) { $1 })
        let node = node
        guard try eventually(within: .seconds(30), { try node.status().addresses.free >= 10 }) else {
            throw DaemonReports.Failure(description: "no ten addresses: \(node.log.suffix(2000))")
        }
        guard node.terminate() == 0 else { throw DaemonReports.Failure(description: "the daemon did not end: \(node.log.suffix(2000))") }
        let enis = try instance.vpc.snapshot().enis.values.compactMap { eni in
            (eni.attachment?.place.deviceIndex).map {
                ENI(deviceIndex: $0, primaryAddress: eni.primaryAddress, addresses: eni.secondaryAddresses.sorted())
            }
        }.sorted { $0.deviceIndex < $1.deviceIndex }
        guard enis.count == 2, enis.map(\.deviceIndex) == [0, 1], enis.allSatisfy({ $0.addresses.count == 5 }) else {
            throw DaemonReports.Failure(description: "not two ENIs with five addresses each: \(enis)")
        }
        (primary, secondary) = (enis[0], enis[1])
        try FileManager.default.removeItem(atPath: node.runDirectory)
        try makeNetwork()
        try makeFirewall()
        try makeFiles()
    }

    // MARK: - The network

    private func makeNetwork() throws {
        let gateway = "10.0.32.1"
        try run([
            "nft delete table inet berth", "ip rule del priority 1024", "ip rule del priority 32765", "ip route flush table 2",
            "ip rule add fwmark 0x80/0x80 lookup main priority 1024",
            "ip route replace \(gateway) dev eth1 scope link table 2",
            "ip route replace default via \(gateway) dev eth1 table 2",
            "ip rule add from \(secondary.primaryAddress) lookup 2 priority 32765",
        ])
    }

    /// Makes the chains, as the incumbent's start does.
    func makeFirewall() throws {
        let vpc = "10.0.0.0/16"
        var rules = [
            "-t nat -N AWS-SNAT-CHAIN-0",
            "-t nat -A AWS-SNAT-CHAIN-0 -d \(vpc) -m comment --comment \"AWS SNAT CHAIN\" -j RETURN",
            "-t nat -A AWS-SNAT-CHAIN-0 ! -o vlan+ -m comment --comment \"AWS, SNAT\" -m addrtype ! --dst-type LOCAL -j SNAT"
                + " --to-source \(primary.primaryAddress) --random-fully",
            "-t nat -A POSTROUTING -m comment --comment \"AWS SNAT CHAIN\" -j AWS-SNAT-CHAIN-0",
            "-t mangle -A PREROUTING -i eth0 -m comment --comment \"AWS, primary ENI\" -m addrtype --dst-type LOCAL --limit-iface-in"
                + " -j CONNMARK --set-xmark 0x80/0x80",
            "-t mangle -A PREROUTING -i eni+ -m comment --comment \"AWS, primary ENI\" -j CONNMARK --restore-mark --mask 0x80",
            "-t mangle -A PREROUTING -i vlan+ -m comment --comment \"AWS, primary ENI\" -j CONNMARK --restore-mark --mask 0x80",
        ]
        switch firewall {
        case .iptables:
            rules += [
                "-t nat -N AWS-CONNMARK-CHAIN-0",
                "-t nat -A AWS-CONNMARK-CHAIN-0 -d \(vpc) -m comment --comment \"AWS CONNMARK CHAIN\" -j RETURN",
                "-t nat -A AWS-CONNMARK-CHAIN-0 -m comment --comment \"AWS, CONNMARK\" -j CONNMARK --set-xmark 0x80/0x80",
                "-t nat -A PREROUTING -i eni+ -m comment --comment \"AWS, outbound connections\" -j AWS-CONNMARK-CHAIN-0",
                "-t nat -A PREROUTING -m comment --comment \"AWS, CONNMARK\" -j CONNMARK --restore-mark --mask 0x80",
            ]
            try run(rules.map { "iptables-nft \($0)" })
        case .native:
            try run(rules.map { "iptables-nft \($0)" })
            let table = """
                table ip aws-cni {
                    chain snat-mark {
                        ip daddr \(vpc) return
                        ct mark set ct mark | 0x80
                    }
                    chain nat-prerouting {
                        type nat hook prerouting priority -90;
                        fib daddr type local return
                        iifname "eni*" counter jump snat-mark
                        counter meta mark set ct mark & 0x80
                    }
                }
                """
            let outcome = try ChildProcess.run(["ip", "netns", "exec", node.namespace.name, "nft", "-f", "-"], input: table)
            guard outcome.status == 0 else { throw DaemonReports.Failure(description: outcome.errors) }
        }
    }

    // MARK: - Pods

    /// Adds pods as the incumbent's plugin wires them, by turns on both ENIs, and writes its file.
    func addPods(_ names: [String]) throws {
        for (number, name) in names.enumerated() {
            let eni = number % 2 == 0 ? primary : secondary
            try add(name, eni.addresses[number / 2], deviceIndex: eni.deviceIndex, mac: "02:77:00:00:00:\(10 + number)")
        }
        try ipamText.write(toFile: ipam, atomically: true, encoding: .utf8)
    }

    private func add(_ name: String, _ address: IPv4Address, deviceIndex: Int, mac: String) throws {
        let pod = try Pod(name, on: node)
        guard let link = LinkName.hostVeth(prefix: "eni", namespace: "default", name: name)?.rawValue else { return }
        let inside = "ip -n \(pod.namespace.name)"
        try run([
            "ip link add \(link) address \(mac) mtu 9001 type veth peer name eth0 netns \(pod.namespace.name) mtu 9001",
            "ip link set \(link) up",
            "\(inside) link set lo up", "\(inside) link set eth0 up",
            "\(inside) route add 169.254.1.1/32 dev eth0 scope link",
            "\(inside) route add default via 169.254.1.1 dev eth0",
            "\(inside) address add \(address)/32 dev eth0",
            "\(inside) neighbour add 169.254.1.1 lladdr \(mac) dev eth0 nud permanent",
            "ip route replace \(address)/32 dev \(link) scope link",
            "ip rule add to \(address) lookup main priority 512",
        ])
        if deviceIndex > 0 { try run(["ip rule add from \(address) lookup \(deviceIndex + 1) priority 1536"]) }
        pods.append(IncumbentPod(pod: pod, address: address, deviceIndex: deviceIndex, link: link))
    }

    /// What the incumbent's plugin answered the runtime, as that gives it back (reference §3.5).
    ///
    /// - Parameters:
    ///   - version: The newest shapes differ in the version of an address alone.
    ///   - release: From v1.20 on with the table; before v1.12.1 without anything for DEL.
    func previousResult(of pod: IncumbentPod, version: String, release: Release = .recent) -> String {
        guard version > "0.2.0" else { return #"{"cniVersion":"\#(version)","ip4":{"ip":"\#(pod.address)/32"},"dns":{}}"# }
        let table = pod.deviceIndex == 0 ? 254 : pod.deviceIndex + 1
        let mac = release == .recent ? #","mac":"\#(table)""# : ""
        let dummy =
            release == .beforeDummies ? "" : #",{"name":"dummy\#(pod.link.dropFirst(3))","mac":"0","sandbox":"\#(pod.deviceIndex)"}"#
        let family = version < "1.0.0" ? #""version":"4","# : ""
        return """
            {"cniVersion":"\(version)","interfaces":[{"name":"\(pod.link)"},\
            {"name":"eth0"\(mac),"sandbox":"\(pod.pod.namespace.path)"}\(dummy)],\
            "ips":[{\(family)"interface":1,"address":"\(pod.address)/32"}],"dns":{}}
            """
    }

    enum Release: CaseIterable, Sendable {
        case recent, beforeTables, beforeDummies
    }

    /// Calls the plugin that is placed under the incumbent's name, as a runtime that has the list of before in its cache.
    func call(_ command: String, _ pod: Pod, version: String = "0.4.0", previousResult: String? = nil) throws -> ChildProcess.Outcome {
        let previous = previousResult.map { #","prevResult":\#($0)"# } ?? ""
        let input = """
            {"cniVersion":"\(version)","name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":"9001","podSGEnforcingMode":"strict",\
            "pluginLogFile":"/var/log/aws-routed-eni/plugin.log","pluginLogLevel":"DEBUG",\
            "capabilities":{"io.kubernetes.cri.pod-annotations":true},\
            "runtimeConfig":{"io.kubernetes.cri.pod-annotations":{}}\(previous)}
            """
        return try ChildProcess.run([plugin], environment: pod.variables(command), input: input)
    }

    // MARK: - Files

    private func makeFiles() throws {
        for folder in ["etc/cni/net.d", "opt/cni/bin", "var/run/aws-node"] {
            try FileManager.default.createDirectory(atPath: "\(disk)/\(folder)", withIntermediateDirectories: true)
        }
        try Self.conflistText.write(toFile: conflist, atomically: true, encoding: .utf8)
        try Self.pluginText.write(toFile: plugin, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: plugin)
        try Self.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
            .write(toFile: variables, atomically: true, encoding: .utf8)
    }

    private var ipamText: String {
        let entries = pods.map { pod in
            """
            {"networkName":"aws-cni","containerID":"\(pod.pod.containerID)","ifName":"eth0","ipv4":"\(pod.address)",\
            "allocationTimestamp":1700000000000000000,\
            "metadata":{"k8sPodNamespace":"default","k8sPodName":"\(pod.pod.name)","interfacesCount":1}}
            """
        }
        return #"{"version":"vpc-cni-ipam/1","allocations":[\#(entries.joined(separator: ","))]}"#
    }

    // MARK: - Commands

    /// Runs `berth migrate` on the node.
    func migrate(_ command: String, _ more: [String] = []) throws -> ChildProcess.Outcome {
        var words = ["ip", "netns", "exec", node.namespace.name, Programs.berth, "migrate", command]
        words += ["--conflist", conflist, "--cni-bin-dir", pluginFolder, "--ipam", ipam, "--kept-folder", kept, "--config", settings]
        words += ["--run-directory", node.runDirectory]
        if command != "roll-back" { words += ["--env", variables, "--plugin", Programs.plugin] }
        return try ChildProcess.run(words + more, environment: instance.environment.merging(ChildProcess.environment) { $1 })
    }

    /// Starts berthd with nothing but what the take-over has left it, and the way to AWS.
    func startBerth() throws {
        try node.start(instance.environment, options: ["--config", settings])
    }

    /// Runs commands in the node's namespace; quotes keep words together.
    func run(_ commands: [String]) throws {
        for command in commands {
            let outcome = try ChildProcess.run(["ip", "netns", "exec", node.namespace.name, "sh", "-c", command])
            guard outcome.status == 0 else { throw DaemonReports.Failure(description: "\(command): \(outcome.errors)\(outcome.output)") }
        }
    }

    func output(_ command: String) throws -> String {
        try ChildProcess.run(["ip", "netns", "exec", node.namespace.name, "sh", "-c", command]).output
    }
}
