import Addressing
import Foundation
import NetlinkAdapter
import NodePorts
import NodeReports
import PodNetwork
import Testing

extension EndToEnd {
    /// What other programs do to the node's network, and how long it lasts.
    @Suite struct Repair {
        /// In the words of an administrator, run in the node's namespace; `LINK` stands for a pod's link, `POD` for its address.
        enum Damage: String, CaseIterable {
            case everyRuleOfOurs = "for p in 512 1024 1536 32765; do while ip rule del priority $p 2>/dev/null; do :; done; done"
            case podRoute = "ip route del POD"
            case podRouteReplaced = "ip route replace POD dev LINK scope link protocol 190 src 0.0.0.0; ip route del POD"
            case eniTable = "ip route flush table 2"
            case podLinkDown = "ip link set LINK down"
            case eniLinkDown = "ip link set eth1 down"
            case eniAddresses = "ip address flush dev eth1"
            case firewall = "nft flush ruleset"
            case firewallRules = "nft flush chain inet berth departures"
        }

        /// The budget of a repair.
        static let limit: Duration = .seconds(1)

        @Test(arguments: Damage.allCases) func damageUnderTrafficIsMendedWithinASecond(damage: Damage) throws {
            // Nine pods have their addresses from the primary ENI, the others from the next.
            try SimulatedCluster.runOne("m5.large") { node in
                let scene = try Scene(on: node, pods: 12)
                let before = try FullSnapshot(node)
                let ping = try scene.startPing()
                #expect(ping.awaitOutput(containing: "icmp_seq"))
                try scene.damage(damage.rawValue)
                try expectMended(node, before, of: "\(damage)")
                try scene.expectPodsReachEachOther()
                ping.signal(SIGINT)
                ping.finish()
                #expect(try node.status().repairs.objects > 0)
            }
        }

        private func expectMended(_ node: SimulatedNodeProcess, _ before: FullSnapshot, of damage: String) throws {
            let begin = ContinuousClock.now
            let isMended = try eventually(within: .seconds(10)) { try FullSnapshot(node) == before }
            let took = ContinuousClock.now - begin
            #expect(isMended && took < Self.limit, "\(damage) was mended after \(took)")
            print("repair: \(damage) mended after \(took)")
        }

        @Test func theRulesOfAHundredAndTenPodsComeBackWithinASecondAndThoseOfOthersAreNotTouched() throws {
            try SimulatedCluster.run([ManyPods.roomyNode]) { cluster in
                let node = cluster.nodes[0]
                let scene = try Scene(on: node, pods: 110)
                let before = try FullSnapshot(node)
                let ping = try scene.startPing()
                #expect(ping.awaitOutput(containing: "icmp_seq"))
                try scene.damage(Damage.everyRuleOfOurs.rawValue)
                try expectMended(node, before, of: "the rules of 110 pods")
                ping.signal(SIGINT)
                ping.finish()
            }
        }

        @Test func aPodWhoseNamespaceDiesWithoutADELGivesItsAddressBack() throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                let pod = try Pod("web", on: node)
                try pod.add()
                try pod.removeNamespace()
                #expect(try eventually { try node.held() == [:] })
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
                #expect(try node.status().repairs.podsGone == 1)
                try pod.delete()
            }
        }

        @Test func doctorTellsWhatStandsInAPodsWayAndMendsWhatItCan() throws {
            try SimulatedCluster.runOne { node in
                let scene = try Scene(on: node, pods: 2)
                let healthy = try scene.doctor()
                #expect(healthy.status == 0 && healthy.output == "The node's network is as it must be.\n", "\(healthy)")
                try scene.damage("ip route replace POD dev lo scope link")
                #expect(try eventually { try scene.doctor("--output", "json").status == 1 })
                let found = try scene.doctor("--output", "json")
                let report = try JSONDecoder().decode(DriftReport.self, from: Data(found.output.utf8))
                #expect(report.schema == "berth/drift/1")
                #expect(report.drift.map(\.state) == ["foreign-conflict"] && report.drift.map(\.owner) == ["pod default/web-0"])
                let table = try scene.doctor("--repair")
                #expect(table.status == 1 && table.output.contains("route \(scene.addresses[0])/32 dev lo"), "\(table)")
                try scene.damage("ip route del POD dev lo")
                #expect(try eventually { try scene.doctor("--repair").status == 0 })
                try scene.expectPodsReachEachOther()
            }
            let away = try ChildProcess.run([Programs.berth, "doctor", "--socket", "/nowhere/api.sock"])
            #expect(away.status == 3)
        }

        /// An agent that deletes the same rule for two seconds.
        @Test func aFightOverARuleDoesNotKeepTheNodeBusyAndIsWonInTheEnd() throws {
            try SimulatedCluster.runOne { node in
                let scene = try Scene(on: node, pods: 1)
                let before = try FullSnapshot(node)
                try scene.damage("end=$(($(date +%s) + 2)); while [ $(date +%s) -le $end ]; do ip rule del priority 512 2>/dev/null; done")
                let repairs = try node.status().repairs.rules
                #expect(repairs >= 4 && repairs < 12, "\(repairs)")
                #expect(node.log.contains("repairs keep being undone by another program"))
                let mended = try scene.doctor("--repair")
                #expect(mended.status == 0, "\(mended)")
                #expect(try eventually { try FullSnapshot(node) == before })
            }
        }
    }
}

/// Some pods, and objects of other programs beside theirs.
private struct Scene {
    let node: SimulatedNodeProcess
    let pods: [Pod]
    let addresses: [IPv4Address]
    private let link: LinkName

    init(on node: SimulatedNodeProcess, pods count: Int) throws {
        self.node = node
        pods = try (0..<count).map { try Pod("web-\($0)", on: node) }
        addresses = try onThreads(8, pods) { try $0.add() }
        link = try #require(LinkName.hostVeth(prefix: "eni", namespace: "default", name: "web-0"))
        try damage("ip rule add priority 700 from 192.0.2.0/24 lookup 77; ip route add 192.0.2.0/24 dev lo table 77 protocol static")
        // Nothing of the pool is on its way that would change links or tables meanwhile, nor about to be: a shortage waits a
        // hundredth of a second before EC2 is asked.
        #expect(
            try eventually {
                guard try node.status().callsInFlight == 0 else { return false }
                usleep(100_000)
                return try node.status().callsInFlight == 0
            })
    }

    private var namespace: String { URL(fileURLWithPath: node.namespace.path).lastPathComponent }

    func damage(_ script: String) throws {
        let script = script.replacingOccurrences(of: "LINK", with: link.rawValue).replacingOccurrences(of: "POD", with: "\(addresses[0])")
        let outcome = try ChildProcess.run(["ip", "netns", "exec", namespace, "sh", "-c", script])
        #expect(outcome.errors == "", "\(script): \(outcome)")
    }

    /// Pings the last pod from the first until it is told to stop.
    func startPing() throws -> ChildProcess {
        let netns = URL(fileURLWithPath: pods[0].namespace.path).lastPathComponent
        return try ChildProcess(["ip", "netns", "exec", netns, "ping", "-n", "-i", "0.02", "\(addresses[addresses.count - 1])"])
    }

    func expectPodsReachEachOther() throws {
        #expect(try pods[0].reaches(addresses[addresses.count - 1]))
        #expect(try pods[pods.count - 1].reaches(addresses[0]))
    }

    func doctor(_ options: String...) throws -> ChildProcess.Outcome {
        try ChildProcess.run([Programs.berth, "doctor", "--socket", "\(node.runDirectory)/api.sock"] + options)
    }
}

/// What programs put into a node's namespace, for ENIs and everybody, as the port reads it and as `ip` prints the rules.
private struct FullSnapshot: Equatable {
    private let contents: Set<String>
    private let rules: String
    private let firewall: String

    init(_ node: SimulatedNodeProcess) throws {
        let all = try node.namespace.enter().contents()
        // IPv6 gives links addresses and routes by itself; they come back when it pleases, and neighbours of ENIs are learnt.
        let addresses = all.addresses.filter { !"\($0.address)".hasPrefix("fe80") }
        let routes = all.routes.filter { $0.destination.family == .v4 || $0.origin != .kernel }
        let neighbours = all.neighbours.filter { !$0.device.rawValue.hasPrefix("eth") }
        contents = Set(
            all.links.map { "\($0.name) \($0.isUp) \($0.mtuBytes) \($0.alias)" } + addresses.map { "\($0)" }
                + routes.map { "\($0) protocol \($0.origin.number)" } + neighbours.map { "\($0)" })
        let namespace = URL(fileURLWithPath: node.namespace.path).lastPathComponent
        let listed = try ChildProcess.run(["ip", "-n", namespace, "-d", "rule"]).output
        // Rules of one priority stand in the order in which they were made.
        rules = listed.split(separator: "\n").sorted().joined(separator: "\n")
        firewall = try ChildProcess.run(["ip", "netns", "exec", namespace, "nft", "--stateless", "list", "ruleset"]).output
    }
}
