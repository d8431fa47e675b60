import Foundation
import PlanPageSamples
import Testing

extension EndToEnd {
    /// The page of `berth plan --html` in a real browser.
    @Suite(
        .enabled(
            if: !Browser.isMissing || Privileges.areRequired,
            "needs chromium, which make setup-test installs; BERTH_REQUIRE_PRIVILEGED=1 makes its absence a failure"))
    struct PlanPageInABrowser {
        private static let repository = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        private static let (desktop, phone, paper) = (1280, 390, 690)
        private static let sections = [
            "findings", "subnets", "blocks", "events", "simulation", "forecast", "cluster", "advice", "assumptions", "reproduce",
        ]

        @Test func theBrowserIsThere() {
            #expect(!Browser.isMissing, "install it with make setup-test")
        }

        @Test(arguments: Browser.Scheme.allCases, [desktop, phone])
        func everythingIsShownInItsPlace(scheme: Browser.Scheme, width: Int) throws {
            let page = try Browser(scheme: scheme).measurements(of: PlanSample.everything.html, width: width)
            check(page, width: width)
            #expect(page.charts.count > 15 && page.charts.allSatisfy { $0.width > 250 && $0.height >= 14 }, "\(page.charts)")
            #expect(page.unreachable == 0)
        }

        /// In order from top to bottom, inside the page, without an overlap, with text that can be read.
        private func check(_ page: PageMeasurements, width: Int) {
            #expect(Int(page.width) == width && page.scrollWidth <= page.width)
            #expect(page.beyond == [] && page.collisions == [])
            #expect(page.parts.map(\.id).filter { Self.sections.contains($0) } == Self.sections)
            #expect(page.parts.allSatisfy { $0.width * $0.height > 0 }, "\(page.parts)")
            #expect(zip(page.parts, page.parts.dropFirst()).allSatisfy { $0.y + $0.height <= $1.y + 1 }, "\(page.parts)")
            #expect(page.inks.count > 3 && page.inks.filter { $0.contrast < 4.5 }.map(\.text) == [], "\(page.inks)")
            #expect(page.fetched == 0)
        }

        @Test func lightIsLightAndDarkIsDark() throws {
            let papers = try Browser.Scheme.allCases.map { scheme in
                Colour(try Browser(scheme: scheme).measurements(of: PlanSample.everything.html, width: Self.desktop).paper).luminance
            }
            #expect(papers[0] < 0.05 && papers[1] > 0.9, "dark, light: \(papers)")
        }

        /// A chart that failed would be one colour: the paper's.
        @Test(arguments: Browser.Scheme.allCases) func everyChartIsDrawn(scheme: Browser.Scheme) throws {
            let browser = Browser(scheme: scheme)
            let html = PlanSample.everything.html
            let page = try browser.measurements(of: html, width: Self.desktop)
            let colours = try browser.colours(in: page.charts, of: html, width: Self.desktop, height: Int(page.height))
            #expect(colours.count == page.charts.count && colours.count > 15)
            #expect(colours.filter { $0.value < 4 } == [:])
            // A map has a colour and a pattern for each state of its blocks.
            #expect(colours.filter { $0.key.hasPrefix("map-") }.allSatisfy { $0.value > 8 }, "\(colours)")
        }

        @Test func onPaperEveryTableIsOpenAndNothingIsCutOff() throws {
            let html = PlanSample.everything.html
            let page = try Browser(scheme: .dark).measurements(of: html, width: Self.paper, isPrinted: true)
            #expect(page.beyond == [] && page.scrollWidth <= page.width)
            #expect(page.tables.count > 20)
            #expect(page.tables.filter { $0.height <= 20 || $0.x + $0.width > page.width + 1 }.map(\.id) == [])
            let pdf = String(decoding: try Browser().pdf(of: html), as: UTF8.self)
            #expect(pdf.hasPrefix("%PDF-") && pdf.components(separatedBy: "/Type /Page\n").count > 4)
        }

        // MARK: - What the program writes

        @Test(arguments: [
            ("Examples/plan.yaml", []), ("Examples/plan-7500-pods.yaml", []),
            ("Examples/plan-7500-pods.yaml", [("pods: 7500", "pods: 15000"), ("desired: 120", "desired: 240")]),
        ])
        func aPageOfTheProgramIsShownAsWell(example: String, changes: [(String, String)]) throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "berth-page-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let (plan, report) = (folder.appending(path: "plan.yaml"), folder.appending(path: "made/report.html"))
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let yaml = try String(contentsOf: Self.repository.appending(path: example), encoding: .utf8)
            try Data(changes.reduce(yaml) { $0.replacing($1.0, with: $1.1) }.utf8).write(to: plan)

            let plain = try ChildProcess.run([Programs.berth, "plan", plan.path])
            let outcome = try ChildProcess.run([Programs.berth, "plan", plan.path, "--html", report.path])
            #expect(outcome.status == plain.status && outcome.output == plain.output && outcome.errors == "")
            #expect(plain.status == (changes.isEmpty ? 0 : 1))
            let html = try String(contentsOf: report, encoding: .utf8)
            #expect(html.contains("berth plan \(plan.path) --html \(report.path)"))
            #expect(html.contains(changes.isEmpty ? "The cluster fits" : "The cluster does not fit"))
            check(try Browser().measurements(of: html, width: Self.desktop), width: Self.desktop)
        }

        @Test func aPageThatCannotBeWrittenIsToldOf() throws {
            let example = Self.repository.appending(path: "Examples/plan.yaml").path
            let outcome = try ChildProcess.run([Programs.berth, "plan", example, "--html", "/proc/report.html"])
            #expect(outcome.status == 2 && outcome.output.hasPrefix("FITS"))
            #expect(outcome.errors.hasPrefix("berth: /proc/report.html is not written: "), "\(outcome)")
        }
    }
}
