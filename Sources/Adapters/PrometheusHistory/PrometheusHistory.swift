public import AWSClient
public import Addressing
public import CapacityPlanner

/// Asks a Prometheus server what subnets had left, day by day, by the daemon's metrics (`Docs/Reference/Metrics.md`).
///
/// Of each day the least counts, over all nodes that told of a subnet and looked at once an hour: the samples of a day would be too
/// many for a server where there are many nodes.
public struct PrometheusHistory: Sendable {
    private let server: HTTPURL
    private let token: String?
    private let exchange: HTTPExchange

    /// - Parameters:
    ///   - server: With the path below which its API is, such as `http://prometheus:9090`.
    ///   - token: Sent as a bearer's; nil for none.
    public init(server: HTTPURL, token: String? = nil, exchange: HTTPExchange) {
        self.server = server
        self.token = token
        self.exchange = exchange
    }

    /// What was read, and what the server warned of.
    public struct Answer: Hashable, Sendable {
        public var subnets: [SubnetID: SubnetHistory]
        public var warnings: [String]
    }

    /// A year and a day, which a forecast looks at, and far fewer points than the 11,000 that a server gives.
    public static let daysMax = 366
    /// A year of a thousand subnets.
    private static let bytesMax = 32 << 20
    /// A server's own limit on a query is two minutes unless it is set.
    private static let timeout: Duration = .seconds(150)
    static let secondsPerDay = 86_400

    /// Asks for whole days in UTC.
    ///
    /// - Parameters:
    ///   - subnets: Those of the plan; others are left out.
    ///   - days: How many, from 1 to ``daysMax``.
    ///   - today: The day at hand, of which nothing is read.
    /// - Throws: ``PrometheusFailure`` that tells what to do.
    public func read(_ subnets: [SubnetID], days: Int, before today: Day) async throws(PrometheusFailure) -> Answer {
        precondition((1...Self.daysMax).contains(days), "a history of \(days) days")
        let addresses = try await series("berth_subnet_free_ip_addresses", days, today)
        guard !addresses.days.isEmpty else {
            throw .init(
                "\(place) has no sample of berth_subnet_free_ip_addresses in the \(days) days before \(today)",
                "See whether it scrapes /metrics of the daemons and keeps samples for so long, or give more --days")
        }
        let blocks = try await series("berth_subnet_free_blocks", days, today)
        var answer = Answer(subnets: [:], warnings: addresses.warnings + blocks.warnings)
        for subnet in subnets {
            guard let samples = addresses.days[subnet.rawValue] else { continue }
            answer.subnets[subnet] = SubnetHistory(addresses: samples, blocks: blocks.days[subnet.rawValue] ?? [])
        }
        guard !answer.subnets.isEmpty else {
            let known = addresses.days.keys.sorted().prefix(5).joined(separator: ", ")
            throw .init("\(place) has samples of no subnet of the plan, but of \(known)", "Name these, or ask the cluster's own Prometheus")
        }
        return answer
    }

    private var place: String { "Prometheus at \(server.scheme.rawValue)://\(server.authority)\(server.path)" }

    private func series(_ metric: String, _ days: Int, _ today: Day) async throws(PrometheusFailure) -> PrometheusAnswer {
        let end = today.number * Self.secondsPerDay
        let query = "min_over_time((min by (subnet) (\(metric)))[1d:1h])"
        let parameters = [
            ("query", query), ("start", "\(end - (days - 1) * Self.secondsPerDay)"), ("end", "\(end)"), ("step", "\(Self.secondsPerDay)"),
        ]
        var url = server.appending("/api/v1/query_range")
        url.query = parameters.map { "\($0.0)=\(PercentEncoding.encoded($0.1))" }.joined(separator: "&")
        var fields = [HTTPField("Accept", "application/json")]
        if let token { fields.append(HTTPField("Authorization", "Bearer \(token)")) }
        let answer: HTTPAnswer
        do throws(HTTPFailure) {
            answer = try await exchange.perform(
                HTTPRequest(.get, url, fields: fields), HTTPLimits(timeout: Self.timeout, bytesMax: Self.bytesMax))
        } catch {
            throw PrometheusFailure(error, place)
        }
        return try PrometheusAnswer(answer, of: metric, place)
    }
}
