import Foundation
import Testing

/// What holds for the whole repository, read from its files.
struct ArchitectureTests {
    private let repository = Repository.current

    @Test func everyImportFollowsAnArrow() throws {
        expectNone(Architecture.berth.violations(in: try SourceTree(at: repository)))
    }

    @Test func everyAllowedArrowPointsTowardTheCore() throws {
        expectNone(Architecture.berth.outwardArrows(in: try SourceTree(at: repository)))
    }

    @Test func everyTargetHasOneRule() {
        let named = Architecture.berth.rules.map(\.target)
        #expect(Set(named).count == named.count)
    }

    @Test func theTreeThatIsReadIsTheWholeOne() throws {
        let tree = try SourceTree(at: repository)
        #expect(Set(tree.targets.map(\.name)).isSuperset(of: ["Addressing", "IPAMEngine", "NodePorts", "berthd", "berth-cni"]))
        #expect(tree.targets.contains { $0.name == "NodePorts" && tree.siblings(importedBy: $0).contains("PodNetwork") })
    }

    @Test func theManifestDeclaresWhatTheSourcesImport() throws {
        let manifest = try PackageManifest.load(from: repository)
        expectNone(manifest.differences(from: try ManifestSource.all(in: repository)))
    }

    @Test func theMapOfTargetsIsWhatTheImportsMakeOfIt() throws {
        let map = TargetMap(tree: try SourceTree(at: repository), architecture: .berth).markdown
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            try Data(map.utf8).write(to: repository.root.appending(path: TargetMap.path), options: .atomic)
        }
        #expect(try repository.text(of: TargetMap.path) == map, "run: make docs")
    }

    @Test func everySourceKeepsTheHouseRules() throws {
        let sources = try repository.files(in: "Sources").filter { [".swift", ".c", ".h"].contains(where: $0.hasSuffix) }
        #expect(sources.count > 10)
        let breaches = try sources.flatMap { file in
            let text = try repository.text(of: file)
            return rules(for: file).flatMap { $0.breaches(in: text, of: file) }
        }
        expectNone(breaches)
    }

    @Test func noFileNamesAFolderOfTheMachineItWasWrittenOn() throws {
        let files = try repository.files(in: "")
        #expect(files.contains("Package.swift"))
        let mentions = try files.flatMap { WorkplacePath.mentions(in: try repository.text(of: $0), of: $0) }
        expectNone(mentions)
    }

    private func rules(for file: String) -> [HouseRule] {
        let isPure = Layer.pure.contains { file.hasPrefix("Sources/\($0.rawValue)/") }
        return HouseRule.everywhere + (isPure ? HouseRule.pure : [])
    }

    /// Records each sentence as an issue of its own, so that a failing run lists what to mend.
    private func expectNone(_ faults: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        for fault in faults {
            Issue.record("\(fault)", sourceLocation: sourceLocation)
        }
    }
}
