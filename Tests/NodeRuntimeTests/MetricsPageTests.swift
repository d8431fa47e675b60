import NodeReports
import Testing

@Suite struct MetricsPageTests {
    @Test func aMetricHasItsHelpItsKindAndALineForEachValue() {
        var page = MetricsPage()
        page.add("calls_total", .counter, "Calls", [.init(3, [.init("action", "A"), .init("code", "OK")]), .init(0.5)])
        page.add("none", .gauge, "Left out", [])
        #expect(
            page.text == """
                # HELP calls_total Calls
                # TYPE calls_total counter
                calls_total{action="A",code="OK"} 3
                calls_total 0.5

                """)
    }

    @Test func whatWouldEndALineOrALabelIsEscaped() {
        var page = MetricsPage()
        page.add("x", .gauge, "a\\b\nc\"d", [.init(1, [.init("l", "a\\b\nc\"d")])])
        #expect(page.text == "# HELP x a\\\\b\\nc\"d\n# TYPE x gauge\nx{l=\"a\\\\b\\nc\\\"d\"} 1\n")
    }
}
