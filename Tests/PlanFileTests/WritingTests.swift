import CapacityPlanner
import Foundation
import NodeConfiguration
import PlanFile
import Testing

@Suite struct WritingTests {
    @Test func theExampleIsWrittenAsItReads() throws {
        let scenario = try PlanFile.scenario(yaml: PlanFile.example, file: "example.yaml")
        let text = PlanFile.yaml(scenario)
        #expect(try PlanFile.scenario(yaml: text, file: "written.yaml") == scenario, "\(text)")
    }

    @Test func remarksAreCommentsAtTheirPartsWhateverIsInThem() throws {
        let scenario = try PlanFile.scenario(yaml: PlanFileTests.whole, file: "plan.yaml")
        let remarks = [
            PlanScenario.Remark(.scenario, "a & b\nsubnets: *c"), PlanScenario.Remark(.subnet(scenario.subnets[1].id), "what ünd why"),
            PlanScenario.Remark(.workload("web"), "HPA 3 to 30"), PlanScenario.Remark(.cloud, "nothing known"),
        ]
        let text = PlanFile.yaml(scenario, title: [String(repeating: "long ", count: 60)], remarks: remarks)
        #expect(try PlanFile.scenario(yaml: text, file: "written.yaml") == scenario, "\(text)")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let web = try #require(lines.firstIndex(of: "  - name: web"))
        #expect(lines[web - 1] == "  # HPA 3 to 30" && lines.contains("# a & b?subnets: *c") && lines.contains("# nothing known"))
        #expect(lines.allSatisfy { $0.utf8.count <= 121 })
    }
}
