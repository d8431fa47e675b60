import Foundation
import Testing

extension EndToEnd {
    /// `berth plan import` and `berth plan map` from outside; they need no node.
    @Suite struct PlanImportCommand {
        private static let saved = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "SnapshotReadingTests/Resources").path
        private static let aws = ["subnets", "network-interfaces", "instances", "vpcs", "reservations"].map { "\(saved)/\($0).json" }
        private static let kubernetes = ["cluster", "pods"].map { "\(saved)/\($0).json" }

        private func plan(_ arguments: [String]) throws -> ChildProcess.Outcome {
            try ChildProcess.run([Programs.berth, "plan"] + arguments)
        }

        @Test func whatIsImportedIsPlanned() throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "berth-import-\(UUID().uuidString).yaml").path
            defer { try? FileManager.default.removeItem(atPath: file) }
            let arguments = ["import", file, "--from-aws"] + Self.aws + ["--from-kubectl"] + Self.kubernetes
            let written = try plan(arguments)
            #expect(written.status == 0 && written.errors == "", "\(written)")
            let planned = try plan([file])
            #expect(planned.status == 0 && planned.errors == "" && planned.output.hasPrefix("FITS: 2 nodes with"), "\(planned)")
            let again = try plan(arguments)
            #expect(again.status == 2 && again.errors.contains("is not written: File exists"), "\(again)")
            let map = try plan(["map", file])
            #expect(map.status == 0 && map.output.contains("subnet-0a  10.0.0.0/24"), "\(map)")
        }

        @Test func theMapTellsWhoBlocks() throws {
            let text = try plan(["map", "--from-aws"] + Self.aws + ["--subnet", "subnet-0a"])
            #expect(text.status == 0 && text.output.contains("10.0.0.0    An..##..o...o.pA"), "\(text)")
            #expect(text.output.contains("load balancer app/web/50dc6c495c0c9188 (eni-05)") && !text.output.contains("subnet-0b"))
            let json = try plan(["map", "--output", "json", "--from-aws"] + Self.aws)
            #expect(json.status == 0 && json.output.contains("\"schema\" : \"berth/plan-map/1\""), "\(json)")
        }

        @Test func badInputEndsWithTwoAndSaysWhere() throws {
            let mixed = try plan(["import", "--from-aws", Self.kubernetes[0], "/nowhere.json"])
            #expect(mixed.status == 2 && mixed.output == "")
            #expect(mixed.errors.contains("cluster.json: it is an object without Vpcs, Subnets"), "\(mixed)")
            #expect(mixed.errors.contains("/nowhere.json: it cannot be opened: No such file or directory"))
            let bare = try plan(["import", "--from-aws", Self.aws[0]])
            #expect(bare.status == 2 && bare.errors.contains("there are no nodes"), "\(bare)")
            let strange = try plan(["map", "--from-aws"] + Self.aws + ["--subnet", "subnet-ff"])
            #expect(strange.status == 2 && strange.errors.contains("there is no subnet subnet-ff"), "\(strange)")
            let unsaid = try ChildProcess.run([Programs.berth, "plan", "map"])
            #expect(unsaid.status == 2 && unsaid.errors.contains("nothing says which VPC is meant"), "\(unsaid)")
        }
    }
}
