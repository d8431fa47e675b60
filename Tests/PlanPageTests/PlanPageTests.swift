import Addressing
import CapacityPlanner
import PlanPage
import PlanPageSamples
import Testing

@Suite struct PlanPageTests {
    private let page = PageReader(PlanSample.everything.html)

    @Test func aPageIsWellFormed() {
        #expect(page.faults == [])
        #expect(page.all("html").map { $0.attributes["lang"] } == ["en"] && page.all("h1").count == 1 && page.all("main").count == 1)
        #expect(page.all("script").isEmpty && page.all("link").isEmpty && page.all("img").isEmpty)
    }

    @Test func theSameValuesGiveTheSameBytes() {
        #expect(PlanSample.everything.html == PlanSample.everything.html)
    }

    /// A style may name a pattern of the page's own, and a link a place in it.
    @Test func aPageReachesForNothing() {
        let html = PlanSample.everything.html
        #expect(!html.contains("://") && !html.contains("@import") && !html.contains("src="))
        #expect(html.split(separator: "url(").dropFirst().allSatisfy { $0.hasPrefix("#p-") })
        #expect(page.elements.compactMap { $0.attributes["href"] }.allSatisfy { $0.hasPrefix("#") })
        #expect(page.all("meta").contains { $0.attributes["content"]?.hasPrefix("default-src &#39;none&#39;") == true })
    }

    @Test func whatIsReferredToIsThereAndOnce() {
        let ids = page.elements.compactMap { $0.attributes["id"] }
        #expect(ids.count == Set(ids).count)
        let references = page.elements.flatMap { element in
            (element.attributes["aria-labelledby"] ?? "").split(separator: " ")
                + (element.attributes["href"].map { [$0.dropFirst()] } ?? [])
        }
        #expect(references.count > 20)
        #expect(references.filter { !ids.contains(String($0)) } == [])
    }

    @Test func everyChartHasWordsAndATableBelowIt() {
        let charts = page.all("svg").filter { $0.attributes["role"] == "img" }
        #expect(charts.count == page.all("figure").count && charts.count > 15)
        #expect(page.all("title").count == charts.count + 1 && page.all("desc").count == charts.count)
        #expect(page.all("table").filter { $0.path.contains("figure") }.count == charts.count)
        // What is drawn besides is for the eye alone.
        let others = page.all("svg").filter { $0.attributes["role"] == nil && !$0.path.contains("svg") }
        #expect(others.allSatisfy { $0.attributes["aria-hidden"] == "true" })
    }

    @Test func everyTableHasACaptionAndSaysWhatItsHeadersAreFor() {
        #expect(page.all("caption").count == page.all("table").count)
        #expect(page.all("th").allSatisfy { $0.attributes["scope"] == ($0.path.contains("thead") ? "col" : "row") })
        let frames = page.all("div").filter { $0.attributes["class"] == "scroll" }
        #expect(frames.count == page.all("table").count && frames.allSatisfy { $0.attributes["tabindex"] == "0" })
    }

    @Test func theOutlineIsWhatItWas() {
        #expect(page.outline == Self.outline)
    }

    // MARK: - What names may be

    @Test(arguments: [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "</title></style><b>", "a & b",
        "]]><!--", "\u{202E}evil\u{0}\u{7}",
    ])
    func namesSayWhatTheySayAndNothingElse(name: String) throws {
        var sample = PlanSample.everything
        let scenario = PlanScenario.sample(subnets: ["subnet-\(name)", "subnet-0b"], group: name, workload: name)
        sample.scenario = scenario
        sample.simulated = .sample(scenario, seeds: 1...2)
        sample.maps = [
            BlockMap(
                subnet: SubnetID(unchecked: name), zone: name, block: scenario.subnets[0].block,
                blocks: [
                    .init(range: IPv4CIDR(containing: scenario.subnets[0].block.first, prefixLength: 28), state: .held(by: .other(name)))
                ])
        ]
        sample.origin = PlanPage.Origin(file: name, command: name, version: name)
        let page = PageReader(sample.html)
        #expect(page.faults == [])
        #expect(Set(page.elements.map(\.name)).isSubset(of: Set(self.page.elements.map(\.name))))
        let attributes = Set(page.elements.flatMap(\.attributes.keys))
        #expect(attributes.isSubset(of: Set(self.page.elements.flatMap(\.attributes.keys))))
        #expect(!sample.html.unicodeScalars.contains { $0.value == 0x202E || $0.value < 0x20 && $0 != "\n" })
        let group = try #require(page.all("th").first { $0.path.contains("section") && $0.text.contains("&") || $0.text.contains("evil") })
        #expect(!group.text.contains("<"))
    }

    // MARK: - What is not there

    @Test func whatIsNotKnownIsSaidWithWhatToDo() {
        let page = PageReader(PlanSample(.sample()).html)
        let text = page.all("main")[0].text
        #expect(page.faults == [])
        #expect(text.contains("With --simulate the daemon&#39;s own engine runs on every node."))
        #expect(text.contains("With --history FILE this part says"))
        #expect(text.contains("30 addresses of others lie nobody knows where and are not drawn"))
    }

    @Test func aRunThatWasEndedEarlySaysSo() {
        #expect(page.all("main")[0].text.contains("with 3 seeds of 5 that were asked for: the run was ended early (1, 2, 3)"))
    }

    @Test func aMapOfAnAccountSaysWhoBlocks() {
        let cells = page.all("td").map(\.text)
        #expect(cells.contains("i-0a1b with eni-0c2d (4), a load balancer (1)") && cells.contains("held as a prefix"))
    }

    // MARK: - Size

    /// A hundred subnets of 4,096 blocks that are all unlike their neighbours.
    @Test func aHundredLargeSubnetsMakeAPageThatCanStillBeSent() {
        let scenario = PlanScenario.sample(subnets: (0..<100).map { "subnet-\($0)" }, length: 16, nodes: 1000)
        var sample = PlanSample(scenario, simulated: .sample(scenario, seeds: 1...2), maps: scenario.subnets.map(BlockMap.sample))
        sample.advice = []
        let html = sample.html
        #expect(html.utf8.count < 6_000_000, "\(html.utf8.count) bytes")
        #expect(html.contains("Each square stands for 8 blocks."))
        #expect(PageReader(html).faults == [])
    }

    @Test func aSubnetByItselfIsDrawnBlockByBlock() {
        let html = PlanSample(.sample(subnets: ["subnet-0a"], length: 16)).html
        #expect(!html.contains("Each square stands for") && html.utf8.count < 400_000, "\(html.utf8.count) bytes")
    }
}
