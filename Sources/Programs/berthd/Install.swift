import ArgumentParser
import CNISpec
import CommandLineTool
import Foundation
import NodeConfiguration
import NodeInstall

/// `berthd install`: the plugin and its conflist on a node's disk.
struct Install: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put the CNI plugin and its conflist onto this node's disk.",
        discussion: """
            The plugin is placed at once. The conflist is prepared in the run directory, and a berthd that is started with \
            --cni-conf-dir places it when pods can be given addresses. Safe to repeat: what is there already is left alone. Reads POD_MTU, \
            AWS_VPC_ENI_MTU, AWS_VPC_K8S_CNI_VETHPREFIX, ENABLE_BANDWIDTH_PLUGIN and DISABLE_POD_V6 from the environment. Exit codes: 0 \
            done, 1 failed, 2 bad input.
            """)

    @Option(help: ArgumentHelp("The plugin to place; by default the berth-cni beside this program.", valueName: "path"))
    var plugin: String?

    @Option(help: "A further name for the plugin; what has it is kept beside it, and comes back with uninstall.")
    var alsoAs: String?

    @OptionGroup var folders: InstallFolders

    @Option(
        help: ArgumentHelp(
            "The CNI version of the conflist, or auto for the newest one that --runtime can use.",
            discussion: "A runtime that does not know the version fails every pod.", valueName: "version"))
    var cniVersion = "auto"

    @Option(
        help: ArgumentHelp(
            "The container runtime and its version, as in the status of a Kubernetes node; without it auto is 1.0.0.",
            valueName: "containerd://1.6.20"))
    var runtime: String?

    @Option(help: "The name of the network.")
    var networkName = NetworkList.defaultName

    @Flag(help: "Limit the bandwidth of pods that have annotations for it, by the plugin bandwidth.")
    var bandwidth = false

    @Option(help: ArgumentHelp("Sysctls for every pod, set by the plugin tuning.", valueName: "name=value,…"))
    var tuning: String?

    @Flag(help: "Leave the host ports of pods to the runtime, as CRI-O wants it; otherwise the plugin portmap serves them.")
    var noPortmap = false

    @Flag(help: "Place the conflist at once, without a daemon that watches over it.")
    var placeNow = false

    @Option(name: .shortAndLong, help: "How to print what was done.")
    var output: InstallOutput = .text

    func run() throws {
        try InstallOutput.reportingFailure {
            let list = try list()
            var report = try perform(list)
            report.warnings += try warnings(list)
            print(output == .json ? try report.json : report.text)
        }
    }

    private func perform(_ list: NetworkList) throws -> InstallReport {
        let plugins = PluginFiles(folder: folders.cniBinDir)
        let missing = plugins.missing(list.chainedPlugins)
        guard missing.isEmpty else {
            throw InstallRefusal(
                "\(missing.joined(separator: " and ")) not in \(folders.cniBinDir), where every ADD would fail for it. Put the CNI reference "
                    + "plugins there (Debian: containernetworking-plugins, in /usr/lib/cni), or leave out what needs them: --no-portmap")
        }
        var report = InstallReport()
        report.add(try plugins.place(from: plugin ?? Self.pluginBesideThisProgram()))
        if let alsoAs { report.add(try plugins.place(from: plugins.path(PluginFiles.pluginName), named: alsoAs, others: .keepAside)) }
        report.add(try folders.placing.prepare(list))
        if placeNow, let placement = try folders.placing.place() { report.add(placement) }
        return report
    }

    /// What the operator should know though all was done.
    private func warnings(_ list: NetworkList) throws -> [String] {
        var warnings: [String] = []
        let rivals = try folders.placing.placed.rivals()
        if !rivals.isEmpty {
            warnings.append(
                "\(rivals.joined(separator: ", ")) in \(folders.cniConfDir) comes before \(folders.placing.placed.name), and the runtime uses "
                    + "the first by name. Move it away")
        }
        if list.version < .v110, !PluginFiles(folder: folders.cniBinDir).missing(["loopback"]).isEmpty {
            warnings.append("loopback is not in \(folders.cniBinDir), without which containerd before 2.0 starts no pod. Put it there")
        }
        return warnings
    }

    private static func pluginBesideThisProgram() throws -> String {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: program).deletingLastPathComponent().appendingPathComponent(PluginFiles.pluginName).path
    }
}

// The list from the command line and the environment.
extension Install {
    private func list() throws -> NetworkList {
        var list = try ListVariables(environment: ProcessInfo.processInfo.environment).list
        list.version = try version()
        guard !networkName.isEmpty, networkName.utf8.count <= 128, networkName.utf8.allSatisfy(Self.isOfName) else {
            throw ValidationError("--network-name is \"\(networkName)\", not 1 to 128 letters, digits, \".\", \"_\" and \"-\".")
        }
        list.name = networkName
        if bandwidth { list.hasBandwidth = true }
        list.hasPortMappings = !noPortmap
        try list.sysctls += tuning.map(Self.sysctls) ?? []
        return list
    }

    private func version() throws -> CNIVersion {
        let known = try runtime.map { text in
            guard let runtime = ContainerRuntime(text) else {
                throw ValidationError("--runtime is \"\(text)\", not a runtime with its version such as containerd://1.6.20.")
            }
            return runtime
        }
        if cniVersion == "auto" { return known?.newestListVersion ?? .v100 }
        guard let version = CNIVersion(cniVersion), NetworkList.versions.contains(version) else {
            throw ValidationError(
                "--cni-version is \"\(cniVersion)\", not auto or one of \(NetworkList.versions.map(\.rawValue).joined(separator: ", ")).")
        }
        return version
    }

    private static func sysctls(_ text: String) throws -> [NetworkList.Sysctl] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, !halves[0].isEmpty, halves[0].utf8.allSatisfy({ isOfName($0) || $0 == UInt8(ascii: "/") }),
                !halves[1].isEmpty
            else { throw ValidationError("--tuning has \"\(part)\", not a sysctl such as net.core.somaxconn=500.") }
            return NetworkList.Sysctl(name: String(halves[0]), value: String(halves[1]))
        }
    }

    /// What the names of networks and sysctls are made of.
    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
