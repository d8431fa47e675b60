import JSON

/// The file of settings for berthd, made of the environment of `aws-node`.
public enum SettingsFile {
    /// How a file begins that we wrote, and may write again.
    public static let mark = "# Written by berth migrate take-over"

    /// The text, the same for the same evidence.
    ///
    /// Values that we refuse are left out, as the incumbent leaves them out: it then has its default, which is ours.
    public static func text(_ evidence: NodeEvidence) -> String {
        var lines = ["\(mark) from the settings of aws-node. Without this line it is not written again.", "settings:"]
        let settings = settings(evidence)
        if settings.isEmpty { lines[1] = "settings: {}" }
        lines += settings.sorted { $0.key < $1.key }.map { "  \($0.key): \(quoted($0.value))" }
        guard let custom = evidence.customNetworking else { return joined(lines) }
        lines += texts("labels", custom.labels, evidence) + texts("annotations", custom.annotations, evidence)
        if !custom.eniConfigs.isEmpty {
            lines.append("eniConfigs:")
            for config in custom.eniConfigs {
                lines.append("  \(quoted(config.name)):")
                lines.append("    subnet: \(quoted(config.subnet))")
                if !config.securityGroups.isEmpty {
                    lines.append("    securityGroups: [\(config.securityGroups.map(quoted).joined(separator: ", "))]")
                }
            }
        }
        return joined(lines)
    }

    /// Settings by name, as they go into the file.
    static func settings(_ evidence: NodeEvidence) -> [String: String] {
        let refused = Set(evidence.refusedSettings.map(\.name))
        var settings = (evidence.environment?.variables ?? [:]).filter { name, value in
            evidence.settingNames.contains(name) && !refused.contains(name) && !value.isEmpty
        }
        if let prefix = evidence.conflist.value?.vethPrefix, prefix != "eni" || settings["AWS_VPC_K8S_CNI_VETHPREFIX"] != nil {
            settings["AWS_VPC_K8S_CNI_VETHPREFIX"] = prefix
        }
        if evidence.conflist.value?.hasEgress == true {
            // egress-cni goes on doing it: two would both give the pod an address.
            settings["ENABLE_V4_EGRESS"] = "false"
            settings["ENABLE_V6_EGRESS"] = "false"
        }
        return settings
    }

    /// Of a node's labels and annotations those that can choose an ENIConfig.
    private static func texts(_ title: String, _ texts: [String: String], _ evidence: NodeEvidence) -> [String] {
        let names = [
            "vpc.amazonaws.com/externalEniConfig", "k8s.amazonaws.com/eniConfig", evidence.environment?["ENI_CONFIG_LABEL_DEF"] ?? "",
            evidence.environment?["ENI_CONFIG_ANNOTATION_DEF"] ?? "",
        ]
        let chosen = texts.filter { names.contains($0.key) }.sorted { $0.key < $1.key }
        return chosen.isEmpty ? [] : ["\(title):"] + chosen.map { "  \(quoted($0.key)): \(quoted($0.value))" }
    }

    /// A text of JSON, which YAML 1.2 reads as the same text.
    private static func quoted(_ text: String) -> String { JSONValue.string(text).description }

    private static func joined(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }
}
