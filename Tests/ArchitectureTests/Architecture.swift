/// What each target is for and which others it may import: the arrows, as a value.
struct Architecture {
    let rules: [TargetRule]

    init(_ rules: [TargetRule]) {
        self.rules = rules
    }

    func rule(for target: String) -> TargetRule? {
        rules.first { $0.target == target }
    }
}

/// The purpose of one target and the arrows that leave it.
struct TargetRule {
    let target: String
    /// One line for the map of targets.
    let purpose: String
    /// Targets of this package; nil allows everything that the layer reaches.
    let mayImport: Set<String>?
    /// Modules from outside this package; nil leaves them to the bans of the layer.
    let onlyOutside: OutsideModules?

    init(_ target: String, _ purpose: String, mayImport: Set<String>? = [], onlyOutside: OutsideModules? = nil) {
        self.target = target
        self.purpose = purpose
        self.mayImport = mayImport
        self.onlyOutside = onlyOutside
    }
}

/// The modules from outside that are let in, and why no others are.
struct OutsideModules {
    let modules: Set<String>
    let reason: String
}
