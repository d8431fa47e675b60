import NodeReports

extension Tables {
    /// Whether EC2 is called, and if not who has it so, since when, and what ends it.
    static func degradation(_ report: DegradationReport) -> String {
        if let since = report.orderSeconds, report.order == report.state {
            return "\(report.state), ordered by an operator \(seconds(since)) ago; berth degrade normal ends it"
        }
        guard let trip = report.trip else { return report.state }
        return "\(report.state), by the node itself: EC2 has failed for \(seconds(trip.seconds)) (\(trip.code)) and is asked again in "
            + "\(seconds(trip.probeSeconds)), or at once with berth degrade normal"
    }
}
