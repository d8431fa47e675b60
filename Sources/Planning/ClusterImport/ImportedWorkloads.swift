import CapacityPlanner

/// The workloads: what controllers have made, and pods that no known controller accounts for.
struct ImportedWorkloads {
    private(set) var value: [PlanScenario.Workload] = []

    /// Pods that are written as one workload.
    private struct Draft {
        var name: ClusterSnapshot.Name
        /// Set before the name where two have the same.
        var kind: String
        var workload: PlanScenario.Workload
        var words: [String] = []
    }

    init(
        _ kubernetes: ClusterSnapshot, _ groups: ImportedGroups, _ networking: PlanScenario.Networking, _ notes: inout ImportNotes
    ) {
        var places = PodPlaces(groups)
        let covered = CoveredPods(kubernetes, hasTrunk: networking.hasTrunk)
        var drafts: [Draft] = []
        for controller in kubernetes.controllers.sorted(by: { ($0.name, $0.kind.rawValue) < ($1.name, $1.kind.rawValue) }) {
            var workload = PlanScenario.Workload(
                name: "", size: controller.kind == .daemonSet ? .everyNode : .pods(min(10_000_000, controller.replicas ?? 1)),
                network: controller.isHostNetwork ? .host : covered.withBranchENI.contains(controller.name) ? .branchENI : .pod,
                rollout: controller.rollout, grace: controller.grace)
            var draft = Draft(name: controller.name, kind: controller.kind.rawValue, workload: workload)
            places.place(&workload, controller.constraint, &draft.words)
            let scaler = kubernetes.autoscalers.first { $0.target == controller.name && $0.targetKind == controller.kind.rawValue }
            if let scaler { Self.scale(&workload, scaler, &draft.words) }
            draft.workload = workload
            drafts.append(draft)
        }
        for (name, pods) in covered.loose.sorted(by: { $0.key.text < $1.key.text }) {
            drafts.append(Self.draft(name, pods, &places))
        }
        if kubernetes.controllers.isEmpty, kubernetes.pods.isEmpty {
            notes.say(.workloads, "No workloads were told: add yours, as berth plan init shows them")
        }
        take(Self.bounded(drafts, &notes), &notes)
    }

    /// An autoscaler that was changed a moment ago may not have come to its range yet, which a file does not take.
    private static func scale(_ workload: inout PlanScenario.Workload, _ scaler: ClusterSnapshot.Autoscaler, _ words: inout [String]) {
        if case .pods(let count) = workload.size, scaler.least <= count, count <= scaler.most {
            workload.scale = scaler.least...scaler.most
        } else {
            words.append("HPA \(scaler.least) to \(scaler.most), left out: the number of pods is not in between")
        }
    }

    private static func draft(_ name: CoveredPods.Loose, _ pods: [ClusterSnapshot.Pod], _ places: inout PodPlaces) -> Draft {
        let network: PlanScenario.Workload.Network =
            pods.first?.isHostNetwork == true ? .host : name.hasBranchENI ? .branchENI : .pod
        var workload = PlanScenario.Workload(
            name: "", size: .pods(pods.count), network: network, grace: pods.map(\.grace).max() ?? .seconds(30))
        var draft = Draft(name: ClusterSnapshot.Name(name.namespace, name.words), kind: "pods", workload: workload)
        places.place(&workload, name.constraint, &draft.words)
        draft.workload = workload
        draft.words.append("Assumed: as many as there are at this moment; how many come and go is unknown")
        return draft
    }

    // MARK: - As many as a file takes

    /// Where there are more than a file takes, the smallest are written together by what decides over their addresses.
    private static func bounded(_ drafts: [Draft], _ notes: inout ImportNotes) -> [Draft] {
        guard drafts.count > ImportedSubnets.entriesMax else { return drafts }
        func size(_ draft: Draft) -> Int {
            if case .pods(let count) = draft.workload.size { count } else { .max }
        }
        let order = drafts.indices.sorted { (size(drafts[$1]), $0) < (size(drafts[$0]), $1) }
        let kept = Set(order.prefix(ImportedSubnets.entriesMax / 2))
        let rest = drafts.indices.filter { !kept.contains($0) }.map { drafts[$0] }
        var merged = Dictionary(grouping: rest) { Likeness($0.workload) }
        if merged.count > ImportedSubnets.entriesMax / 2 {
            merged = Dictionary(grouping: rest) { Likeness($0.workload, onNetworkAlone: true) }
        }
        let together = merged.sorted { ($0.value.first?.name.description ?? "") < ($1.value.first?.name.description ?? "") }
            .enumerated().map { number, entry in
                var workload = entry.value[0].workload
                if case .pods = workload.size { workload.size = .pods(min(10_000_000, entry.value.reduce(0) { $0 + size($1) })) }
                workload.grace = entry.value.map(\.workload.grace).max() ?? workload.grace
                if merged.count < rest.count, entry.key.nodeGroups == nil { (workload.nodeGroups, workload.zones) = ([], []) }
                return Draft(
                    name: ClusterSnapshot.Name("others", "others-\(number + 1)"), kind: "pods", workload: workload,
                    words: ["\(entry.value.count) workloads, written as one: \(someOf(entry.value.map(\.name.description)))"])
            }
        notes.say(.workloads, "\(drafts.count) workloads are more than a plan's file takes: the smallest are written together")
        return drafts.indices.filter { kept.contains($0) }.map { drafts[$0] } + together
    }

    private struct Likeness: Hashable {
        var isEveryNode: Bool
        var network: PlanScenario.Workload.Network
        var nodeGroups: Set<String>?
        var zones: Set<String>?

        init(_ workload: PlanScenario.Workload, onNetworkAlone: Bool = false) {
            isEveryNode = workload.size == .everyNode
            network = workload.network
            nodeGroups = onNetworkAlone ? nil : workload.nodeGroups
            zones = onNetworkAlone ? nil : workload.zones
        }
    }

    // MARK: - Names

    private mutating func take(_ drafts: [Draft], _ notes: inout ImportNotes) {
        let times = Dictionary(grouping: drafts, by: \.name.name).mapValues(\.count)
        var names: Set<String> = []
        for draft in drafts {
            let plain = times[draft.name.name] == 1 ? draft.name.name : draft.name.description
            let name = Self.free(Self.label(plain), draft.kind, names)
            names.insert(name)
            var workload = draft.workload
            workload.name = name
            value.append(workload)
            for words in draft.words { notes.say(.workload(name), words) }
        }
    }

    private static let labelBytesMax = 128

    /// As a plan's file takes it, with room for what tells it from another.
    private static func label(_ text: String) -> String {
        text.utf8.count <= labelBytesMax - 28 ? text : String(text.prefix(40)) + "..." + String(text.suffix(40))
    }

    private static func free(_ label: String, _ kind: String, _ taken: Set<String>) -> String {
        if !taken.contains(label) { return label }
        let withKind = "\(kind)/\(label)"
        if !taken.contains(withKind) { return withKind }
        return (2...).lazy.map { "\(withKind)-\($0)" }.first { !taken.contains($0) } ?? withKind
    }
}
