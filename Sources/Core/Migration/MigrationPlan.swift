import IncumbentState
import JSON
import PodNetwork

/// What a take-over does on a node, in order, in words and as the commands that come to the same. Nothing is changed by having it.
public struct MigrationPlan: Hashable, Sendable {
    public let steps: [Step]

    public struct Step: Hashable, Sendable, Codable {
        /// Stable for programs, such as `place-conflist`.
        public let name: String
        /// Who does it: `operator`, `berth` for `berth migrate take-over`, or `berthd` at its next start.
        public let actor: Actor
        /// What happens, as a sentence without its full stop.
        public let action: String
        /// What comes to the same, a line each; empty where no command does.
        public let commands: [String]
        /// What is written or removed, or who is adopted, a line each.
        public let details: [String]

        public enum Actor: String, Hashable, Sendable, Codable {
            case `operator`, berth, berthd
        }
    }

    public init(_ evidence: NodeEvidence, _ places: MigrationPlaces, plugin: String) {
        steps =
            Self.beforehand + Self.keeping(places) + Self.settings(evidence, places) + Self.handingOver(places)
            + Self.placing(evidence, places, plugin) + Self.starting(evidence, places)
    }

    private static var beforehand: [Step] {
        [
            Step(
                name: "stop-aws-node", actor: .operator, action: "Keep aws-node from this node; pods go on running without it",
                commands: [
                    "kubectl label node NODE \(NodeChoice.label)=\(NodeChoice.berth) --overwrite",
                    "kubectl -n kube-system patch daemonset aws-node --patch '\(NodeChoice.incumbentPatch)'",
                ], details: [])
        ]
    }

    private static func keeping(_ places: MigrationPlaces) -> [Step] {
        [
            Step(
                name: "keep-files", actor: .berth, action: "Keep the incumbent's files for a roll-back",
                commands: [
                    "cp -p \(places.conflist) \(places.keptConflist)", "cp -p \(places.checkpoint) \(places.keptCheckpoint)",
                ], details: [])
        ]
    }

    private static func settings(_ evidence: NodeEvidence, _ places: MigrationPlaces) -> [Step] {
        guard !evidence.hasSettingsOfOthers else { return [] }
        return [
            Step(
                name: "write-settings", actor: .berth, action: "Write the settings of aws-node to \(places.settings)", commands: [],
                details: SettingsFile.text(evidence).split(separator: "\n").map(String.init))
        ]
    }

    private static func handingOver(_ places: MigrationPlaces) -> [Step] {
        [
            Step(
                name: "hand-over", actor: .berth, action: "Hand the addresses of running pods to berthd's next start",
                commands: ["mv \(places.journal) \(places.journalAside)", "cp \(places.checkpoint) \(places.handOver)"], details: [])
        ]
    }

    private static func placing(_ evidence: NodeEvidence, _ places: MigrationPlaces, _ plugin: String) -> [Step] {
        var steps = [
            Step(
                name: "place-plugin", actor: .berth,
                action: "Place the plugin under its own name, and under the incumbent's for the pods that run",
                commands: [
                    "install -m 755 \(plugin) \(places.pluginFolder)/berth-cni",
                    "mv \(places.incumbentPlugin) \(places.incumbentPlugin).before-berth",
                    "install -m 755 \(plugin) \(places.incumbentPlugin)",
                ], details: [])
        ]
        if let conflist = evidence.conflist.value {
            steps.append(
                Step(
                    name: "place-conflist", actor: .berth, action: "Replace \(places.conflist); network and plugin keep their names",
                    commands: [], details: [JSONValue.object(conflist.adopted(socket: places.pluginSocket)).description]))
        }
        return steps
    }

    private static func starting(_ evidence: NodeEvidence, _ places: MigrationPlaces) -> [Step] {
        let pods = evidence.adoptablePods.map { entry in
            let table = evidence.table(ofPodAt: entry.address).map { "table \($0.number)" } ?? "table main"
            return "\(entry.podNamespace ?? "-")/\(entry.podName ?? "-") \(entry.address) \(table)"
        }
        let run = places.runDirectory == MigrationPlaces().runDirectory ? "" : " --run-directory \(places.runDirectory)"
        return [
            Step(
                name: "start-berthd", actor: .operator, action: "Start berthd, by its DaemonSet or its unit",
                commands: ["berthd --config \(places.settings)\(run)"], details: []),
            Step(name: "adopt-pods", actor: .berthd, action: "Adopt \(pods.count) pods with their addresses", commands: [], details: pods),
            Step(
                name: "replace-firewall", actor: .berthd,
                action: "Put table inet berth in the place of the incumbent's chains, in one transaction", commands: [],
                details: evidence.firewall.map { "- \($0)" }),
        ]
    }
}

/// How a cluster in which both daemons are installed says which of them a node has.
public enum NodeChoice {
    public static let label = "berth.node/cni"
    public static let berth = "berth"

    /// Keeps the incumbent from nodes with the label; its own conditions stay, since a merge replaces only the list it names.
    public static let incumbentPatch =
        #"{"spec":{"template":{"spec":{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":"#
        + #"{"nodeSelectorTerms":[{"matchExpressions":[{"key":"kubernetes.io/os","operator":"In","values":["linux"]},"#
        + #"{"key":"kubernetes.io/arch","operator":"In","values":["amd64","arm64"]},"#
        + #"{"key":"eks.amazonaws.com/compute-type","operator":"NotIn","values":["fargate","hybrid","auto"]},"#
        + "{\"key\":\"\(label)\",\"operator\":\"NotIn\",\"values\":[\"\(berth)\"]}]}]}}}}}}}"
}

extension MigrationPlan: CustomStringConvertible {
    /// The steps with numbers, for people.
    public var description: String {
        steps.enumerated().map { index, step in
            let who =
                switch step.actor {
                case .operator: "you"
                case .berth: "berth migrate take-over"
                case .berthd: "berthd"
                }
            let head = "\(index + 1). \(step.action). (\(who))"
            return ([head] + step.commands.map { "     $ \($0)" } + step.details.map { "     \($0)" }).joined(separator: "\n")
        }.joined(separator: "\n") + "\n"
    }
}
