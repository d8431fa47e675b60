public import CNISpec
public import JSON

/// What a run of the checklist found out about a plugin.
public struct ConformanceReport: Hashable, Sendable {
    /// The plugin's path.
    public let plugin: String
    /// The versions in which it was driven, oldest first.
    public let versions: [CNIVersion]
    /// One for each requirement, in the checklist's order.
    public let rows: [Row]

    public init(plugin: String, versions: [CNIVersion], rows: [Row]) {
        self.plugin = plugin
        self.versions = versions
        self.rows = rows
    }

    public struct Row: Hashable, Sendable {
        public let requirement: Requirement
        public let verdict: Verdict
        /// The verdict in each version in which the row was judged; empty where no version is its matter.
        public let versions: [VersionVerdict]

        public init(_ requirement: Requirement, _ verdict: Verdict, versions: [VersionVerdict] = []) {
            self.requirement = requirement
            self.verdict = verdict
            self.versions = versions
        }
    }

    public var passed: Int { rows.count { $0.verdict == .passed } }
    public var failed: Int { rows.count { if case .failed = $0.verdict { true } else { false } } }
    public var notApplicable: Int { rows.count - passed - failed }

    /// The report for programs; `schema` changes when a member changes its meaning.
    public var json: JSONValue {
        [
            "schema": "berth/conformance/v1",
            "plugin": .string(plugin),
            "versions": .array(versions.map { .string($0.rawValue) }),
            "passed": JSONValue(passed),
            "failed": JSONValue(failed),
            "notApplicable": JSONValue(notApplicable),
            "rows": .array(rows.map(\.json)),
        ]
    }
}

extension ConformanceReport.Row {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "id": JSONValue(requirement.id), "level": .string(requirement.level.rawValue), "requirement": .string(requirement.text),
            "method": .string(requirement.method), "verdict": .string(verdict.word),
        ]
        object["reason"] = verdict.reason.map(JSONValue.string)
        if !versions.isEmpty {
            object["versions"] = .object(
                JSONObject(versions.map { JSONObject.Member(name: $0.version.rawValue, value: .string($0.verdict.word)) }))
        }
        return .object(object)
    }
}
