import Foundation
import IncumbentState
import Migration
import NodeInstall
import NodeMigration
import Testing

@Suite struct RollBackTests {
    private func takenOver() throws -> TestDisk {
        let disk = try TestDisk()
        try disk.takeOver()
        try disk.startDaemon()
        return disk
    }

    @Test func aRollBackLeavesTheNodeAsTheIncumbentHadItWithTheRunningPods() async throws {
        let disk = try takenOver()
        #expect(try await disk.rollBack() == .complete)
        #expect(
            try disk.tree() == [
                "etc/cni/net.d/10-aws.conflist": TestDisk.conflist, "opt/cni/bin/aws-cni": TestDisk.incumbentPlugin,
                "var/run/aws-node/ipam.json": TestDisk.export, "run/berth/journal": "a journal", "image/berth-cni": TestDisk.ourPlugin,
            ])
        let error = await #expect(throws: MigrationRefusal.self) { try await disk.rollBack() }
        #expect(error?.code == "not-taken-over")
    }

    @Test func aRollBackThatIsKilledAnywhereIsFinishedByTheNext() async throws {
        let whole = try takenOver()
        let counting = Kill(after: .max)
        try await whole.rollBack(counting.disk)
        let tree = try whole.tree()
        #expect(counting.count > 30)
        for last in 0..<counting.count {
            let disk = try takenOver()
            await #expect(throws: (any Error).self, "killed after \(last)") { try await disk.rollBack(Kill(after: last).disk) }
            // With its list the incumbent has its plugin and the pods as they are.
            if disk.text(disk.places.conflist) == TestDisk.conflist {
                #expect(disk.text(disk.places.incumbentPlugin) == TestDisk.incumbentPlugin, "killed after \(last)")
                #expect(disk.text(disk.places.checkpoint) == TestDisk.export, "killed after \(last)")
            }
            #expect([TestDisk.checkpoint, TestDisk.export].contains(disk.text(disk.places.checkpoint)), "killed after \(last)")
            // The last steps leave nothing to go on with.
            if disk.text(disk.places.keptConflist) != nil { try await disk.rollBack() }
            #expect(try disk.tree() == tree, "killed after \(last)")
        }
    }

    @Test func theFileIsNotWrittenAgainWhenTheIncumbentHasIt() async throws {
        let disk = try takenOver()
        #expect(try await disk.rollBack(hasIncumbents: false) == .awaitingIncumbent)
        try disk.write(disk.places.checkpoint, TestDisk.checkpoint)
        #expect(try await disk.rollBack(export: "nobody is asked") == .complete)
        #expect(disk.text(disk.places.checkpoint) == TestDisk.checkpoint)
    }

    @Test func anExportThatTheIncumbentCouldNotReadChangesNothing() async throws {
        let disk = try takenOver()
        let before = try disk.tree()
        let error = await #expect(throws: MigrationRefusal.self) { try await disk.rollBack(export: #"{"version":"none"}"#) }
        #expect(try error?.code == "export-unusable" && disk.tree() == before)
    }

    @Test func aPluginThatAnotherNetworkNamesStays() async throws {
        let disk = try takenOver()
        try disk.write("/etc/cni/net.d/20-other.conf", #"{"type":"berth-cni"}"#)
        try await disk.rollBack()
        #expect(disk.text("/opt/cni/bin/berth-cni") == TestDisk.ourPlugin)
    }

    @Test func aNodeCanBeTakenOverAgainAfterARollBack() async throws {
        let disk = try takenOver()
        try await disk.rollBack()
        try disk.takeOver()
        #expect(disk.text(disk.places.handOver) == TestDisk.export && disk.text(disk.places.journal) == nil)
        #expect(disk.text(disk.places.keptConflist) == TestDisk.conflist)
    }
}
