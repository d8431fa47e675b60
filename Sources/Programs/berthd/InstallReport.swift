import ArgumentParser
import CommandLineTool
import Foundation
import NodeConfiguration
import NodeInstall

/// The folders that installing and uninstalling are about.
struct InstallFolders: ParsableArguments {
    @Option(help: ArgumentHelp("The folder from which the container runtime starts CNI plugins.", valueName: "folder"))
    var cniBinDir = "/opt/cni/bin"

    @Option(help: ArgumentHelp("The folder from which the container runtime reads its networks.", valueName: "folder"))
    var cniConfDir = "/etc/cni/net.d"

    @Option(help: ArgumentHelp("The daemon's folder for sockets, journal and spool.", valueName: "folder"))
    var runDirectory = "/run/berth"

    var placing: ListPlacing { ListPlacing(runDirectory: runDirectory, confDirectory: cniConfDir) }
}

/// Why nothing was done, with the remedy.
struct InstallRefusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// How it is printed what was done.
enum InstallOutput: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// For programs, with a versioned `schema`.
    case json

    /// Runs the body and ends with the exit code of what went wrong, told on standard error.
    static func reportingFailure(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as ValidationError {
            throw error
        } catch let faults as ConfigurationFaults {
            for fault in faults.faults { StandardError.write("berthd: \(fault)") }
            throw ExitCode.badInput
        } catch let failure as InstallFailure where failure.code == .badSource || failure.code == .badName {
            StandardError.write("berthd: \(failure)")
            throw ExitCode.badInput
        } catch {
            StandardError.write("berthd: \(error)")
            throw ExitCode.failure
        }
    }
}

/// What was put where.
struct InstallReport: Encodable {
    struct File: Encodable {
        var path: String
        var change: Placement.Change
        var sha256: String
        var sha256Before: String?
        var keptAside: String?
    }

    let schema = "berth/install/1"
    private(set) var files: [File] = []
    var warnings: [String] = []

    mutating func add(_ placement: Placement) {
        files.append(
            File(
                path: placement.path, change: placement.change, sha256: placement.after.description,
                sha256Before: placement.before?.description, keptAside: placement.keptAside))
    }

    var text: String {
        let files = files.map { file in
            "\(file.path): \(file.change) (sha256 \(file.sha256.prefix(12)))"
                + (file.keptAside.map { "; what was there is now \($0)" } ?? "")
        }
        return (files + warnings.map { "warning: \($0)." }).joined(separator: "\n")
    }

    var json: String {
        get throws { try JSONEncoder.ofReports.text(self) }
    }
}

/// What was taken from where.
struct UninstallReport: Encodable {
    struct File: Encodable {
        var path: String
        var outcome: String
    }

    let schema = "berth/uninstall/1"
    private(set) var files: [File] = []

    /// - Parameter isExpected: Whether it is worth a word that the file is absent or somebody else's.
    mutating func add(_ path: String, _ removal: Removal, isExpected: Bool = true) {
        let outcome: String
        switch removal {
        case .removed: outcome = "removed"
        case .restored: outcome = "restored"
        case .absent where isExpected: outcome = "absent"
        case .notOurs where isExpected: outcome = "not-ours"
        case .absent, .notOurs: return
        }
        files.append(File(path: path, outcome: outcome))
    }

    var text: String {
        let words = [
            "restored": "ours removed, and what was there before put back", "not-ours": "left alone, as it is not ours",
            "absent": "not there",
        ]
        return files.map { "\($0.path): \(words[$0.outcome] ?? $0.outcome)" }.joined(separator: "\n")
    }

    var json: String {
        get throws { try JSONEncoder.ofReports.text(self) }
    }
}

extension JSONEncoder {
    fileprivate static var ofReports: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    fileprivate func text(_ report: some Encodable) throws -> String { String(decoding: try encode(report), as: UTF8.self) }
}
