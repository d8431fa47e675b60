import Addressing
import CapacityPlanner
import ClusterImport
import JSON

// Objects of the Kubernetes API, as kubectl get -o json and the API itself write them (Kubernetes API reference).
extension SnapshotReader {
    static let kubernetesKinds = [
        "Node", "Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "HorizontalPodAutoscaler", "ENIConfig",
    ]
    private static let kubectlCommand =
        "kubectl get nodes,pods,deployments,statefulsets,daemonsets,replicasets,hpa,eniconfigs -A -o json"

    /// Reads one document: an object, or a list of them of whatever kinds. Other kinds are passed over.
    mutating func readKubernetes(_ document: JSONPlace) -> ClusterSnapshot {
        var cluster = ClusterSnapshot()
        guard let kind = document.value["kind"]?.string else {
            fault(document, "it is no object of Kubernetes: it has no kind", "Give the output of \(Self.kubectlCommand)")
            return cluster
        }
        if let token = document.value["metadata"]?["continue"]?.string, !token.isEmpty {
            fault(document, "it is one page of several: it has a continue token", "Give the output of \(Self.kubectlCommand)")
        }
        guard kind.hasSuffix("List"), document.value["items"] != nil else {
            read(document, kind, into: &cluster)
            return cluster
        }
        // The items of a list of one kind need not say theirs.
        let ofAll = kind == "List" ? nil : String(kind.dropLast(4))
        for item in list(document, "items") {
            guard let kind = item.value["kind"]?.string ?? ofAll else {
                fault(item, "it has no kind", "Give the output of \(Self.kubectlCommand)")
                continue
            }
            read(item, kind, into: &cluster)
        }
        return cluster
    }

    mutating func read(_ object: JSONPlace, _ kind: String, into cluster: inout ClusterSnapshot) {
        guard Self.kubernetesKinds.contains(kind), let metadata = object["metadata"], let name = text(metadata, "name", required: true)
        else {
            if Self.kubernetesKinds.contains(kind), object["metadata"] == nil {
                fault(object, "it has no metadata", "Give the whole object")
            }
            return
        }
        let full = ClusterSnapshot.Name(text(metadata, "namespace") ?? "default", name)
        // What is about to go holds its addresses still; an object without a specification is no more than a name.
        guard let spec = object["spec"] else { return fault(object, "\(kind) \(name) has no spec", "Give the whole object") }
        switch kind {
        case "Node": cluster.nodes.append(readNode(object, name, spec))
        case "Pod": if let pod = readPod(object, full, spec) { cluster.pods.append(pod) }
        case "HorizontalPodAutoscaler": if let scaler = readAutoscaler(full, spec) { cluster.autoscalers.append(scaler) }
        case "ENIConfig":
            let subnet: SubnetID? = parsed(spec, "subnet", "a subnet's identifier", required: true) { SubnetID($0) }
            if let subnet { cluster.eniConfigs.append(ClusterSnapshot.ENIConfig(name: name, subnet: subnet)) }
        default:
            guard let kind = ClusterSnapshot.Controller.Kind(rawValue: kind) else { return }
            if kind == .daemonSet, let cni = readCNI(full, spec) { cluster.cni = cluster.cni ?? cni }
            // A ReplicaSet of a Deployment is told of by the Deployment.
            guard list(metadata, "ownerReferences").isEmpty else { return }
            cluster.controllers.append(readController(kind, full, spec))
        }
    }

    // MARK: - Nodes

    private mutating func readNode(_ node: JSONPlace, _ name: String, _ spec: JSONPlace) -> ClusterSnapshot.Node {
        let provider = text(spec, "providerID") ?? ""
        let instance = provider.split(separator: "/").last.map(String.init).flatMap { $0.hasPrefix("i-") ? $0 : nil }
        let taints = list(spec, "taints").map { taint in
            ClusterSnapshot.Taint(
                key: text(taint, "key", required: true) ?? "", value: text(taint, "value") ?? "", effect: text(taint, "effect") ?? "")
        }
        let labels = node["metadata"].map { texts($0, "labels") } ?? [:]
        let status = node["status"]
        let figures = [status?["allocatable"], status?["capacity"]].compactMap(\.self)
        let podsMax = figures.compactMap { parsed($0, "pods", "a whole number in a text") { Int($0).flatMap { $0 >= 0 ? $0 : nil } } }.first
        return ClusterSnapshot.Node(name: name, instance: instance, labels: labels, taints: taints, podsMax: podsMax)
    }

    // MARK: - Pods

    /// Nil for one that has finished.
    private mutating func readPod(_ pod: JSONPlace, _ name: ClusterSnapshot.Name, _ spec: JSONPlace) -> ClusterSnapshot.Pod? {
        let phase = pod["status"].flatMap { text($0, "phase") }
        guard phase != "Succeeded", phase != "Failed" else { return nil }
        let owners = pod["metadata"].map { list($0, "ownerReferences") } ?? []
        let owner = owners.first { $0.value["controller"]?.bool == true } ?? owners.first
        let from = owner.flatMap { owner in
            text(owner, "kind", required: true).flatMap { kind in
                text(owner, "name", required: true).map { ClusterSnapshot.Pod.Owner(kind: kind, name: $0) }
            }
        }
        let hasBranch = list(spec, "containers").contains { container in
            let resources = container["resources"]
            return [resources?["limits"], resources?["requests"]].contains { $0?["vpc.amazonaws.com/pod-eni"] != nil }
        }
        return ClusterSnapshot.Pod(
            name: name, owner: from, isHostNetwork: flag(spec, "hostNetwork"), hasBranchENI: hasBranch,
            constraint: constraint(spec, isOfEveryNode: from?.kind == "DaemonSet"), grace: grace(spec))
    }

    private mutating func grace(_ spec: JSONPlace) -> Duration {
        .seconds(integer(spec, "terminationGracePeriodSeconds", in: 0...Int(Int32.max)).map { min($0, 86_400) } ?? 30)
    }

    /// - Parameter isOfEveryNode: A DaemonSet's pods are bound to one node each by an affinity that is not the DaemonSet's.
    private mutating func constraint(_ spec: JSONPlace, isOfEveryNode: Bool = false) -> ClusterSnapshot.Constraint {
        var constraint = ClusterSnapshot.Constraint(labels: texts(spec, "nodeSelector"))
        if !isOfEveryNode, let required = spec["affinity"]?["nodeAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"] {
            constraint.affinity = list(required, "nodeSelectorTerms").map { term in
                list(term, "matchExpressions").compactMap { requirement($0) }
            }
        }
        for toleration in list(spec, "tolerations") {
            let exists = text(toleration, "operator") == "Exists"
            let value = text(toleration, "value") ?? ""
            let key = text(toleration, "key").flatMap { $0.isEmpty ? nil : $0 }
            // The admission of pods adds these, and they are about a node's state.
            if let key, key.hasPrefix("node.kubernetes.io/") { continue }
            constraint.tolerations.append(
                ClusterSnapshot.Toleration(
                    key: key, value: exists ? nil : value, effect: text(toleration, "effect").flatMap { $0.isEmpty ? nil : $0 }))
        }
        return constraint
    }

    private mutating func requirement(_ expression: JSONPlace) -> ClusterSnapshot.Requirement? {
        let key = text(expression, "key", required: true)
        let relation = parsed(expression, "operator", "In, NotIn, Exists, DoesNotExist, Gt or Lt", required: true) {
            ClusterSnapshot.Requirement.Relation(rawValue: $0)
        }
        let values = list(expression, "values").compactMap(\.value.string)
        guard let key, let relation else { return nil }
        return ClusterSnapshot.Requirement(key: key, relation: relation, values: values)
    }

    // MARK: - Controllers

    private mutating func readController(
        _ kind: ClusterSnapshot.Controller.Kind, _ name: ClusterSnapshot.Name, _ spec: JSONPlace
    ) -> ClusterSnapshot.Controller {
        let pod = spec["template"]?["spec"] ?? JSONPlace(.object(JSONObject()), in: spec.document, path: "\(spec.path).template.spec")
        let replicas = kind == .daemonSet ? nil : integer(spec, "replicas", in: 0...Int(Int32.max)) ?? 1
        return ClusterSnapshot.Controller(
            kind: kind, name: name, replicas: replicas, isHostNetwork: flag(pod, "hostNetwork"), constraint: constraint(pod),
            rollout: rollout(kind, spec), grace: grace(pod))
    }

    /// With Kubernetes's defaults; ten seconds to start, as a plan has it, and the time that a pod has to stay ready.
    private mutating func rollout(_ kind: ClusterSnapshot.Controller.Kind, _ spec: JSONPlace) -> PlanScenario.Rollout {
        let ready: Duration = .seconds(10 + (integer(spec, "minReadySeconds", in: 0...Int(Int32.max)).map { min($0, 80_000) } ?? 0))
        let strategy = spec[kind == .deployment ? "strategy" : "updateStrategy"]
        let rolling = strategy?["rollingUpdate"]
        func share(_ name: String, _ unset: PlanScenario.Share) -> PlanScenario.Share {
            rolling?[name].flatMap { PlanScenario.Share(kubernetes: $0.value) } ?? unset
        }
        switch kind {
        case .deployment where strategy?.value["type"]?.string == "Recreate":
            return PlanScenario.Rollout(surge: .count(0), unavailable: .percent(100), ready: ready)
        case .deployment:
            return PlanScenario.Rollout(
                surge: share("maxSurge", .percent(25)), unavailable: share("maxUnavailable", .percent(25)), ready: ready)
        case .statefulSet, .daemonSet:
            return PlanScenario.Rollout(
                surge: share("maxSurge", .count(0)), unavailable: share("maxUnavailable", .count(1)), ready: ready)
        case .replicaSet: return PlanScenario.Rollout(ready: ready)
        }
    }

    private mutating func readAutoscaler(_ name: ClusterSnapshot.Name, _ spec: JSONPlace) -> ClusterSnapshot.Autoscaler? {
        guard let target = spec["scaleTargetRef"] else {
            fault(spec, "it has no scaleTargetRef", "Give the whole object")
            return nil
        }
        let kind = text(target, "kind", required: true)
        let targetName = text(target, "name", required: true)
        let most = integer(spec, "maxReplicas", in: 0...Int(Int32.max), required: true)
        let least = integer(spec, "minReplicas", in: 0...Int(Int32.max)) ?? 1
        guard let kind, let targetName, let most, least <= most else { return nil }
        return ClusterSnapshot.Autoscaler(
            targetKind: kind, target: ClusterSnapshot.Name(name.namespace, targetName), least: least, most: most)
    }

    // MARK: - The CNI

    /// The containers that serve addresses: the incumbent's and ours.
    private static let cniContainers: Set<String> = ["aws-node", "berthd"]

    private mutating func readCNI(_ name: ClusterSnapshot.Name, _ spec: JSONPlace) -> ClusterSnapshot.CNI? {
        guard let pod = spec["template"]?["spec"] else { return nil }
        let container = list(pod, "containers").first { $0.value["name"]?.string.map { Self.cniContainers.contains($0) } ?? false }
        guard let container else { return nil }
        var (environment, elsewhere): ([String: String], Set<String>) = ([:], [])
        for variable in list(container, "env") {
            guard let key = text(variable, "name", required: true) else { continue }
            if variable["valueFrom"] != nil { elsewhere.insert(key) } else { environment[key] = text(variable, "value") ?? "" }
        }
        if !list(container, "envFrom").isEmpty { elsewhere.formUnion(ClusterSnapshot.CNI.variables.filter { environment[$0] == nil }) }
        return ClusterSnapshot.CNI(name: name, environment: environment, elsewhere: elsewhere)
    }
}

extension PlanScenario.Share {
    /// A number or a share as Kubernetes writes them; a share beyond the whole is the whole, as a plan takes no more.
    init?(kubernetes value: JSONValue) {
        if let count = value.integer, (0...10_000_000).contains(count) {
            self = .count(count)
        } else if let text = value.string, text.hasSuffix("%"), let percent = Int(text.dropLast()), percent >= 0 {
            self = .percent(min(100, percent))
        } else {
            return nil
        }
    }
}
