import Addressing
import IncumbentState
import PodNetwork

// The pods of the incumbent's file against what the kernel has of them (reference §3.3, §3.4, §3.8).
extension MigrationCheck {
    static func pods(_ evidence: NodeEvidence) -> [MigrationFinding] {
        let entries = evidence.checkpoint.value?.allocations ?? []
        let names = Set(evidence.links.map(\.name))
        let listed = entries.flatMap { pod($0, names, evidence) }
        // A file that was not read knows no pods, and all of them would be told as strangers.
        let strangers = evidence.checkpoint.value == nil ? [] : strangers(Set(entries.map(\.address)), evidence)
        return listed + strangers + branchPods(evidence)
    }

    private static func pod(_ entry: Checkpoint.Entry, _ links: Set<LinkName>, _ evidence: NodeEvidence) -> [MigrationFinding] {
        guard let link = evidence.hostLink(of: entry) else {
            return [
                MigrationFinding(
                    .podWithoutName, .blocks, "\(entry.address)",
                    "Its entry (\(entry.key)) has no pod's name, so its link cannot be found",
                    remedy: "Delete the pod, or bring aws-node to a release from v1.12 on and start the pod again")
            ]
        }
        guard links.contains(link) else {
            return [
                MigrationFinding(
                    .podWithoutLink, .warns, subject(entry),
                    "It has no link \(link) on the node: its entry is left behind, as aws-node does at its start",
                    remedy: "Delete the pod if it runs at all")
            ]
        }
        return route(entry, link, evidence) + rules(entry, evidence)
    }

    private static func route(_ entry: Checkpoint.Entry, _ link: LinkName, _ evidence: NodeEvidence) -> [MigrationFinding] {
        let routes = evidence.routes.filter { $0.destination == entry.address.hostCIDR && $0.table == .main }
        if routes.contains(where: { $0.device == link }) { return [] }
        guard let other = routes.first else {
            return [
                MigrationFinding(
                    .podRouteMissing, .warns, subject(entry), "No route leads to \(entry.address): nobody reaches the pod",
                    remedy: "Nothing: berthd makes it")
            ]
        }
        return [
            MigrationFinding(
                .podRouteDiffers, .blocks, subject(entry),
                "The route to \(entry.address) leads to \(other.device), and the pod's link is \(link): two pods have one address",
                remedy: "Delete both pods, and look again")
        ]
    }

    private static func rules(_ entry: Checkpoint.Entry, _ evidence: NodeEvidence) -> [MigrationFinding] {
        let block = entry.address.hostCIDR
        var findings: [MigrationFinding] = []
        let toPod = evidence.rules.filter { $0.priority == PodNetworkPlan.toPodPriority && $0.destination == block }
        if let other = toPod.first(where: { $0.table != .main }) {
            findings.append(
                MigrationFinding(
                    .podRuleDiffers, .blocks, subject(entry),
                    "The rule for packets to \(entry.address) looks up table \(other.table.number), not main",
                    remedy: "Delete the pod, whose packets go elsewhere"))
        } else if toPod.isEmpty {
            findings.append(
                MigrationFinding(
                    .podRuleMissing, .warns, subject(entry),
                    "There is no rule \(PodNetworkPlan.toPodPriority) for packets to \(entry.address)",
                    remedy: "Nothing: berthd makes it"))
        }
        let tables = Set(
            evidence.rules.filter { $0.priority == PodNetworkPlan.fromPodPriority && $0.source == block }.map(\.table))
        if tables.count > 1 {
            findings.append(
                MigrationFinding(
                    .podRuleDiffers, .blocks, subject(entry),
                    "Rules for packets from \(entry.address) look up \(tables.count) tables: "
                        + tables.sorted().map { "\($0.number)" }.joined(separator: ", "),
                    remedy: "Remove the rule whose table is not that of the ENI with the address"))
        } else if let table = tables.first, !isOfENI(table, entry.address.family, evidence) {
            findings.append(
                MigrationFinding(
                    .podTableUnknown, .blocks, subject(entry),
                    "Packets from \(entry.address) are to leave by table \(table.number), which has no default route",
                    remedy: "Delete the pod, which reaches nobody outside of the node"))
        }
        return findings
    }

    private static func isOfENI(_ table: RouteTable, _ family: AddressFamily, _ evidence: NodeEvidence) -> Bool {
        evidence.routes.contains { $0.table == table && $0.destination.prefixLength == 0 && $0.destination.network.family == family }
    }

    /// Addresses with rules of pods that the file does not know.
    private static func strangers(_ known: Set<IPAddress>, _ evidence: NodeEvidence) -> [MigrationFinding] {
        let podRules = evidence.rules.filter { [PodNetworkPlan.toPodPriority, PodNetworkPlan.fromPodPriority].contains($0.priority) }
        let blocks = Set(podRules.compactMap { $0.priority == PodNetworkPlan.toPodPriority ? $0.destination : $0.source })
        return blocks.filter { $0 == $0.network.hostCIDR && !known.contains($0.network) }.map { block in
            let route = evidence.routes.first { $0.destination == block && $0.table == .main }
            guard let route, evidence.links.contains(where: { $0.name == route.device }) else {
                return MigrationFinding(
                    .ruleWithoutPod, .warns, "\(block.network)", "It has rules of a pod, and neither an entry nor a route",
                    remedy: "Remove the rules: ip rule del to \(block.network), ip rule del from \(block.network)")
            }
            return MigrationFinding(
                .podNotInCheckpoint, .blocks, "\(block.network)",
                "A pod behind \(route.device) has the address, and the incumbent's file does not know it: another pod would get it",
                remedy: "Delete the pod, or find the file of another network card")
        }
    }

    private static func branchPods(_ evidence: NodeEvidence) -> [MigrationFinding] {
        evidence.links.filter { $0.kind == "vlan" && $0.name.rawValue.hasPrefix("vlan.eth.") }.map { link in
            MigrationFinding(
                .branchENIPod, .blocks, "\(link.name)", "A pod with a branch ENI of its own runs behind it, and is in no file",
                remedy: "Drain pods with security groups of their own from this node")
        }
    }

    private static func subject(_ entry: Checkpoint.Entry) -> String {
        "\(entry.podNamespace ?? "-")/\(entry.podName ?? "-")"
    }
}
