import Foundation
import NetlinkAdapter

/// A conflist as a container runtime drives it for one pod, with every plugin run in the node's namespace.
///
/// ADD and CHECK go from the first plugin to the last, DEL from the last to the first (CNI spec 1.1.0, section 3). Each ADD
/// gets the result of the one before; CHECK and DEL get that of the whole ADD.
struct PluginChain {
    struct Plugin {
        var type: String
        /// Further members as JSON, each with a comma before it.
        var more = ""
        /// What the runtime inserts for capabilities, as a JSON object.
        var runtimeConfig: String?
        var isChecked = true

        var path: String { type == "berth-cni" ? Programs.plugin : "\(PluginChain.debianFolder)/\(type)" }
    }

    static let debianFolder = "/usr/lib/cni"
    /// Of Debian's package `containernetworking-plugins`, those that are not there.
    static func missing(_ types: [String]) -> [String] {
        types.filter { !FileManager.default.isExecutableFile(atPath: "\(debianFolder)/\($0)") }
    }

    var version: String
    var plugins: [Plugin]
    let pod: Pod
    let node: SimulatedNodeProcess
    /// Folders in which plugins are looked for before those that are built and Debian's.
    var folders: [String] = []

    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    /// Adds the pod; a failure ends the chain, as in a runtime.
    ///
    /// - Returns: The result of the last plugin.
    @discardableResult
    func add() throws -> ChildProcess.Outcome {
        var last: ChildProcess.Outcome?
        for plugin in plugins { last = try succeed("ADD", plugin, previous: last?.output) }
        guard let last else { throw Failed(description: "a chain without plugins") }
        return last
    }

    func check(_ result: ChildProcess.Outcome) throws {
        for plugin in plugins where plugin.isChecked { _ = try succeed("CHECK", plugin, previous: result.output) }
    }

    /// A DEL of somebody else's plugin that fails is repeated once, as every runtime does: `sbr` fails when the kernel's rules change
    /// while it lists them. When the chain is deleted again, without a result, it may fail: `sbr` does once the pod's link is gone.
    func delete(_ result: ChildProcess.Outcome?) throws {
        for plugin in plugins.reversed() {
            if plugin.path != Programs.plugin, result == nil {
                _ = try call("DEL", plugin)
                continue
            }
            if plugin.path != Programs.plugin, try call("DEL", plugin, previous: result?.output).status == 0 { continue }
            _ = try succeed("DEL", plugin, previous: result?.output)
        }
    }

    private func succeed(_ command: String, _ plugin: Plugin, previous: String?) throws -> ChildProcess.Outcome {
        let outcome = try call(command, plugin, previous: previous)
        guard outcome.status == 0 else {
            throw Failed(description: "\(command) of \(plugin.type) ended with \(outcome.status): \(outcome.output)\(outcome.errors)")
        }
        return outcome
    }

    /// Runs one plugin of the chain.
    func call(_ command: String, _ plugin: Plugin, previous: String? = nil) throws -> ChildProcess.Outcome {
        try start(command, plugin, previous: previous).finish()
    }

    /// Starts one plugin of the chain.
    func start(_ command: String, _ plugin: Plugin, previous: String? = nil) throws -> ChildProcess {
        let previous = previous.map { #","prevResult":\#($0)"# } ?? ""
        let runtimeConfig = plugin.runtimeConfig.map { #","runtimeConfig":\#($0)"# } ?? ""
        let input = #"{"cniVersion":"\#(version)","name":"berth","type":"\#(plugin.type)"\#(plugin.more)\#(runtimeConfig)\#(previous)}"#
        var variables = pod.variables(command).merging(ChildProcess.environment) { first, _ in first }
        let built = URL(fileURLWithPath: Programs.plugin).deletingLastPathComponent().path
        variables["CNI_PATH"] = (folders + [built, Self.debianFolder]).joined(separator: ":")
        return try ChildProcess(["ip", "netns", "exec", node.namespace.name, plugin.path], environment: variables, input: input)
    }
}
