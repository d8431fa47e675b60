package import CNISpec
package import IPAMEngine
import JSON
package import KubernetesAdapter
package import NodeRuntime

/// The pods of the node as the cluster has them, with what is of use here; the rest of each object is forgotten.
package struct PodBook: Hashable, Sendable {
    private var pods: [PodName: Pod] = [:]
    /// What namespaces wish for their pods.
    private var namespaces: [String: Wish] = [:]

    /// What annotations wish, as they are written.
    private struct Wish: Hashable {
        var pool: String?
        var sticky: String?

        init(_ annotations: [String: String]) {
            pool = annotations[PodBook.poolAnnotation]
            sticky = annotations[PodBook.stickyAnnotation]
        }

        var isEmpty: Bool { pool == nil && sticky == nil }
    }

    private struct Pod: Hashable {
        var uid: String?
        var wish: Wish
        /// Whether it has no address and will ask for one.
        var isExpected: Bool
        /// What the branch ENIs' controller wrote; nil for nothing.
        var branchENI: String?
        var wantsBranchENI: Bool
    }

    /// Names the pool that serves a pod, or the pods of a namespace.
    package static let poolAnnotation = "berth.dev/pool"
    /// `true`, `false`, or for how many seconds a pod's addresses wait for the next pod of its name.
    package static let stickyAnnotation = "berth.dev/sticky-address"

    package init() {}

    // MARK: - What the cluster says

    package mutating func take(_ news: Followed<PodResource>) {
        switch news {
        case .listed(let all):
            pods = [:]
            for pod in all { put(pod) }
        case .changed(let pod): put(pod)
        case .removed(let pod): pods[PodName(pod)] = nil
        case .interrupted: break
        }
    }

    private mutating func put(_ pod: PodResource) {
        // What has ended, or is of the node's own network, needs no address; nor does a pod that is on its way out.
        guard !pod.isHostNetwork, !pod.isFinished else { return pods[PodName(pod)] = nil }
        pods[PodName(pod)] = Pod(
            uid: pod.uid, wish: Wish(pod.annotations), isExpected: pod.podIPs.isEmpty && !pod.isBeingDeleted,
            branchENI: pod.annotations[PodENIAnnotation.name],
            wantsBranchENI: (pod.limits[PodENIAnnotation.name] ?? 0) > 0)
    }

    package mutating func take(_ news: Followed<NamespaceResource>) {
        switch news {
        case .listed(let all):
            namespaces = [:]
            for namespace in all { put(namespace) }
        case .changed(let namespace): put(namespace)
        case .removed(let namespace): namespaces[namespace.name] = nil
        case .interrupted: break
        }
    }

    private mutating func put(_ namespace: NamespaceResource) {
        let wish = Wish(namespace.annotations)
        namespaces[namespace.name] = wish.isEmpty ? nil : wish
    }

    // MARK: - What follows for the node

    /// Pods that will ask for an address of a pool, each with the pool that will serve it. One whose wish cannot be followed will be
    /// refused, and is not counted on.
    package var expected: [PodName: PoolName?] {
        var expected: [PodName: PoolName?] = [:]
        for (name, pod) in pods where pod.isExpected && !pod.wantsBranchENI {
            guard let wishes = try? wishes(of: name, annotations: [:]) else { continue }
            expected[name] = .some(wishes.pool)
        }
        return expected
    }

    /// The identifier of the pod of that name; nil where the cluster has not told of it.
    package func uid(of pod: PodName) -> String? { pods[pod]?.uid }

    /// What a pod wishes: its own annotations before those of its namespace, and what came with its ADD before what is older.
    ///
    /// - Parameter annotations: Those that the runtime passes on.
    package func wishes(of pod: PodName, annotations: [String: String]) throws(CNIError) -> ClusterVoice.Wishes {
        let (passed, known, shared) = (Wish(annotations), pods[pod]?.wish, namespaces[pod.namespace])
        var wishes = ClusterVoice.Wishes()
        if let text = passed.pool ?? known?.pool ?? shared?.pool, !text.isEmpty {
            guard let pool = PoolName(text) else {
                throw .unreadable(Self.poolAnnotation, text, of: pod, expected: "the name of a pool: 1 to 63 letters, digits and -_.")
            }
            wishes.pool = pool
        }
        if let text = passed.sticky ?? known?.sticky ?? shared?.sticky {
            guard let hold = Self.hold(text) else {
                throw .unreadable(Self.stickyAnnotation, text, of: pod, expected: "true, false, or 1 to 86400 seconds")
            }
            wishes.hold = hold
        }
        return wishes
    }

    /// How long addresses wait when an annotation says no more than that they shall.
    package static let usualHold: Duration = .seconds(300)

    private static func hold(_ text: String) -> Duration? {
        switch text {
        case "true": usualHold
        case "false": .zero
        default: Int(text).flatMap { (1...86_400).contains($0) ? .seconds($0) : nil }
        }
    }

    /// What the cluster says of a pod's branch ENI, where pods are given any.
    package func branchENI(of pod: PodName, annotations: [String: String]) -> BranchENISource.Answer {
        if let text = pods[pod]?.branchENI ?? annotations[PodENIAnnotation.name] { return BranchENISource.Answer(annotation: text) }
        guard pods[pod]?.wantsBranchENI ?? false else { return .none }
        return .awaited(problem: "the controller has not written the annotation \(PodENIAnnotation.name) yet")
    }
}

extension PodName {
    package init(_ pod: PodResource) {
        self.init(namespace: pod.namespace ?? "", name: pod.name)
    }
}

extension CNIError {
    fileprivate static func unreadable(_ annotation: String, _ text: String, of pod: PodName, expected: String) -> CNIError {
        .refused(
            .unknownPool,
            "The annotation \(annotation) of pod \(pod) or of its namespace is \"\(text.prefix(100))\"; set it to \(expected), or take it away"
        )
    }
}
