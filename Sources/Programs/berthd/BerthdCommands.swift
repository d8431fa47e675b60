import ArgumentParser
import CommandLineTool

/// What `berthd` can be told to do; to serve when nothing is said.
struct BerthdCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berthd",
        abstract: "The node daemon of Berth, and what it needs on a node's disk.",
        discussion: "Without a subcommand it serves: berthd serve --help has the options for that.",
        version: Release.version,
        subcommands: [Berthd.self, Install.self, Uninstall.self], defaultSubcommand: Berthd.self)
}
