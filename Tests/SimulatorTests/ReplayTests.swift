import IPAMEngine
import Simulator
import Testing
import Timeline

@Suite struct ReplayTests {
    static let replays = [
        Replay(seed: 7), Replay(seed: 0, faults: []),
        Replay(
            seed: .max, faults: [.crash, .staleDescription], nodes: 1, seconds: 40, calm: 8, omissions: Set(Replay.Omission.allCases),
            luck: 3),
    ]

    @Test(arguments: replays) func aCommandSaysAllOfAWorld(replay: Replay) throws {
        #expect(try Replay(command: replay.command) == replay)
    }

    @Test func aCommandIsShortWhereNothingIsLeftOut() {
        #expect(Replay(seed: 7).command == "berth simulate --seed 7 --faults all")
        #expect(
            Replay(seed: 7, faults: [.throttling, .crash], nodes: 1, omissions: [.operators, .bursts]).command
                == "berth simulate --seed 7 --faults crash,throttling --nodes 1 --without bursts,operators")
    }

    @Test(arguments: UInt64(1)...40) func whatIsLeftOutIsNotInTheWorld(seed: UInt64) {
        let whole = Replay(seed: seed).scenario
        let bare = Replay(
            seed: seed, faults: [.crash], nodes: 1, seconds: 30, calm: 4, omissions: Set(Replay.Omission.allCases)
        ).scenario
        #expect(bare.nodes == 1 && bare.duration == .seconds(30) && bare.furtherSubnets == [] && bare.namedPool == nil)
        #expect(bare.operatorInterval == nil && bare.outageInterval == nil && !bare.readsMetadata)
        #expect(bare.churn.burstInterval == nil && bare.churn.garbageInterval == nil && bare.churn.stickyShare == 0)
        #expect(bare.churn.arrivalInterval == whole.churn.arrivalInterval.map { $0 * 4 })
        #expect(bare.faults.shares == whole.faults.shares.filter { $0.key == .crash }, "the fault is as frequent as before")
        #expect(bare.addressing == whole.addressing && bare.targets == whole.targets && bare.limits == whole.limits)
    }

    @Test func otherLuckIsAnotherRunOfTheSameWorld() throws {
        var other = Replay(seed: 3, luck: 1).scenario
        #expect(try Simulation<IPAMEngine>.run(other) != Simulation<IPAMEngine>.run(Replay(seed: 3).scenario))
        other.seed = 3
        #expect(other == Replay(seed: 3).scenario)
    }

    @Test func aWorldIsNeverLargerThanItsSeedSays() {
        let whole = Replay(seed: 3).scenario
        #expect(Replay(seed: 3, nodes: 99, seconds: 9999).scenario == whole)
    }

    @Test func anUnknownNameIsRefusedWithThoseThatAreKnown() throws {
        let fault = #expect(throws: UnknownName.self) { try Fault.listed("crash,flood") }
        #expect(try #require(fault).description.contains("\"flood\"") && fault?.known.count == Fault.allCases.count)
        let part = #expect(throws: UnknownName.self) { try Replay.Omission.listed("bursts,") }
        #expect(try #require(part).description.contains("garbage-collection"))
    }

    @Test func aViolationIsOfTheSameKindWhoeverItBefalls() {
        func kind(_ text: String) -> String { Violation(seed: 1, moment: .zero, text: text).kind }
        #expect(kind("10.0.0.9 has two owners: berth/0-1/eth0 of node 0") == kind("10.0.4.7 has two owners: berth/1-8/eth0 of node 2"))
        #expect(kind("10.0.0.9 cools on node 1 and is held") != kind("10.0.0.9 has two owners: berth/0-1/eth0"))
    }
}

extension Replay {
    /// The world of a command, as the command line reads it.
    init(command: String) throws {
        let words = command.split(separator: " ").map(String.init)
        try #require(words.prefix(2) == ["berth", "simulate"])
        var options: [String: String] = [:]
        for index in stride(from: 2, to: words.count - 1, by: 2) { options[words[index]] = words[index + 1] }
        let seed = try #require(options["--seed"].flatMap(UInt64.init))
        self.init(
            seed: seed, faults: try Fault.listed(options["--faults"] ?? "all"), nodes: options["--nodes"].flatMap(Int.init),
            seconds: options["--duration"].flatMap(Int.init), calm: options["--calm"].flatMap(Int.init) ?? 1,
            omissions: try options["--without"].map(Replay.Omission.listed) ?? [],
            luck: options["--luck"].flatMap(UInt64.init) ?? 0)
    }
}
