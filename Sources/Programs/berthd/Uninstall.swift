import ArgumentParser
import CommandLineTool
import IPAMEngine
import JournalAdapter
import NetlinkAdapter
import NodeInstall
import NodePorts
import NodeRuntime

/// `berthd uninstall`: the node's disk without what `berthd install` put there.
struct Uninstall: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take the CNI plugin and its conflist off this node's disk.",
        discussion: """
            Files of others stay. Refuses while pods have addresses of Berth: the runtime deletes them by the plugin. Safe to repeat. Does \
            not end berthd. Exit codes: 0 done, 1 failed or refused, 2 bad input.
            """)

    @Option(help: "A further name that the plugin was given; aws-cni is looked after in any case.")
    var alsoAs: String?

    @OptionGroup var folders: InstallFolders

    @Flag(help: "Do it though pods have addresses; the runtime cannot delete these then.")
    var force = false

    @Option(name: .shortAndLong, help: "How to print what was done.")
    var output: InstallOutput = .text

    func run() throws {
        try InstallOutput.reportingFailure {
            if !force { try refuseWhilePodsAreThere() }
            var report = UninstallReport()
            // The list goes first: without it the runtime starts no further pod by the plugin.
            let lists = try folders.placing.withdrawForGood()
            report.add(folders.placing.placed.path, lists.placed)
            report.add(folders.placing.prepared.path, lists.prepared)
            let plugins = PluginFiles(folder: folders.cniBinDir)
            for name in [PluginFiles.pluginName, "aws-cni"] + [alsoAs].compactMap({ $0 }) {
                report.add(plugins.path(name), try plugins.remove(named: name), isExpected: name != "aws-cni" || alsoAs == name)
            }
            print(output == .json ? try report.json : report.text)
        }
    }

    /// By the journal and by the kernel: a daemon need not be there, and pods with addresses of other IPAM plugins are in no journal.
    private func refuseWhilePodsAreThere() throws {
        let journalled = try Journal.attachments(directory: folders.runDirectory)
        let linked = PodLinks.attachments(in: try NetlinkKernel().openHost().links())
        let pods = Set(journalled.union(linked).map(\.containerID))
        guard let first = pods.min() else { return }
        throw InstallRefusal(
            "\(pods.count) pods on this node have addresses of Berth, the first of them of sandbox \(first), and the runtime needs the plugin "
                + "to delete them. Drain the node first, or leave them behind with --force")
    }
}
