import Testing

/// What the rules read before they judge: import statements, words, paths, and the drawing they make.
struct ReadingTests {
    @Test(arguments: [
        ("import Logging", ["Logging"]),
        ("public import Logging", ["Logging"]),
        ("  @preconcurrency package import Logging", ["Logging"]),
        ("@testable import IPAMEngine", ["IPAMEngine"]),
        ("import struct Foundation.Date", ["Foundation"]),
        ("import Foundation.NSDate", ["Foundation"]),
        ("import A; import B", ["A", "B"]),
        ("#if canImport(Glibc)\nimport Glibc\n#else\nimport Musl\n#endif", ["Glibc", "Musl"]),
        ("import A  // import B", ["A"]),
        ("import A /* import B */", ["A"]),
        ("// import A", []),
        ("/* import A\n import B */ import C", ["C"]),
        ("let text = \"import A\"", []),
        ("let text = \"\"\"\nimport A\n\"\"\"\nimport B", ["B"]),
        ("let important = imports", []),
        ("importer.import()", []),
    ])
    func importsAreFoundInCodeAndNowhereElse(source: String, modules: [String]) {
        #expect(ImportStatement.all(in: source).map(\.module) == modules)
    }

    @Test func anImportIsToldWithItsLine() {
        #expect(ImportStatement.all(in: "// a\n\nimport A\n") == [ImportStatement(module: "A", line: 3)])
    }

    @Test(arguments: [
        ("// TODO: later", true), ("/// FIXME", true), ("let x = try! f()", true), ("let y = x as! Int", true), ("fatalError(\"\")", true),
        ("// never try! this", false), ("let mastodon = 1", false), ("alias != x", false), ("try f()", false), ("x as? Int", false),
    ])
    func wordsOfUnfinishedOrCrashingCodeAreFound(line: String, isBreach: Bool) {
        #expect(breaches(of: HouseRule.everywhere, in: line) == isBreach)
    }

    @Test(arguments: [
        ("Int.random(in: 0..<3)", true), ("Int.random(in: 0..<3, using: &random)", false), ("ContinuousClock().now", true),
        ("print(state)", true), ("fingerprint(state)", false), ("/// Reads no ContinuousClock.", false), ("Task { await f() }", true),
    ])
    func clocksChanceAndOutputAreFoundInTheCore(line: String, isBreach: Bool) {
        #expect(breaches(of: HouseRule.pure, in: line) == isBreach)
    }

    @Test func aBreachIsToldWithItsPlaceAndWhatToDo() {
        let rule = HouseRule(words: ["try!"], reason: "handle the failure")
        #expect(rule.breaches(in: "a\ntry! b", of: "X.swift") == ["X.swift:2 says try!: handle the failure"])
    }

    @Test func aPathOfTheMachineIsFoundAtItsBeginningOnly() {
        let workplace = "/wo" + "rk/main"
        #expect(WorkplacePath.mentions(in: "cd \(workplace)", of: "a").count == 1)
        #expect(WorkplacePath.mentions(in: workplace, of: "a").count == 1)
        #expect(WorkplacePath.mentions(in: "/tmp/" + "h-x", of: "a").count == 1)
        #expect(WorkplacePath.mentions(in: "https://example.org/net" + workplace, of: "a") == [])
        #expect(WorkplacePath.mentions(in: "/tmp/berth", of: "a") == [])
    }

    @Test func theMapDrawsOnlyArrowsThatDoNotFollowFromOthers() {
        let tree = SourceTree([
            target("Addressing", .core), target("Engine", .core, "Addressing"),
            target("berth-cni", .programs, "Addressing", "Engine", "Glibc"),
        ])
        let map = TargetMap(tree: tree, architecture: Architecture([TargetRule("Engine", "decides")])).markdown
        let arrows = map.split(separator: "\n").filter { $0.contains(" --> ") }.map { $0.drop(while: \.isWhitespace) }
        #expect(arrows == ["Engine --> Addressing", "berth_cni --> Engine"])
        #expect(map.contains("| `Engine` | decides | `Addressing` |"))
        #expect(map.contains("| `berth-cni` |  | `Addressing`, `Engine` |"))
        #expect(map.contains("    subgraph Core\n        Addressing[\"Addressing\"]\n        Engine[\"Engine\"]\n    end"))
    }

    private func breaches(of rules: [HouseRule], in line: String) -> Bool {
        rules.contains { !$0.breaches(in: line, of: "X.swift").isEmpty }
    }

    private func target(_ name: String, _ layer: Layer, _ modules: String...) -> SourceTarget {
        SourceTarget(name: name, layer: layer, imports: modules.map { SourceImport(module: $0, file: "", line: 1) })
    }
}
