import CapacityPlanner

extension PlanPage {
    /// Which changes bring most, each planned again.
    var changes: PageSection {
        PageSection("advice", "Advice") {
            if advice.isEmpty {
                paragraph("No change that is known brings anything.")
            } else {
                note("Each change is planned again by itself, for all situations; the first brings most.")
                table.markup
                element(.ol, .class("advice")) { advice.map(told) }
            }
        }
    }

    private var table: DataTable {
        DataTable(
            caption: "Changes by what they bring",
            columns: [.prose("Change"), .words("Then the cluster"), .number("Addresses gained"), .number("Days gained")],
            rows: advice.map { [$0.change.title, Self.outcome($0), $0.gain.grouped, days(gainedBy: $0) ?? "not known"] })
    }

    private func days(gainedBy advice: Advice) -> String? { advice.daysGained(by: plan.forecasts).map(\.grouped) }

    private static func outcome(_ advice: Advice) -> String { advice.fits ? "fits" : "has \(advice.faults.of("fault"))" }

    private func told(_ advice: Advice) -> Markup {
        element(.li) {
            element(.h3) { advice.change.title }
            paragraph("Then the cluster \(Self.outcome(advice)).")
            element(.p) {
                element(.strong) { "Risk: " }
                "\(advice.change.risk)."
            }
            if !advice.change.commands.isEmpty {
                element(.pre, Attribute(.tabindex, "0")) { element(.code) { advice.change.commands.joined(separator: "\n") } }
            }
        }
    }
}
