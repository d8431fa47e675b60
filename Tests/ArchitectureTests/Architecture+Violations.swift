extension Architecture {
    /// Returns one sentence for each import that a rule or a ban refuses, for each target without a rule, and for each
    /// rule without a target.
    func violations(in tree: SourceTree) -> [String] {
        let missing = tree.targets.filter { rule(for: $0.name) == nil }.map {
            "\($0.name) has no purpose and no arrows: add its rule to Architecture.berth"
        }
        let stale = rules.filter { rule in !tree.targets.contains { $0.name == rule.target } }.map {
            "Architecture.berth has a rule for \($0.target), of which there is no source: remove it"
        }
        return missing + stale + tree.targets.flatMap { violations(of: $0, in: tree) }
    }

    /// Returns one sentence for each arrow that a rule allows although it points outward.
    func outwardArrows(in tree: SourceTree) -> [String] {
        rules.flatMap { rule in
            (rule.mayImport ?? []).sorted().compactMap { other in
                guard let from = tree.layer(of: rule.target), let to = tree.layer(of: other), !from.reachable.contains(to) else {
                    return nil
                }
                return "the rule of \(rule.target) (\(from)) allows \(other) (\(to)): arrows point toward the core"
            }
        }
    }

    private func violations(of target: SourceTarget, in tree: SourceTree) -> [String] {
        guard let rule = rule(for: target.name) else { return [] }
        return target.modules.sorted().compactMap { module in
            let reason =
                if let layer = tree.layer(of: module) {
                    refusal(of: module, in: layer, by: rule, from: target.layer)
                } else {
                    refusal(ofOutside: module, by: rule, from: target.layer)
                }
            guard let reason else { return nil }
            let places = target.imports.filter { $0.module == module }.map(\.place).sorted()
            return "\(target.name) imports \(module): \(reason) (\(places.joined(separator: ", ")))"
        }
    }

    private func refusal(of sibling: String, in layer: Layer, by rule: TargetRule, from: Layer) -> String? {
        guard let allowed = rule.mayImport else {
            return from.reachable.contains(layer) ? nil : "arrows point toward the core, and \(layer) is no nearer to it than \(from)"
        }
        guard !allowed.contains(sibling) else { return nil }
        let list = allowed.isEmpty ? "no other target" : allowed.sorted().joined(separator: ", ")
        return "arrows point toward the core, and those of \(rule.target) lead to \(list)"
    }

    private func refusal(ofOutside module: String, by rule: TargetRule, from layer: Layer) -> String? {
        if let only = rule.onlyOutside {
            return only.modules.contains(module) ? nil : only.reason
        }
        if Layer.pure.contains(layer) && Ban.collections.contains(module) { return nil }
        if let ban = Ban.all.first(where: { $0.covers(module, in: layer) }) { return ban.reason }
        return Layer.pure.contains(layer) ? "the core depends on swift-collections at most" : nil
    }
}
