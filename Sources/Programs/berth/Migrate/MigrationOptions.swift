import ArgumentParser
import CommandLineTool
import Foundation
import Migration
import NodeMigration

/// Where the incumbent's things are on the node, and ours.
struct PlaceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder below which the node's files are, as a container has them mounted.", valueName: "folder"))
    var root = ""

    @Option(help: "The conflist of aws-node.")
    var conflist = MigrationPlaces().conflist

    @Option(help: "The folder from which the container runtime starts plugins.")
    var cniBinDir = MigrationPlaces().pluginFolder

    @Option(help: "The file in which aws-node keeps the addresses of running pods.")
    var ipam = MigrationPlaces().checkpoint

    @Option(help: "The folder in which aws-node's files are kept for a roll-back.")
    var keptFolder = MigrationPlaces().keptFolder

    @Option(help: "The file of settings that berthd is started with.")
    var config = MigrationPlaces().settings

    @Option(help: "The daemon's folder for sockets, journal and spool.")
    var runDirectory = MigrationPlaces().runDirectory

    func files() throws -> HostFiles {
        var places = MigrationPlaces()
        (places.conflist, places.pluginFolder, places.checkpoint) = (conflist, cniBinDir, ipam)
        (places.keptFolder, places.settings, places.runDirectory) = (keptFolder, config, runDirectory)
        let paths = [conflist, cniBinDir, ipam, keptFolder, config, runDirectory]
        guard paths.allSatisfy({ $0.hasPrefix("/") }) else { throw ValidationError("Paths on the node begin with /.") }
        return HostFiles(root: root, places: places)
    }
}

/// What aws-node is told, and the cluster's objects that go with it.
struct IncumbentOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The variables of aws-node, one NAME=value a line; - for standard input.", valueName: "file"))
    var env: String?

    @Option(
        help: ArgumentHelp(
            "What kubectl -n kube-system get daemonset aws-node -o json prints; - for standard input.", valueName: "file"))
    var daemonset: String?

    @Flag(help: "Take the variables of this process's own environment, as a container has that was given those of aws-node.")
    var ownEnvironment = false

    @Option(help: ArgumentHelp("What kubectl get eniconfigs -o json prints.", valueName: "file"))
    var eniConfigs: String?

    @Option(help: ArgumentHelp("What kubectl get node NAME -o json prints, by whose keys an ENIConfig is chosen.", valueName: "file"))
    var nodeObject: String?

    @Flag(
        name: .customLong("ask-ec2"),
        help: "Ask EC2 which addresses the instance's ENIs have, with the credentials of this process.")
    var askEC2 = false

    @Option(help: ArgumentHelp("The berth-cni that is placed; by default the one beside this program.", valueName: "file"))
    var plugin: String?

    func validate() throws {
        guard [env != nil, daemonset != nil, ownEnvironment].filter({ $0 }).count <= 1 else {
            throw ValidationError("--env, --daemonset and --own-environment are given one at most.")
        }
        guard nodeObject == nil || eniConfigs != nil else { throw ValidationError("--node-object is of no use without --eni-configs.") }
    }

    /// - Throws: ``MigrationInputError``.
    func environment() throws -> IncumbentEnvironment? {
        if ownEnvironment {
            let variables = ProcessInfo.processInfo.environment
            return IncumbentEnvironment(variables: variables, release: variables["VPC_CNI_VERSION"])
        }
        if let env { return try IncumbentEnvironment(lines: text(of: env), file: env) }
        return try daemonset.map { try IncumbentEnvironment(daemonSet: Array(text(of: $0).utf8), file: $0) }
    }

    /// - Throws: ``MigrationInputError``.
    func customNetworking() throws -> CustomNetworking? {
        guard let eniConfigs else { return nil }
        return try CustomNetworking(
            eniConfigs: (Array(text(of: eniConfigs).utf8), eniConfigs), node: nodeObject.map { (Array(try text(of: $0).utf8), $0) })
    }

    /// Where this process finds the plugin.
    var pluginPath: String {
        plugin ?? (Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "berth-cni").path ?? "berth-cni")
    }

    private func text(of file: String) throws -> String {
        do throws(InputFile.Failure) {
            return try InputFile.text(at: file == "-" ? "/dev/stdin" : file, bytesMax: IncumbentEnvironment.bytesMax)
        } catch {
            throw MigrationInputError(file, "\(error)", remedy: "Give the path of a readable file, or - for standard input")
        }
    }
}

/// Which findings are overruled.
struct ForceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Go on in spite of a finding, by its code; may be given several times.", valueName: "code"))
    var force: [String] = []

    func validate() throws {
        if let unknown = force.first(where: { !MigrationFinding.codes.contains($0) }) {
            throw ValidationError("\"\(unknown)\" is no finding. Findings are \(MigrationFinding.codes.joined(separator: ", ")).")
        }
    }
}
