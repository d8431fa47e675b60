import NodeReports

extension Tables {
    /// What of the cluster an operator has to know: a line, and one for each thing that is not as it was wished.
    static func cluster(_ report: ClusterReport) -> [(String, String)] {
        let contact =
            switch report.contact {
            case .unknown: "not asked yet"
            case .reached: "reached"
            case .away: "away: \(report.problem ?? "no answer")"
            }
        let interruptions = report.interruptions.sorted { $0.key < $1.key }.map { ("not followed", "\($0.key): \($0.value)") }
        let faults = report.faults.map { ("not heeded", $0) }
        let needingStart = report.needingStart.isEmpty ? [] : [("at next start", report.needingStart.joined(separator: ", "))]
        return [("cluster", "\(report.server), \(contact)")] + interruptions + faults + needingStart
    }
}
