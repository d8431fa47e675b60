import Addressing
import IPAMEngine
import Simulator
import Testing
import Timeline

@Suite struct ReportTests {
    @Test(arguments: UInt64(1)...12) func theSameSeedGivesTheSameReport(seed: UInt64) throws {
        let first = try Simulation<IPAMEngine>.run(.varied(seed: seed))
        let second = try Simulation<IPAMEngine>.run(.varied(seed: seed))
        #expect(first == second)
    }

    @Test func aWorldWithoutFaultsServesEveryPod() throws {
        var scenario = Scenario.varied(seed: 3, faults: [])
        scenario.addressing = .secondary
        scenario.churn.burstInterval = nil
        scenario.operatorInterval = nil
        scenario.churn.trace = [Scenario.Arrival(after: .seconds(50), node: 0, pods: 3)]
        let report = try Simulation<IPAMEngine>.run(scenario)
        #expect(report.violations == [])
        #expect(report.served > 0 && report.served == report.waits.count)
        #expect(report.served + report.refusals.values.reduce(0, +) >= report.pods)
        #expect(try #require(report.attachedPerHeld) >= 1)
        #expect(try #require(report.waits.percentile(0.5)) <= (try #require(report.waits.percentile(0.99))))
    }

    @Test func aSubnetWithoutRoomForTheNodesIsRefused() {
        var scenario = Scenario.varied(seed: 1)
        scenario.nodes = 12
        scenario.subnet = IPv4CIDR(containing: scenario.subnet.network, prefixLength: 28)
        #expect(throws: (any Error).self) { try Simulation<IPAMEngine>.run(scenario) }
    }

    /// Prints how fast it is and asserts nothing of it: time is the machine's.
    @Test func theSpeedIsPrinted() throws {
        var scenario = Scenario.varied(seed: 4, faults: [])
        scenario.nodes = 20
        scenario.furtherSubnets = []
        scenario.namedPool = nil
        scenario.operatorInterval = nil
        scenario.subnet = IPv4CIDR(containing: scenario.subnet.network, prefixLength: 20)
        scenario.targets = WarmTargets(addresses: 4)
        scenario.addressing = .secondary
        scenario.limits = NodeLimits(enis: 4, slotsPerENI: 14, maxPods: 50)
        scenario.churn = Scenario.Churn(arrivalInterval: .seconds(1), lifetime: .seconds(20))
        scenario.auditInterval = 0
        let clock = ContinuousClock()
        let begin = clock.now
        let report = try Simulation<IPAMEngine>.run(scenario)
        let seconds = begin.duration(to: clock.now) / .seconds(1)
        print("simulator: \(report.events) events, \(report.served) pods, \(Int(Double(report.events) / seconds)) events/s")
        #expect(report.violations == [] && report.served > 1_000)
    }
}
