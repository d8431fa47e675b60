import CapacityPlanner
import ClusterSimulator
import Foundation
import IPAMEngine
import Testing
import VPCModel

/// Large clusters, at a size that a test can wait for.
@Suite struct ScaleTests {
    private static func run(_ policy: ScaleRun.Policy, nodes: Int = 100, life: Duration = .seconds(3600)) throws -> ScaleRun {
        try #require(try ScaleRun.run(ScaleRun.Settings(policy: policy, nodes: nodes, life: life)))
    }

    @Test func thePageHasTheRowsThatTheCommandPrints() throws {
        let page = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Docs/Reference/Scale.md")
        let rows = Self.words(in: try String(contentsOf: page, encoding: .utf8))
        for policy in ScaleRun.Policy.allCases {
            let row = try #require(Self.words(in: ScaleStudy([try Self.run(policy)]).table).last)
            #expect(rows.contains(row), "\(row): run berth simulate --nodes 100 --hours 1 --policy both and put its rows into the page")
        }
        for note in ScaleStudy.notes { #expect(try String(contentsOf: page, encoding: .utf8).contains(note)) }
    }

    /// Lines without the width of their columns, which the longest row decides.
    private static func words(in text: String) -> [[Substring]] { text.split(separator: "\n").map { $0.split(separator: " ") } }

    @Test(arguments: ScaleRun.Policy.allCases) func theSameSettingsGiveTheSameRun(policy: ScaleRun.Policy) throws {
        #expect(try Self.run(policy, nodes: 20) == Self.run(policy, nodes: 20))
    }

    @Test(arguments: ScaleRun.Policy.allCases) func everyPodRunsInTheEnd(policy: ScaleRun.Policy) throws {
        let run = try Self.run(policy, nodes: 50)
        for stage in [run.comingUp, run.life, run.growth] { #expect(stage.podsWaiting == 0) }
        #expect(run.comingUp.readyAfter != nil && run.growth.readyAfter != nil)
        #expect(run.comingUp.served >= 50 * 20 && run.life.served > 50 * 15)
    }

    /// Each new ENI is a call to a bucket of five a second, and each node needs two.
    @Test func ec2sBucketsDecideHowLongALargeClusterTakes() throws {
        let run = try Self.run(.berth, nodes: 400, life: .seconds(60))
        let enis = run.comingUp.calls[.createNetworkInterface, default: 0] - run.comingUp.throttled[.createNetworkInterface, default: 0]
        let limit = EC2Operation.createNetworkInterface.publishedLimit
        #expect(enis > 700)
        let least = Double(enis - limit.burst) / Double(limit.perSecond)
        #expect(try #require(run.comingUp.readyAfter) / .seconds(1) >= least)
    }

    /// All nodes together ask for the subnets twice a second at most, however many there are.
    @Test func nodesOfALargeClusterAskForSubnetsMoreRarely() throws {
        func perNodeAndHour(_ nodes: Int) throws -> Double {
            Double(try Self.run(.berth, nodes: nodes).life.calls[.describeSubnets, default: 0]) / Double(nodes)
        }
        let (small, large) = (try perNodeAndHour(100), try perNodeAndHour(2400))
        #expect(small > 3 && large < small * 0.75, "\(small) and \(large) calls a node and hour")
    }

    @Test func whoeverEndsItGetsNothing() throws {
        let settings = ScaleRun.Settings(nodes: 200, life: .seconds(3600))
        #expect(try ScaleRun.run(settings, watch: SimulationWatch(isCancelled: { true })) == nil)
    }
}
