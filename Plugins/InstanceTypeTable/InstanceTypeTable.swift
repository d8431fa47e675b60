import Foundation
import PackagePlugin

/// Turns a target's `instance-types.json` into `InstanceTypeTable.swift` before the target is compiled.
@main
struct InstanceTypeTable: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
        let facts = target.directoryURL.appending(path: "instance-types.json")
        let table = context.pluginWorkDirectoryURL.appending(path: "InstanceTypeTable.swift")
        return [
            .buildCommand(
                displayName: "Compiling \(facts.lastPathComponent) into a table",
                executable: try context.tool(named: "InstanceTypeTableGenerator").url,
                arguments: [facts.path(), table.path()],
                inputFiles: [facts],
                outputFiles: [table])
        ]
    }
}
