import Foundation
import NetlinkAdapter
import Testing

extension EndToEnd {
    @Suite struct Demo {
        /// What a demo could leave: namespaces, links of this one, files and processes.
        private struct Traces: Equatable {
            var namespaces = Self.names(in: NetworkNamespace.folder)
            var files = Self.names(in: "/run/berth-demo") + Self.names(in: "/tmp").filter { $0.hasPrefix("berth-demo") }
            var links = Self.names(in: "/sys/class/net")
            var daemons = Self.names(in: "/proc").filter { Int($0) != nil && Self.program(of: $0)?.hasSuffix("/berthd") == true }

            private static func names(in folder: String) -> [String] {
                ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            }

            private static func program(of process: String) -> String? {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/exe")
            }
        }

        @Test func itLosesNoPingAndLeavesNothingAlsoTheSecondTime() throws {
            let before = Traces()
            for _ in 1...2 {
                let outcome = try ChildProcess.run([Programs.berth, "demo"])
                #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
                #expect(outcome.output.contains("namespaces of this machine's kernel"))
                let pings = outcome.output.split(separator: "\n").filter { $0.contains(" lost") }
                #expect(pings.count >= 16 && pings.allSatisfy { $0.hasSuffix("3 of 3 back, 0 lost") }, "\(outcome.output)")
                #expect(outcome.output.contains("Nothing is left on either node"))
                #expect(Traces() == before)
            }
        }

        @Test(arguments: ["secondary", "prefix", "custom", "ipv6", "dual"])
        func eachModeShowsItsPodsAndPingsAndLeavesNothing(mode: String) throws {
            let before = Traces()
            for user in [[], ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]] {
                let outcome = try ChildProcess.run(user + [Programs.berth, "demo", "--mode", mode])
                #expect(outcome.status == 0, "\(outcome)")
                let pings = outcome.output.split(separator: "\n").filter { $0.contains(" lost") }
                #expect(pings.count >= 4 && pings.allSatisfy { $0.hasSuffix("3 of 3 back, 0 lost") }, "\(outcome.output)")
                let families = [pings.contains { $0.contains(" 10.0.") }, pings.contains { $0.contains(" 2600:") }]
                #expect(families == (mode == "ipv6" ? [false, true] : [true, mode == "dual"]), "\(outcome.output)")
                // The two subnets that the ENIConfigs name: 10.0.64.0/20 and 10.0.80.0/20.
                let ofOtherSubnets = pings.count { line in (64..<96).contains { line.contains(" 10.0.\($0).") } }
                #expect(ofOtherSubnets == (mode == "custom" ? pings.count : 0), "\(outcome.output)")
                #expect(outcome.output.contains("Nothing is left on either node"))
            }
            #expect(Traces() == before)
        }

        @Test(arguments: [SIGINT, SIGTERM], ["serve pods after", "ADD: ", "Pings, three each"])
        func aSignalInTheMiddleLeavesNothing(signal: Int32, moment: String) throws {
            let before = Traces()
            let demo = try ChildProcess([Programs.berth, "demo"])
            #expect(demo.awaitOutput(containing: moment))
            demo.signal(signal)
            let outcome = demo.finish()
            #expect(outcome.status == 130 && outcome.errors.contains("everything the demo made is removed"), "\(outcome)")
            #expect(Traces() == before)
        }

        @Test func withoutRootItRunsOnTheKernelInMemoryAndSaysSo() throws {
            let before = Traces()
            let outcome = try ChildProcess.run([
                "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", Programs.berth, "demo",
            ])
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.output.hasPrefix("Not root: ") && outcome.output.contains("kernel in memory"))
            let pings = outcome.output.split(separator: "\n").filter { $0.contains(" lost") }
            #expect(pings.count >= 16 && pings.allSatisfy { $0.hasSuffix("3 of 3 back, 0 lost") }, "\(outcome.output)")
            #expect(Traces() == before)
        }
    }
}
