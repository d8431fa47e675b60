extension ClusterSnapshot {
    /// Which nodes a pod may run on: labels that it asks for, and taints that it puts up with.
    public struct Constraint: Hashable, Sendable {
        public var labels: [String: String]
        /// Any of these will do, each with all that it asks; empty where nothing is asked.
        public var affinity: [[Requirement]]
        public var tolerations: [Toleration]

        public init(labels: [String: String] = [:], affinity: [[Requirement]] = [], tolerations: [Toleration] = []) {
            self.labels = labels
            self.affinity = affinity
            self.tolerations = tolerations
        }

        public func allows(_ node: Node) -> Bool {
            labels.allSatisfy { node.labels[$0.key] == $0.value }
                && (affinity.isEmpty || affinity.contains { $0.allSatisfy { $0.holds(for: node.labels) } })
                && node.taints.allSatisfy { taint in !taint.repels || tolerations.contains { $0.tolerates(taint) } }
        }
    }

    /// A match expression of a node affinity that is required.
    public struct Requirement: Hashable, Sendable {
        public enum Relation: String, Hashable, Sendable, CaseIterable {
            case isIn = "In"
            case isNotIn = "NotIn"
            case exists = "Exists"
            case doesNotExist = "DoesNotExist"
            case isGreater = "Gt"
            case isLess = "Lt"
        }

        public var key: String
        public var relation: Relation
        public var values: [String]

        public init(key: String, relation: Relation, values: [String] = []) {
            self.key = key
            self.relation = relation
            self.values = values
        }

        func holds(for labels: [String: String]) -> Bool {
            let value = labels[key]
            switch relation {
            case .isIn: return value.map { values.contains($0) } ?? false
            case .isNotIn: return value.map { !values.contains($0) } ?? true
            case .exists: return value != nil
            case .doesNotExist: return value == nil
            case .isGreater: return compare(value) { $0 > $1 }
            case .isLess: return compare(value) { $0 < $1 }
            }
        }

        private func compare(_ value: String?, _ order: (Int, Int) -> Bool) -> Bool {
            guard let value = value.flatMap({ Int($0) }), let bound = values.first.flatMap({ Int($0) }) else { return false }
            return order(value, bound)
        }
    }

    public struct Taint: Hashable, Sendable {
        public var key: String
        public var value: String
        /// `NoSchedule`, `NoExecute` or `PreferNoSchedule`.
        public var effect: String

        public init(key: String, value: String = "", effect: String) {
            self.key = key
            self.value = value
            self.effect = effect
        }

        /// Whether it is about the kind of node, and not about its state at the moment: those of Kubernetes come and go.
        var repels: Bool { effect != "PreferNoSchedule" && !key.hasPrefix("node.kubernetes.io/") && !key.hasPrefix("karpenter.sh/disrupt") }
    }

    public struct Toleration: Hashable, Sendable {
        /// Nil for every key.
        public var key: String?
        /// Nil for every value.
        public var value: String?
        /// Nil for every effect.
        public var effect: String?

        public init(key: String? = nil, value: String? = nil, effect: String? = nil) {
            self.key = key
            self.value = value
            self.effect = effect
        }

        func tolerates(_ taint: Taint) -> Bool {
            (key == nil || key == taint.key) && (value == nil || value == taint.value) && (effect == nil || effect == taint.effect)
        }
    }
}
