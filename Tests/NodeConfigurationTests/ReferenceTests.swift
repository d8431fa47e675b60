import Foundation
import IPAMEngine
import NodeConfiguration
import Testing

/// The pages and examples that speak of settings and scenarios.
@Suite struct ReferenceTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func theTableOfSettingsIsWhatTheSettingsMakeOfIt() throws {
        let page = root.appending(path: "Docs/Reference/Settings.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- settings: `make docs` writes this table -->\n"))
        let end = try #require(text.range(of: "<!-- end of settings -->", range: start.upperBound..<text.endIndex))
        let written = text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: Setting.reference + "\n")
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            try Data(written.utf8).write(to: page.resolvingSymlinksInPath(), options: .atomic)
        } else {
            #expect(text == written, "run: make docs")
        }
    }

    @Test func everySettingIsTold() {
        for setting in Setting.all {
            #expect(Setting.reference.contains("| `\(setting.name)` |") && !setting.meaning.isEmpty && !setting.meaning.hasSuffix("."))
            #expect(!setting.range.isEmpty && !setting.fallback.isEmpty, "\(setting.name)")
        }
    }

    @Test func aDefaultThatIsWrittenOutIsTheDefault() {
        for setting in Setting.all where !setting.fallback.contains(" ") && setting.fallback != "none" {
            var faults: [ConfigurationFault] = []
            let variables = NodeVariables([setting.name: (setting.fallback, "")], faults: &faults)
            #expect(variables == NodeVariables() && faults == [], "\(setting.name) is \(setting.fallback)")
        }
    }

    @Test(arguments: ["two-nodes", "modes"]) func anExampleCanBeRead(name: String) throws {
        let file = root.appending(path: "Examples/\(name).yaml")
        let scenario = try Scenario(yaml: String(contentsOf: file, encoding: .utf8), file: name)
        #expect(scenario.nodes.count >= 2)
    }

    @Test func theExampleOfModesHasANodeInEachOne() throws {
        let file = root.appending(path: "Examples/modes.yaml")
        let scenario = try Scenario(yaml: String(contentsOf: file, encoding: .utf8), file: "modes.yaml")
        let engines = scenario.nodes.map(scenario.engineConfiguration)
        for mode in [.secondary, .prefix, .ipv6, .dual(.secondary), .dual(.prefix)] as [EngineConfiguration.Addressing] {
            #expect(engines.contains { $0.addressing == mode }, "no node in mode \(mode)")
        }
        #expect(engines.contains { !$0.usesPrimaryENI }, "no node with custom networking")
        #expect(engines.contains { if case .discovered(_, _?) = $0.source.subnets { true } else { false } }, "no node that discovers")
        #expect(engines.contains { $0.limits.enisByCard.count > 1 }, "no node with several cards")
        #expect(engines.contains { $0.targets.auto != nil }, "no node with an automatic target")
        #expect(engines.contains { !$0.namedPools.isEmpty }, "no named pool")
    }
}
