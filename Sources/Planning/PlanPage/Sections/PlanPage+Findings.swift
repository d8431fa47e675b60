import CapacityPlanner

extension PlanPage {
    /// What does not fit or will not for long, the gravest first.
    var findings: PageSection {
        PageSection("findings", "Findings") {
            if plan.findings.isEmpty {
                paragraph("Nothing stands against the plan.")
            } else {
                element(.ul, .class("findings")) { plan.findings.prefix(Self.findingsMax).map(Self.told) }
            }
            if plan.findings.count > Self.findingsMax {
                note("\((plan.findings.count - Self.findingsMax).of("finding")) more, which berth plan prints without --html.")
            }
        }
    }

    private static let findingsMax = 200

    private static func told(_ finding: Finding) -> Markup {
        let others = finding.situations.dropFirst()
        return element(.li, .class(finding.gravity.rawValue)) {
            element(.p) {
                element(.strong, .class("gravity")) { finding.gravity == .fault ? "Fault" : "Warning" }
                element(.code) { finding.code.rawValue }
            }
            paragraph("\(finding.problem).")
            others.isEmpty ? .nothing : note("Also in \(others.prefix(12).joined(separator: ", ")).")
            element(.p) {
                element(.strong) { "Do: " }
                "\(finding.remedy)."
            }
        }
    }
}
