import ArgumentParser

/// `berth migrate`: from the AWS VPC CNI to Berth on a node whose pods run on, and back.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a node over from the AWS VPC CNI while its pods run, and give it back.",
        discussion: "Docs/Operating/Migration.md has the steps for a cluster and for a single node.",
        subcommands: [MigrateCheck.self, MigratePlan.self, MigrateTakeOver.self, MigrateRollBack.self])
}
