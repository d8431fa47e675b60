import Conformance
import Foundation
import Testing

/// The page that speaks of the checklist.
@Suite struct ConformanceReferenceTests {
    @Test func theTableOfRowsIsWhatTheChecklistMakesOfIt() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = root.appending(path: "Docs/Reference/Conformance.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- rows: `make docs` writes this table -->\n"))
        let end = try #require(text.range(of: "<!-- end of rows -->", range: start.upperBound..<text.endIndex))
        let written = text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: table)
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            try Data(written.utf8).write(to: page.resolvingSymlinksInPath(), options: .atomic)
        } else {
            #expect(text == written, "run: make docs")
        }
    }

    private var table: String {
        let rows = Requirement.all.map { "| \($0.id) | \($0.level.rawValue) | \($0.text) | \($0.method) |\n" }
        return "| row | level | what a plugin has to do | how it is found out |\n|---|---|---|---|\n" + rows.joined()
    }
}
