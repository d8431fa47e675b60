import CNISpec
import Conformance
import JSON
import Testing

@Suite struct VerdictTests {
    @Test func aFaultInOneVersionIsAFaultOfTheRowAndNamesTheVersion() {
        let verdict = Verdict(combining: [
            VersionVerdict(.v040, .passed), VersionVerdict(.v100, .failed(["a", "b"])), VersionVerdict(.v110, .failed(["b"])),
        ])
        #expect(verdict == .failed(["1.0.0: a", "1.0.0, 1.1.0: b"]))
    }

    @Test func aFaultOfEveryVersionIsToldOnceWithoutThem() {
        let verdict = Verdict(combining: [VersionVerdict(.v100, .failed(["a"])), VersionVerdict(.v110, .failed(["a"]))])
        #expect(verdict == .failed(["a"]) && verdict.reason == "a" && verdict.word == "fail")
    }

    @Test func oneVersionThatPassesIsEnoughWhereOthersCannotBeJudged() {
        #expect(Verdict(combining: [VersionVerdict(.v040, .notApplicable("x")), VersionVerdict(.v100, .passed)]) == .passed)
        #expect(Verdict(combining: [VersionVerdict(.v040, .notApplicable("x"))]) == .notApplicable("x"))
    }

    @Test func aFaultThatComesOftenIsToldOnceAndOfManyTheFirstFew() {
        #expect(Verdict(faults: []) == .passed)
        #expect(Verdict(faults: ["a", "a", "b"]) == .failed(["a", "b"]))
        #expect(Verdict(faults: (1...9).map(String.init)) == .failed(["1", "2", "3", "4", "5 more like these"]))
    }

    @Test func theChecklistHas41RowsInOrder() {
        let ids = Requirement.all.map(\.id)
        #expect(ids == Array(1...18) + Array(20...42))
        #expect(Requirement.all.allSatisfy { !$0.text.isEmpty && !$0.method.isEmpty })
    }

    @Test func theReportCountsAndTellsEveryRow() {
        let rows = zip(Requirement.all, [Verdict.passed, .failed(["a", "b"]), .notApplicable("c")]).map {
            ConformanceReport.Row($0, $1, versions: $1 == .passed ? [VersionVerdict(.v100, .passed)] : [])
        }
        let report = ConformanceReport(plugin: "/opt/cni/bin/ptp", versions: [.v100], rows: rows)
        #expect((report.passed, report.failed, report.notApplicable) == (1, 1, 1))
        #expect(report.json["schema"] == "berth/conformance/v1" && report.json["failed"] == 1)
        let told = report.json["rows"]?.array ?? []
        #expect(told.map { $0["verdict"] } == ["pass", "fail", "not applicable"])
        #expect(told.map { $0["reason"] } == [nil, "a; b", "c"])
        #expect(told.first?["versions"] == ["1.0.0": "pass"])
    }
}
