import Foundation

/// The folders of a container runtime on one node, with what `berthd install` puts there.
struct Installation {
    let binFolder: String
    let confFolder: String
    let runDirectory: String

    /// Makes a folder of plugins with Debian's, which is where they are on a node.
    ///
    /// - Parameter debian: The names of plugins that are there already.
    init(in folder: String, runDirectory: String, with debian: [String] = ["loopback", "portmap"]) throws {
        (binFolder, confFolder, self.runDirectory) = ("\(folder)/bin", "\(folder)/net.d", runDirectory)
        try FileManager.default.createDirectory(atPath: binFolder, withIntermediateDirectories: true)
        for name in debian {
            try FileManager.default.createSymbolicLink(
                atPath: "\(binFolder)/\(name)", withDestinationPath: "\(PluginChain.debianFolder)/\(name)")
        }
    }

    var conflist: String { "\(confFolder)/10-berth.conflist" }
    var isPlaced: Bool { FileManager.default.fileExists(atPath: conflist) }
    /// What the daemon is told, so that it places the conflist.
    var daemonOptions: [String] { ["--cni-conf-dir", confFolder] }

    func install(_ options: [String] = [], environment: [String: String] = [:]) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            [Programs.daemon, "install", "--plugin", Programs.plugin] + folders + options,
            environment: ChildProcess.environment.merging(environment) { $1 })
    }

    /// - Parameter node: The one in whose namespace the links of pods are looked for.
    func uninstall(on node: SimulatedNodeProcess, _ options: [String] = []) throws -> ChildProcess.Outcome {
        try ChildProcess.run(["ip", "netns", "exec", node.namespace.name, Programs.daemon, "uninstall"] + folders + options)
    }

    private var folders: [String] { ["--cni-bin-dir", binFolder, "--cni-conf-dir", confFolder, "--run-directory", runDirectory] }
}
