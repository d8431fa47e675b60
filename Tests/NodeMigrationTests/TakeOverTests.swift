import Foundation
import IncumbentState
import Migration
import NodeInstall
import NodeMigration
import NodePorts
import Testing

@Suite struct TakeOverTests {
    @Test func aTakeOverPutsOursInPlaceAndKeepsTheIncumbents() throws {
        let disk = try TestDisk()
        let done = try disk.takeOver()
        #expect(
            done.allSatisfy(\.isChanged)
                && Set(done.map(\.step)).isSuperset(of: ["keep-files", "hand-over", "place-plugin", "place-conflist"]))
        #expect(disk.text(disk.places.incumbentPlugin) == TestDisk.ourPlugin)
        #expect(disk.text("/opt/cni/bin/berth-cni") == TestDisk.ourPlugin)
        #expect(disk.text(disk.places.incumbentPlugin + ".before-berth") == TestDisk.incumbentPlugin)
        #expect(disk.text(disk.places.keptConflist) == TestDisk.conflist)
        #expect(disk.text(disk.places.keptCheckpoint) == TestDisk.checkpoint)
        #expect(disk.text(disk.places.handOver) == TestDisk.checkpoint)
        #expect(disk.text(disk.places.checkpoint) == TestDisk.checkpoint)
        #expect(disk.text(disk.places.conflist)?.contains("berthSocket") == true)
        #expect(disk.text(disk.places.settings)?.contains("WARM_IP_TARGET: \"4\"") == true)
        #expect(try disk.takeOver().allSatisfy { !$0.isChanged })
    }

    /// Killed at whatever step: the node works with one daemon or the other, nothing is lost, and the next one finishes it.
    @Test func aTakeOverThatIsKilledAnywhereIsFinishedByTheNext() throws {
        let whole = try TestDisk()
        let counting = Kill(after: .max)
        try whole.takeOver(counting.disk)
        let tree = try whole.tree()
        #expect(counting.count > 40)
        for last in 0..<counting.count {
            let disk = try TestDisk()
            #expect(throws: (any Error).self, "killed after \(last)") { try disk.takeOver(Kill(after: last).disk, disk.evidence()) }
            #expect(disk.text(disk.places.checkpoint) == TestDisk.checkpoint, "killed after \(last)")
            let list = try #require(disk.text(disk.places.conflist))
            #expect(list == TestDisk.conflist || disk.text(disk.places.keptConflist) == TestDisk.conflist, "killed after \(last)")
            if list != TestDisk.conflist { #expect(disk.text(disk.places.incumbentPlugin) == TestDisk.ourPlugin, "killed after \(last)") }
            #expect(
                [TestDisk.ourPlugin, TestDisk.incumbentPlugin].contains(disk.text(disk.places.incumbentPlugin)), "killed after \(last)")
            try disk.takeOver()
            #expect(try disk.tree() == tree, "killed after \(last)")
        }
    }

    @Test func whatADaemonHasTakenIsNotHandedOverAgain() throws {
        let disk = try TestDisk()
        try disk.takeOver()
        try disk.startDaemon()
        #expect(disk.evidence().isTakenOver)
        #expect(try disk.takeOver().allSatisfy { !$0.isChanged })
        #expect(disk.text(disk.places.handOver) == nil && disk.text(disk.places.journal) == "a journal")
    }

    @Test func aFileThatTheIncumbentWroteSinceIsHandedOverWithoutTheJournalOfBefore() throws {
        let disk = try TestDisk()
        try disk.takeOver()
        try disk.startDaemon()
        try disk.write(disk.places.checkpoint, TestDisk.export)
        #expect(!disk.evidence().isTakenOver)
        try disk.takeOver()
        #expect(disk.text(disk.places.handOver) == TestDisk.export)
        #expect(disk.text(disk.places.journal) == nil && disk.text(disk.places.journalAside) == "a journal")
    }

    @Test func aDaemonThatServesOtherPodsIsNotGivenTheFile() throws {
        let disk = try TestDisk()
        var evidence = disk.evidence()
        evidence.running.berth = true
        let error = #expect(throws: MigrationRefusal.self) { try disk.takeOver(Disk(), evidence) }
        #expect(error?.code == "daemon-runs" && disk.text(disk.places.conflist) == TestDisk.conflist)
    }

    @Test func aNodeThatWasStartedAnewIsTakenOverWithoutAFile() throws {
        let disk = try TestDisk()
        try disk.takeOver()
        try FileManager.default.removeItem(atPath: disk.root + "/var/run")
        try FileManager.default.removeItem(atPath: disk.root + "/run")
        let evidence = disk.evidence()
        #expect(evidence.isTakenOver && MigrationReport(MigrationCheck.findings(evidence), pods: 0).canTakeOver)
        try disk.takeOver()
        #expect(disk.text(disk.places.handOver) == nil)
    }

    @Test func aListOfATakeOverWithoutTheKeptOneIsRefused() throws {
        let disk = try TestDisk()
        try disk.takeOver()
        try FileManager.default.removeItem(atPath: disk.root + disk.places.keptConflist)
        let error = #expect(throws: MigrationRefusal.self) { try disk.takeOver() }
        #expect(error?.code == "kept-files-lost")
    }

    @Test func anOperatorsOwnSettingsStay() throws {
        let disk = try TestDisk()
        try disk.write(disk.places.settings, "settings: {}\n")
        #expect(disk.evidence().hasSettingsOfOthers)
        try disk.takeOver()
        #expect(disk.text(disk.places.settings) == "settings: {}\n")
    }

    /// On Debian `/var/run` is an absolute link, which would lead out of a folder in which a node is mounted.
    @Test func aLinkOfTheNodesDoesNotLeadOutOfItsMount() throws {
        let disk = try TestDisk()
        try FileManager.default.moveItem(atPath: "\(disk.root)/var/run/aws-node", toPath: "\(disk.root)/run-aws-node")
        try FileManager.default.removeItem(atPath: "\(disk.root)/var/run")
        try FileManager.default.createDirectory(atPath: "\(disk.root)/run", withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: "\(disk.root)/run-aws-node", toPath: "\(disk.root)/run/aws-node")
        try FileManager.default.createSymbolicLink(atPath: "\(disk.root)/var/run", withDestinationPath: "/run")
        #expect(disk.evidence().checkpoint.value?.allocations.count == 1)
    }

    @Test func valuesThatWeRefuseAndFilesOfFurtherCardsAreFound() throws {
        let disk = try TestDisk()
        try disk.write("/var/run/aws-node/ipam-nic-1.json", TestDisk.checkpoint)
        try disk.write("/var/run/aws-node/ipam-nic-2.json", #"{"version":"vpc-cni-ipam/1","allocations":[]}"#)
        var evidence = disk.evidence()
        #expect(evidence.otherCheckpoints == ["/var/run/aws-node/ipam-nic-1.json"] && evidence.refusedSettings == [])
        evidence = NodeLook(disk.files(), plugin: "/nowhere").evidence(
            environment: IncumbentEnvironment(variables: ["WARM_IP_TARGET": "-1", "ENABLE_IPv4": ""]), customNetworking: nil,
            contents: .init(links: [], addresses: [], routes: [], rules: [], neighbours: []), firewall: ([], []))
        #expect(evidence.refusedSettings.map(\.name) == ["WARM_IP_TARGET"] && !evidence.hasPlugin)
        try disk.write(disk.places.checkpoint, #"{"version":"vpc-cni-ipam/2"}"#)
        #expect(MigrationCheck.findings(disk.evidence()).contains { $0.code == "checkpoint-unreadable" })
    }
}
