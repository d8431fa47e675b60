import Addressing
import Foundation
import NodePorts
import NodeReports
import SimulatedVPC
import Testing
import VPCModel

extension EndToEnd {
    /// What happens to ENIs around a daemon whose AWS is another process: others' are told and left, orphans go, groups follow.
    @Suite struct EC2Life {
        private static let dead = InstanceID(unchecked: "i-0dead0dead0dead00")

        @Test func whatADeadNodeLeftBehindIsToldAndThenSweptAndNothingElseIs() throws {
            try InstanceOverHTTP.run("t3.small", named: "sweep") { instance in
                let settings = ["CLUSTER_NAME": "prod", "WARM_IP_TARGET": "1", "BERTH_ENI_SWEEP_INTERVAL": "10"]
                let here = InstanceID(unchecked: try instance.instance())
                let lost = try leave(in: instance, by: Self.dead)
                let own = try leave(in: instance, by: here)
                let kept = [
                    "too-young": try leave(in: instance, by: Self.dead, age: .seconds(60)),
                    "other-cluster": try leave(in: instance, by: Self.dead, cluster: "test"),
                    "kept-by-others": try leave(in: instance, by: Self.dead, more: [ENITag.unmanaged: "true"]),
                    "age-unknown": try leave(in: instance, by: Self.dead, age: nil),
                    "not-of-a-node": try instance.vpc.perform { (vpc, now) throws(VPCError) in
                        try vpc.createENI(in: SubnetID(unchecked: "subnet-0a"), description: "a database's", at: now).id
                    },
                ]
                // Off at first, so that the look comes before the sweep.
                let off = settings.merging(["DISABLE_LEAKED_ENI_CLEANUP": "true"]) { $1 }
                try instance.node.start(instance.environment.merging(off) { $1 })
                let told = try orphans(instance.node, json: true)
                #expect(told.status == 1 && told.errors == "", "\(told)")
                let report = try JSONDecoder().decode(OrphansReport.self, from: Data(told.output.utf8))
                #expect(report.schema == "berth/orphans/1" && report.sweep.intervalSeconds == nil)
                #expect(Set(report.enis.filter(\.isOrphan).map(\.id)) == [lost, own])
                for (code, eni) in kept { #expect(report.enis.first { $0.id == eni }?.code == code, "\(report.enis)") }
                #expect(report.enis.count == 2 + kept.count && report.enis.allSatisfy { $0.action == "keep" })
                let table = try orphans(instance.node, json: false).output
                for eni in report.enis {
                    // Ages go on between the two looks.
                    let reason = eni.reason.prefix { !$0.isNumber }
                    #expect(table.contains("\(eni.id)") && table.contains(reason), "\(table)")
                }
                #expect(instance.node.terminate() == 0)

                try instance.node.start(instance.environment.merging(settings) { $1 })
                #expect(try orphans(instance.node, json: false).output.contains("The sweep comes every 10 s"))
                // At most 10 s to the first turn, and 30 s to its second look.
                let isSwept = try eventually(within: .seconds(90)) {
                    let left = try instance.vpc.snapshot().enis
                    return left[lost] == nil && left[own] == nil
                }
                #expect(isSwept, "\(instance.node.log.suffix(3000))")
                let left = try instance.vpc.snapshot().enis
                for (code, eni) in kept { #expect(left[eni] != nil, "\(code) was deleted") }
                #expect(try orphans(instance.node, json: false).status == 0)
                #expect(try instance.node.calls.isSubset(of: DocumentedCalls.all()), "\(instance.node.calls)")
            }
        }

        @Test func securityGroupsOfThePrimaryENIAreThoseOfTheOthersToo() throws {
            let (old, new) = (SecurityGroupID(unchecked: "sg-0a"), SecurityGroupID(unchecked: "sg-0b"))
            try InstanceOverHTTP.run("t3.small", named: "groups") { instance in
                let primary = try #require(try instance.vpc.snapshot().enis.keys.first)
                func setPrimary(_ group: SecurityGroupID) throws {
                    try instance.vpc.perform { (vpc, now) throws(VPCError) in
                        try vpc.modifyENI(primary, securityGroups: [group], at: now)
                    }
                }
                try setPrimary(old)
                try instance.node.start(instance.environment.merging(["WARM_IP_TARGET": "1", "IP_COOLDOWN_PERIOD": "0"]) { $1 })
                let pods = try (0..<4).map { try Pod("web-\($0)", on: instance.node) }
                for pod in pods { try pod.add() }
                func groups() throws -> [[SecurityGroupID]] {
                    try instance.vpc.snapshot().enis.values.filter { $0.attachment != nil }.map(\.securityGroups)
                }
                // Metadata that were late at the start are caught up with as any change is.
                #expect(try eventually(within: .seconds(60)) { try Set(groups()) == [[old]] }, "\(instance.node.log.suffix(3000))")
                #expect(try groups().count > 1)
                try setPrimary(new)
                #expect(try eventually(within: .seconds(60)) { try Set(groups()) == [[new]] }, "\(instance.node.log.suffix(3000))")
                // An ENI that is made from here on has them from the beginning.
                let more = try (4..<7).map { try Pod("web-\($0)", on: instance.node) }
                for pod in more { try pod.add() }
                #expect(try eventually { try groups() == [[new], [new], [new]] })
                for pod in pods + more { try pod.delete() }
            }
        }

        // MARK: -

        /// An ENI as a node makes it and loses it: created, tagged, and never attached.
        ///
        /// - Parameter age: Nil for an ENI without a time of creation.
        private func leave(
            in instance: InstanceOverHTTP, by maker: InstanceID, cluster: String = "prod", age: Duration? = .seconds(3600),
            more: [String: String] = [:]
        ) throws -> ENIID {
            var tags = [ENITag.instance: maker.rawValue, ENITag.cluster: cluster, ENITag.owner: ENITag.nodeOwner].merging(more) { $1 }
            tags[ENITag.createdAt] = age.map { (Date.now - TimeInterval($0.components.seconds)).formatted(.iso8601) }
            return try instance.vpc.perform { [tags] (vpc, now) throws(VPCError) in
                try vpc.createENI(
                    in: SubnetID(unchecked: "subnet-0a"), content: .addresses(1), description: ENITag.description(of: maker), tags: tags,
                    at: now
                ).id
            }
        }

        private func orphans(_ node: SimulatedNodeProcess, json: Bool) throws -> ChildProcess.Outcome {
            try ChildProcess.run(
                [Programs.berth, "enis", "--orphans", "--socket", "\(node.runDirectory)/api.sock"] + (json ? ["--output", "json"] : []))
        }
    }
}
