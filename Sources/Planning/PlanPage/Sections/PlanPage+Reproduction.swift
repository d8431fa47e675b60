import ClusterSimulator

extension PlanPage {
    /// How to get the same page again.
    var reproduction: PageSection {
        PageSection("reproduce", "Make this page again") {
            paragraph("With berth \(origin.version) and the same files, this command writes the same page, byte for byte:")
            element(.pre, Attribute(.tabindex, "0")) { element(.code) { origin.command } }
            if let simulated {
                note("Seeds: \(simulated.runs.map { String($0.seed) }.prefix(40).joined(separator: ", ")).")
            }
            note("Docs/Concepts/CapacityPlanning.md has every formula.")
        }
    }
}
