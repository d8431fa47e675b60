import Addressing
import CapacityPlanner
import ClusterSimulator
import Simulator
import VPCModel

extension PlanPage {
    /// What came of the cluster in virtual time; how to get that where it was not simulated.
    var simulation: PageSection {
        PageSection("simulation", "Simulation") {
            if let simulated {
                SimulationPart(plan: plan, simulated: simulated).markup
            } else {
                note(
                    "The cluster was not simulated: what is above are formulas. With --simulate the daemon's own engine runs on every node."
                )
            }
        }
    }
}

/// The charts and tables of a simulated plan.
struct SimulationPart {
    let plan: CapacityPlan
    let simulated: SimulatedPlan

    static let tableRows = 13

    var markup: Markup {
        .joined([
            note(runs), comparison.markup, note(Self.differences), phases.markup, calls.markup, element(.h3) { "At rest, over time" },
            steady, atEvents,
        ])
    }

    private var runs: String {
        let seeds = simulated.runs.map(\.seed)
        let named = seeds.count > 8 ? "\(seeds[0]) to \(seeds[seeds.count - 1])" : seeds.map(String.init).joined(separator: ", ")
        let asked = simulated.seedsAsked > seeds.count ? " of \(simulated.seedsAsked) that were asked for: the run was ended early" : ""
        let band = seeds.count > 1 ? " Lines are medians over seeds, bands go from the least to the most." : ""
        return "The daemon's engine on every node in virtual time, with \(seeds.count.of("seed"))\(asked) (\(named)).\(band)"
    }

    private static let differences =
        "A formula knows a moment, a simulation the way to it. It takes more where pools grew for a peak and have not come down yet, "
        + "and less where nodes do not have their peaks together."

    /// The cluster at rest, then each event, with what every seed says of it.
    private var all: [(name: String, situation: Situation?, phases: [SimulatedPlan.Phase])] {
        let rest = ("steady", plan.steady as Situation?, simulated.runs.map(\.steady))
        let events = (simulated.runs.map(\.events.count).max() ?? 0)
        return [rest]
            + (0..<events).map { index in
                let phases = simulated.runs.compactMap { index < $0.events.count ? $0.events[index] : nil }
                let event = phases.first?.event
                return (event?.name ?? "", plan.situations.first { $0.event == event }, phases)
            }
    }

    // MARK: - Tables

    private var comparison: DataTable {
        let rows = all.flatMap { name, situation, phases in
            plan.scenario.subnets.compactMap { subnet -> [String]? in
                let peaks = phases.compactMap { $0.peaks[subnet.id]?.addresses }
                guard let formula = situation?.demands[subnet.id]?.addresses, let band = Band(peaks.map(Double.init)) else { return nil }
                let more = Int(band.middle.rounded()) - formula
                return [
                    subnet.id.rawValue, name, formula.grouped, band.words { Int($0.rounded()).grouped },
                    more > 0 ? "+\(more.grouped)" : more.grouped,
                ]
            }
        }
        return DataTable(
            caption: "Most addresses of each subnet, by formula and as simulated",
            columns: [
                .words("Subnet"), .words("Situation"), .number("Formula"), .number("Simulated"), .number("Difference"),
            ], rows: rows, rowsMax: 120)
    }

    private var phases: DataTable {
        let rows = all.map { name, situation, phases -> [String] in
            let ready = Band(phases.compactMap { $0.readyAfter.map { $0 / .seconds(1) } })
            let late = phases.count { $0.readyAfter == nil }
            let waiting = Band(phases.map { Double($0.podsWaiting) })
            return [
                name, situation?.event == nil ? "" : situation?.seconds.map(\.time) ?? "never",
                (ready.map { $0.words(\.time) } ?? "never") + (late > 0 && ready != nil ? ", never with \(late.of("seed"))" : ""),
                Band(phases.compactMap { wait($0, 0.5) })?.words(\.time) ?? "",
                Band(phases.compactMap { wait($0, 0.99) })?.words(\.time) ?? "",
                waiting.map { $0.words { Int($0.rounded()).grouped } } ?? "",
            ]
        }
        return DataTable(
            caption: "What the simulation says of each situation: medians, with the range over seeds",
            columns: [
                .words("Situation"), .number("Formula"), .number("All running after"), .number("Wait, half of pods"),
                .number("Wait, 99%"), .number("Waiting at the end"),
            ], rows: rows)
    }

    private var calls: DataTable {
        let rows = all.map { name, _, phases in
            [name, Self.words(phases.map(\.calls)), Self.words(phases.map(\.throttled)), Self.words(phases.map(\.refusals))]
        }
        return DataTable(
            caption: "Calls to EC2, those that it throttled, and pods that were refused: medians over seeds",
            columns: [.words("Situation"), .prose("Calls"), .prose("Throttled"), .prose("Refused pods")], rows: rows)
    }

    private func wait(_ phase: SimulatedPlan.Phase, _ share: Double) -> Double? { phase.waits.percentile(share).map { $0 / .seconds(1) } }

    private static func words(_ counts: [[EC2Operation: Int]]) -> String {
        words(counts.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.key.rawValue, $0.value) }) })
    }

    /// The median of each, those of which there are most first.
    private static func words(_ counts: [[String: Int]]) -> String {
        let names = Set(counts.flatMap(\.keys))
        let medians = names.compactMap { name in Band(counts.map { Double($0[name] ?? 0) }).map { (name, Int($0.middle.rounded())) } }
        let most = medians.filter { $0.1 > 0 }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        return most.isEmpty ? "none" : most.prefix(8).map { "\($0.0) \($0.1.grouped)" }.joined(separator: ", ")
    }

    // MARK: - Charts

    private var steady: Markup {
        let phases = simulated.runs.map(\.steady)
        let subnets = plan.scenario.subnets.prefix(PlanPage.subnetsDrawn / 2).enumerated()
        return .joined([
            element(.div, .class("cards")) { subnets.compactMap { use(of: $1, phases, number: $0 + 1)?.markup } },
            element(.div, .class("cards")) { subnets.compactMap { fragmentation(of: $1, phases, number: $0 + 1)?.markup } },
        ])
    }

    private func use(of subnet: PlanScenario.Subnet, _ phases: [SimulatedPlan.Phase], number: Int) -> ChartFigure? {
        let held = Band.series(phases) { ($0.subnets[subnet.id]?.demand.addresses).map(Double.init) }
        let free = Band.series(phases) { ($0.subnets[subnet.id]?.freeAddresses).map(Double.init) }
        guard !held.isEmpty else { return nil }
        return TimeFigure(
            id: "use-\(number)", title: "\(subnet.id): addresses",
            description: "What the cluster holds of \(subnet.block), and what can still be given.",
            series: [
                .init(name: "held", points: held, style: .first), .init(name: "free", points: free, style: .second),
            ], words: { Int($0.rounded()).grouped }
        ).figure
    }

    private func fragmentation(of subnet: PlanScenario.Subnet, _ phases: [SimulatedPlan.Phase], number: Int) -> ChartFigure? {
        let share = Band.series(phases) { $0.subnets[subnet.id]?.fragmentation }
        guard !share.isEmpty else { return nil }
        return TimeFigure(
            id: "fragmentation-\(number)", title: "\(subnet.id): fragmentation",
            description: "The share of free addresses that lie in no wholly free /28.",
            series: [.init(name: "fragmented", points: share, style: .third)], most: 1, words: \.percent
        ).figure
    }

    private var atEvents: Markup {
        let events = all.dropFirst().prefix(PlanPage.eventsDrawn)
        return events.isEmpty
            ? .nothing
            : .joined([
                element(.h3) { "Event by event" },
                element(.div, .class("cards")) {
                    events.enumerated().compactMap { index, event in pods(event.name, event.phases, number: index + 1)?.markup }
                },
            ])
    }

    private func pods(_ name: String, _ phases: [SimulatedPlan.Phase], number: Int) -> ChartFigure? {
        let running = Band.series(phases) { Double($0.pods) }
        guard !running.isEmpty else { return nil }
        let ready = Band(phases.compactMap { $0.readyAfter.map { $0 / .seconds(1) } })
        return TimeFigure(
            id: "event-\(number)", title: name,
            description: ready.map { "All pods run after \($0.words(\.time))." } ?? "Not all pods run by the end.",
            series: [
                .init(name: "running", points: running, style: .first),
                .init(name: "waiting", points: Band.series(phases) { Double($0.waiting) }, style: .second),
            ], marks: ready.map { [.init(x: $0.middle, name: "all running")] } ?? [], words: { Int($0.rounded()).grouped }
        ).figure
    }
}
