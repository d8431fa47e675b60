/// A limit that the design sets, and what was measured.
struct Budget: Codable {
    var what: String
    var unit: String
    var measured: Double
    var limit: Double
    /// Whether the limit is the least that is wanted and not the most.
    var isFloor = false
    var isMet: Bool

    init(_ what: String, _ measured: Double, atMost limit: Double, _ unit: String) {
        (self.what, self.unit, self.measured, self.limit) = (what, unit, measured, limit)
        isMet = measured <= limit
    }

    init(_ what: String, _ measured: Double, atLeast limit: Double, _ unit: String) {
        (self.what, self.unit, self.measured, self.limit) = (what, unit, measured, limit)
        isFloor = true
        isMet = measured >= limit
    }
}

extension Budget {
    /// The budgets of pods, as far as the measurement has the figures for them.
    static func ofPods(_ start: [PodsMeasurement.Start], _ rounds: [PodsMeasurement.Round]) -> [Budget] {
        var budgets: [Budget] = []
        if let own = start.first(where: { $0.contender == .berth }), let floor = start.first(where: { $0.contender == .floor }) {
            budgets.append(Budget("plugin without work, to static C", own.wall.p50 / floor.wall.p50, atMost: 1.3, "×"))
        }
        for round in rounds {
            guard let own = round[.berth] else { continue }
            if round.atOnce == 1 { budgets += alone(own) }
            if round.atOnce >= 16, let rate = own.rateToPtp {
                budgets.append(Budget("pods a second, \(round.atOnce) at once, to ptp", rate, atLeast: 4, "×"))
            }
        }
        return budgets
    }

    private static func alone(_ own: PodsMeasurement.Result) -> [Budget] {
        var budgets: [Budget] = []
        if let ratio = own.addToFloor { budgets.append(Budget("ADD alone, to the floor", ratio, atMost: 2, "×")) }
        if let ratio = own.addToPtp { budgets.append(Budget("ADD alone, to ptp", ratio, atMost: 0.2, "×")) }
        if let cpu = own.addCPU { budgets.append(Budget("CPU of one ADD, all processes", cpu.p50, atMost: 3, "ms")) }
        return budgets + [
            Budget("DEL alone", own.delete.p50, atMost: 1.5, "ms"),
            Budget("second DEL", own.secondDelete.p50, atMost: 1, "ms"),
        ]
    }
}
