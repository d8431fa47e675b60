import Addressing
import CapacityPlanner

/// The answer, and the numbers that one would ask for first.
struct VerdictHeader {
    let page: PlanPage

    private var plan: CapacityPlan { page.plan }

    var markup: Markup {
        element(.header) {
            element(.p, .class("soft")) { "Capacity plan of \(page.origin.file)" }
            element(.h1) {
                element(.span, .class(plan.fits ? "verdict good" : "verdict bad"), Attribute(.ariaHidden, "true")) {
                    plan.fits ? "✓" : "✕"
                }
                plan.fits ? "The cluster fits" : "The cluster does not fit"
            }
            element(.p, .class("lead")) { sentence }
            element(.dl, .class("figures")) {
                figures.map { figure in
                    element(.div) {
                        element(.dt) { figure.name }
                        element(.dd) {
                            element(.strong) { figure.value }
                            element(.span, .class("soft")) { figure.note }
                        }
                    }
                }
            }
        }
    }

    private var sentence: String {
        let (faults, warnings) = (plan.findings.count { $0.gravity == .fault }, plan.findings.count { $0.gravity == .warning })
        let events = plan.situations.count - 1
        let tested = events == 0 ? "at rest" : "at rest and in \(events.of("event"))"
        let told = [faults > 0 ? faults.of("fault") : nil, warnings > 0 ? warnings.of("warning") : nil].compactMap(\.self)
        return "Planned \(tested), over \(plan.scenario.subnets.count.of("subnet"))"
            + (told.isEmpty ? ", with nothing to remark." : ": \(told.joined(separator: " and ")).")
    }

    private var figures: [(name: String, value: String, note: String)] {
        let steady = plan.steady
        var figures = [
            ("Nodes", steady.nodes.grouped, "at rest"), ("Pods", steady.pods.grouped, "with an address of their own"),
            ("Addresses", steady.total.addresses.grouped, "\(steady.warm.grouped) of them warm"),
        ]
        if let least = plan.tightest {
            let name = "\(least.subnet.id), \(least.situation)"
            figures.append((least.free < 0 ? "Short of" : "Least left", abs(least.free).grouped, name))
        }
        if let slowest = plan.slowest {
            figures.append(("All running after", slowest.seconds.map(\.time) ?? "never", slowest.name))
        }
        let dates = plan.forecasts.compactMap { forecast -> (date: Day, subnet: SubnetID)? in
            if case .exhausted(let date, _, _, _) = forecast.outcome { (date, forecast.subnet) } else { nil }
        }
        if let first = dates.min(by: { $0.date < $1.date }) {
            figures.append(("Comes to its end", "\(first.date)", first.subnet.rawValue))
        }
        return figures
    }
}

extension CapacityPlan {
    /// The subnet and the situation in which least is left.
    var tightest: (subnet: PlanScenario.Subnet, situation: String, free: Int)? {
        scenario.subnets.compactMap { subnet in
            spaces[subnet.id].map { space in
                let peak = peak(of: subnet.id)
                return (subnet, peak.situation.name, space.addresses(after: peak.demand))
            }
        }.min { $0.free < $1.free }
    }

    /// The event after which it takes longest until all has its addresses; nil where none takes any time.
    var slowest: Situation? {
        let slowest = situations.max { $0.seconds ?? .infinity < $1.seconds ?? .infinity }
        return slowest.flatMap { $0.seconds == 0 ? nil : $0 }
    }
}
