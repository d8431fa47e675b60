import CNISpec
import Glibc
import NodeInstall
import Synchronization
import Testing

@Suite struct ListPlacingTests {
    private let folder: TemporaryFolder
    private let placing: ListPlacing
    private let list = NetworkList()

    init() throws {
        folder = try TemporaryFolder()
        placing = ListPlacing(runDirectory: "\(folder.path)/run", confDirectory: "\(folder.path)/net.d")
    }

    @Test func aPreparedListIsPlacedAndWithdrawnAsOftenAsNeeded() throws {
        #expect(try placing.prepare(list).change == .created)
        #expect(try folder.mode("run") == 0o700)
        for _ in 0..<2 {
            #expect(try placing.place()?.change == .created)
            #expect(try placing.place()?.change == .unchanged)
            #expect(try placing.withdraw() == .removed)
            #expect(folder.names(in: "net.d") == [] && folder.names(in: "run").contains("10-berth.conflist"))
        }
    }

    @Test func aNewListTakesThePlaceOfTheOneThatIsThere() throws {
        _ = try placing.prepare(list)
        _ = try placing.place()
        var newer = list
        newer.version = .v110
        #expect(try placing.prepare(newer).change == .replaced)
        #expect(try placing.place()?.change == .replaced)
        #expect(try placing.placed.current() == newer.bytes)
    }

    @Test func withoutAPreparedListNothingIsPlaced() throws {
        mkdir("\(folder.path)/run", 0o700)
        #expect(try placing.place() == nil)
        #expect(try placing.adopt() == false)
        #expect(folder.names(in: "net.d") == [])
    }

    @Test func afterARebootTheListInPlaceIsThePreparedOne() throws {
        _ = try placing.placed.place(list)
        mkdir("\(folder.path)/run", 0o700)
        #expect(try placing.adopt())
        #expect(try placing.adopt() == false)
        #expect(try placing.withdraw() == .removed)
        #expect(try placing.place()?.change == .created)
    }

    @Test func whatIsTakenAwayForGoodIsGoneWithItsFolder() throws {
        _ = try placing.prepare(list)
        _ = try placing.place()
        let removals = try placing.withdrawForGood()
        #expect(removals.prepared == .removed && removals.placed == .removed)
        #expect(folder.names() == ["net.d"] && folder.names(in: "net.d") == [])
        let again = try placing.withdrawForGood()
        #expect(again.prepared == .absent && again.placed == .absent && folder.names() == ["net.d"])
    }

    @Test func aRunDirectoryWithTheStateOfADaemonStays() throws {
        _ = try placing.prepare(list)
        try folder.write("", to: "run/journal")
        _ = try placing.withdrawForGood()
        #expect(folder.names(in: "run") == ["journal"])
    }

    @Test func aDaemonThatIsAtItDoesNotBringBackWhatIsGoneForGood() throws {
        try folder.write("", to: "version")
        for round in 0..<30 {
            _ = try placing.prepare(list)
            try folder.write("", to: "run/journal")
            let race = Race(placing: placing)
            let daemon = Worker {
                while !race.isOver.load(ordering: .acquiring) {
                    do {
                        _ = try race.placing.place()
                    } catch {
                        race.faults.withLock { $0.append("\(error)") }
                    }
                }
            }
            while folder.names(in: "net.d") == [] {}
            _ = try placing.withdrawForGood()
            let left = folder.names(in: "net.d")
            race.isOver.store(true, ordering: .releasing)
            daemon.join()
            #expect(left == [] && folder.names(in: "net.d") == [], "round \(round)")
            #expect(race.faults.withLock { $0 } == [])
        }
    }
}

/// What a daemon that places all the time shares with the test.
private final class Race: Sendable {
    let placing: ListPlacing
    let isOver = Atomic(false)
    let faults = Mutex<[String]>([])

    init(placing: ListPlacing) {
        self.placing = placing
    }
}
