import Addressing
import IncumbentState

/// What stands for and against taking a node over from the AWS VPC CNI, from what was found on it.
public enum MigrationCheck {
    /// - Returns: In no set order.
    public static func findings(_ evidence: NodeEvidence) -> [MigrationFinding] {
        let findings = files(evidence) + settings(evidence) + programs(evidence)
        // The incumbent's file says nothing of the pods that have come since.
        return evidence.isTakenOver ? findings + [takenOver] : findings + pods(evidence) + enis(evidence)
    }

    private static let takenOver = MigrationFinding(
        .takenOver, .tells, "berthd",
        "The node was taken over before; its pods are berthd's, and a take-over sees that the files are in place")

    // MARK: - Files

    private static func files(_ evidence: NodeEvidence) -> [MigrationFinding] {
        var findings: [MigrationFinding] = []
        switch evidence.checkpoint {
        case .absent where evidence.isTakenOver: break
        case .absent(let path):
            findings.append(
                MigrationFinding(
                    .checkpointAbsent, .blocks, path, "The file with the addresses of running pods is not there",
                    remedy: "Give its place with --ipam; on a node where aws-node never ran, install Berth with berthd install instead"))
        case .unreadable(let path, let problem, let remedy):
            findings.append(MigrationFinding(.checkpointUnreadable, .blocks, path, problem, remedy: remedy))
        case .found: break
        }
        switch evidence.conflist {
        case .absent(let path):
            findings.append(
                MigrationFinding(
                    .conflistAbsent, .blocks, path, "The incumbent's configuration for the container runtime is not there",
                    remedy: "Give its place with --conflist, or start aws-node once so that it writes the file"))
        case .unreadable(let path, let problem, let remedy):
            findings.append(
                MigrationFinding(.conflistUnreadable, .blocks, path, "The conflist cannot be taken: \(problem)", remedy: remedy))
        case .found(let conflist): findings += chain(conflist)
        }
        findings += evidence.otherCheckpoints.map { path in
            MigrationFinding(
                .otherCards, .blocks, path, "Pods hold addresses of a further network card, which cannot be told to belong to them",
                remedy: "Delete the pods with the annotation k8s.amazonaws.com/nicConfig, or keep aws-node on this node")
        }
        if !evidence.hasPlugin {
            findings.append(
                MigrationFinding(
                    .pluginAbsent, .blocks, "berth-cni", "The plugin to be installed is not there",
                    remedy: "Give its place with --plugin"))
        }
        if evidence.hasSettingsOfOthers {
            findings.append(
                MigrationFinding(
                    .settingsFileOfOthers, .tells, "settings",
                    "There is a file of settings that this command did not write; it stays as it is",
                    remedy: "Compare it with what berth migrate plan shows, or move it away to have it written"))
        }
        return findings
    }

    private static func chain(_ conflist: IncumbentConflist) -> [MigrationFinding] {
        conflist.chained.compactMap { type in
            switch type {
            case IncumbentConflist.egressType where conflist.hasEgress:
                MigrationFinding(
                    .egressPlugin, .tells, type, "egress-cni goes on giving pods their address of the other family; berthd gives none",
                    remedy: "Leave its file in the plugin folder")
            case IncumbentConflist.egressType:
                MigrationFinding(.egressPlugin, .tells, type, "egress-cni does nothing here, and leaves the list of plugins")
            case let type where IncumbentConflist.usualTypes.contains(type): nil
            default:
                MigrationFinding(
                    .chainedPlugin, .warns, type, "A further plugin is in the list, and stays behind ours",
                    remedy: "See that it works behind any plugin that makes a veth, or take it out of the list first")
            }
        }
    }

    // MARK: - Programs

    private static func programs(_ evidence: NodeEvidence) -> [MigrationFinding] {
        var findings: [MigrationFinding] = []
        let running = evidence.running
        if running.incumbent && running.berth {
            findings.append(
                MigrationFinding(
                    .bothRun, .blocks, "aws-node, berthd", "Both daemons run: two give out the same addresses",
                    remedy: "Stop berthd, then aws-node, and look again"))
        } else if running.incumbent {
            findings.append(
                MigrationFinding(
                    .agentRuns, .tells, "aws-node", "It runs: take-over refuses until it is stopped",
                    remedy: "Keep it from this node when you take over, by its nodeSelector or by deleting the DaemonSet"))
        } else if running.berth {
            findings.append(
                MigrationFinding(
                    .daemonRuns, .tells, "berthd", "It runs: pods that it has are not in the incumbent's file",
                    remedy: "Stop it before a take-over"))
        }
        if !evidence.legacyFirewall.isEmpty {
            findings.append(
                MigrationFinding(
                    .legacyFirewall, .warns, evidence.legacyFirewall.joined(separator: ", "),
                    "The incumbent's chains are in iptables-legacy, where berthd does not change anything: they stay beside ours",
                    remedy: "Remove them with iptables-legacy once berthd serves, or restart the node when it is empty"))
        }
        return findings + networkPolicy(evidence)
    }

    private static func networkPolicy(_ evidence: NodeEvidence) -> [MigrationFinding] {
        let mode = evidence.environment?["NETWORK_POLICY_ENFORCING_MODE"]?.lowercased()
        let isStrict = mode == "strict"
        guard isStrict || evidence.environment?.enforcesNetworkPolicies == true || evidence.running.policyAgent else { return [] }
        return [
            MigrationFinding(
                .networkPolicy, .blocks, "aws-eks-nodeagent",
                "It enforces network policies on pods that aws-node tells it of, and berthd tells it of none: new pods would be unprotected",
                remedy:
                    "Install a policy engine that finds pods by itself, such as Calico in policy-only mode, and switch this one off first")
        ]
    }

    // MARK: - ENIs

    /// Of pods' addresses, which EC2 does not have on an ENI of the node; only where EC2 was asked.
    private static func enis(_ evidence: NodeEvidence) -> [MigrationFinding] {
        guard let enis = evidence.attachedENIs else { return [] }
        return evidence.adoptablePods.compactMap { entry in
            guard case .v4(let address) = entry.address else { return nil }
            guard !enis.contains(where: { $0.has(address) }) else { return nil }
            return MigrationFinding(
                .eniNotAttached, .warns, "\(entry.address)",
                "EC2 shows the address on none of the \(enis.count) ENIs of the node: the pod cannot be reached from elsewhere",
                remedy: "Delete the pod; berthd holds the address in quarantine until then")
        }
    }
}
