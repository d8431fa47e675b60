import Addressing
import Foundation
import IPAMEngine
import Simulator
import Testing
import Timeline
import VPCModel

/// What a node costs its account in calls, counted on the wire.
@Suite(.timeLimit(.minutes(5))) struct CallLedgerTests {
    @Test func theTableOfCallsIsWhatWasCounted() async throws {
        var measured: [CallLedger.Mode: CallLedger.Measured] = [:]
        for mode in CallLedger.Mode.allCases { measured[mode] = try await CallLedger.measure(mode) }
        let page = CallLedger.page
        let text = try String(contentsOf: page, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- calls: `make docs` writes this table -->\n"))
        let end = try #require(text.range(of: "<!-- end of calls -->", range: start.upperBound..<text.endIndex))
        let written = text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: CallLedger.table(measured))
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            try Data(written.utf8).write(to: page.resolvingSymlinksInPath(), options: .atomic)
        } else {
            #expect(text == written, "run: make docs")
        }
    }

    /// The budget: create with all addresses or prefixes, attach, delete-on-termination; one call more fills the primary ENI.
    @Test(arguments: CallLedger.Mode.allCases) func anENITakesThreeChangesAndAFullerOneOneAndNeitherADescription(
        mode: CallLedger.Mode
    ) async throws {
        let measured = try await CallLedger.measure(mode)
        let described = CallLedger.describes.filter { measured.growth[$0, default: 0] > 0 }
        #expect(described == [], "\(measured.growth)")
        let all = measured.all
        let made = measured.enis - 1
        for step in ["CreateNetworkInterface", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute"] {
            #expect(all[step, default: 0] == made, "\(step): \(all)")
        }
        let assigned = measured.growth["AssignPrivateIpAddresses", default: 0] + measured.growth["AssignIpv6Addresses", default: 0]
        #expect(assigned <= 1, "\(measured.growth)")
        #expect(measured.start.values.reduce(0, +) <= 8, "\(measured.start)")
    }

    /// 110 pods fit the prefixes of the primary ENI; 87 single addresses beside its 29 take three more ENIs.
    @Test(arguments: [(CallLedger.Mode.prefix, 0), (.secondary, 3)]) func podsThatWaitForTheDaemonAreServedByOneCallAndThreeForEachENI(
        mode: CallLedger.Mode, enis: Int
    ) async throws {
        let measured = try await CallLedger.measure(mode, isAwaited: true)
        let changes = measured.all.filter { CallLedger.changes.contains($0.key) }
        let made = [
            "CreateNetworkInterface": enis, "AttachNetworkInterface": enis, "ModifyNetworkInterfaceAttribute": enis,
            "AssignPrivateIpAddresses": 1,
        ].filter { $0.value > 0 }
        #expect(changes == made && measured.enis == 1 + enis)
    }

    /// The page's figures for the incumbent follow from its rules on paper; the simulator has the same rules as a program.
    @Test(arguments: [CallLedger.Mode.secondary, .prefix]) func theIncumbentsCallsAreThoseThatItsPolicyMakes(
        mode: CallLedger.Mode
    ) throws {
        let scenario = Scenario(
            seed: 1, subnet: IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 20),
            addressing: mode == .prefix ? .prefix : .secondary, targets: WarmTargets(),
            limits: CallLedger.limits, churn: Scenario.Churn(arrivalInterval: nil, burstInterval: nil, garbageInterval: nil),
            duration: .seconds(600), auditInterval: 0)
        let pods = (0..<CallLedger.pods).map {
            TracedPod(number: $0, node: 0, begin: .zero + .seconds(60), end: .zero + .seconds(10_000))
        }
        let use = try Simulation<IncumbentPolicy>.follow(pods, in: scenario)
        #expect(use.report.served == CallLedger.pods)
        var counted = Dictionary(uniqueKeysWithValues: use.report.calls.map { ($0.key.rawValue, $0.value) })
        // The simulator counts DescribeInstances among the descriptions of ENIs.
        let instances = counted["CreateNetworkInterface", default: 0]
        counted["DescribeNetworkInterfaces", default: 0] -= instances
        counted["DescribeInstances"] = instances == 0 ? nil : instances
        #expect(counted == CallLedger.incumbent(mode))
    }
}
