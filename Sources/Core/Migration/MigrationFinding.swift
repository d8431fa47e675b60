/// One thing that was found while a node of the AWS VPC CNI was looked at, and what to do about it.
public struct MigrationFinding: Hashable, Sendable, Codable {
    /// What it is, stable for programs, such as `pod-without-link`. ``MigrationFinding/codes`` lists them.
    public let code: String
    public let weight: Weight
    /// What it is about: a pod, an address, a variable, a file.
    public let subject: String
    /// With its numbers, as a sentence without its full stop.
    public let problem: String
    /// What the operator does about it; empty where there is nothing to do.
    public let remedy: String

    /// Whether a take-over goes on in spite of it.
    public enum Weight: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
        /// A take-over is refused; `--force CODE` overrules it.
        case blocks
        /// Something gets worse or goes another way, and the take-over goes on.
        case warns
        /// Worth knowing.
        case tells

        public static func < (a: Weight, b: Weight) -> Bool { a.place < b.place }

        private var place: Int {
            switch self {
            case .blocks: 0
            case .warns: 1
            case .tells: 2
            }
        }
    }

    public init(_ code: Code, _ weight: Weight, _ subject: String, _ problem: String, remedy: String = "") {
        self.code = code.rawValue
        self.weight = weight
        self.subject = subject
        self.problem = problem
        self.remedy = remedy
    }

    /// Every code, in order.
    public static let codes = Code.allCases.map(\.rawValue).sorted()

    public enum Code: String, CaseIterable, Sendable {
        case agentRuns = "agent-runs"
        case bothRun = "both-run"
        case branchENIPod = "branch-eni-pod"
        case checkpointAbsent = "checkpoint-absent"
        case checkpointUnreadable = "checkpoint-unreadable"
        case chainedPlugin = "chained-plugin"
        case conflistAbsent = "conflist-absent"
        case conflistUnreadable = "conflist-unreadable"
        case customNetworking = "custom-networking"
        case daemonRuns = "daemon-runs"
        case egressPlugin = "egress-plugin"
        case eniNotAttached = "eni-not-attached"
        case environmentUnknown = "environment-unknown"
        case externalSNAT = "external-snat"
        case legacyFirewall = "legacy-firewall"
        case networkPolicy = "network-policy"
        case otherCards = "other-cards"
        case pluginAbsent = "plugin-absent"
        case podNotInCheckpoint = "pod-not-in-checkpoint"
        case podRouteDiffers = "pod-route-differs"
        case podRouteMissing = "pod-route-missing"
        case podRuleDiffers = "pod-rule-differs"
        case podRuleMissing = "pod-rule-missing"
        case podTableUnknown = "pod-table-unknown"
        case podWithoutLink = "pod-without-link"
        case podWithoutName = "pod-without-name"
        case releaseUnknown = "release-unknown"
        case ruleWithoutPod = "rule-without-pod"
        case securityGroupsForPods = "security-groups-for-pods"
        case settingDiffers = "setting-differs"
        case settingRefused = "setting-refused"
        case settingUnknown = "setting-unknown"
        case settingWithoutEffect = "setting-without-effect"
        case settingsFileOfOthers = "settings-file-of-others"
        case strictMode = "strict-mode"
        case takenOver = "taken-over"
        case vethPrefix = "veth-prefix"
    }
}

extension MigrationFinding: Comparable {
    /// What stands against a take-over first; then by code and subject, so that two looks at one node read the same.
    public static func < (a: MigrationFinding, b: MigrationFinding) -> Bool {
        (a.weight, a.code, a.subject, a.problem) < (b.weight, b.code, b.subject, b.problem)
    }
}

/// What a node of the AWS VPC CNI looks like to us, for programs.
public struct MigrationReport: Hashable, Sendable, Codable {
    public static let schema = "berth/migration-check/1"

    public var schema = Self.schema
    /// Whether nothing stands against a take-over that was not overruled.
    public let canTakeOver: Bool
    /// Pods that would be adopted.
    public let pods: Int
    /// Codes that were overruled.
    public let forced: [String]
    /// Ordered by weight, code and subject.
    public let findings: [MigrationFinding]

    /// - Parameter forced: The codes of findings that the operator overrules.
    public init(_ findings: [MigrationFinding], pods: Int, forced: Set<String> = []) {
        self.findings = findings.sorted()
        self.pods = pods
        self.forced = forced.sorted()
        canTakeOver = !findings.contains { $0.weight == .blocks && !forced.contains($0.code) }
    }

    /// What still stands against a take-over.
    public var obstacles: [MigrationFinding] {
        findings.filter { $0.weight == .blocks && !forced.contains($0.code) }
    }
}
