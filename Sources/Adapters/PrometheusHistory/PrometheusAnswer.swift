import AWSClient
import CapacityPlanner
import JSON

/// A matrix of a range query with a label `subnet` (Prometheus documentation, "HTTP API", "Range queries").
struct PrometheusAnswer {
    /// By the label, a sample for each day with a number.
    private(set) var days: [String: [Forecast.Sample]] = [:]
    let warnings: [String]

    private static let bytesMax = 32 << 20
    /// The addresses of a /16, which no subnet is larger than.
    private static let most = 65_536.0

    init(_ answer: HTTPAnswer, of metric: String, _ place: String) throws(PrometheusFailure) {
        let json = try? JSONValue(parsing: answer.body, bytesMax: Self.bytesMax)
        let told = json?["error"]?.string
        guard answer.status == 200 else { throw PrometheusFailure(status: answer.status, told: told, place) }
        guard let json, json["status"]?.string == "success", let data = json["data"], data["resultType"]?.string == "matrix",
            let series = data["result"]?.array
        else {
            throw PrometheusFailure(
                "\(place) answers with something that is no matrix" + (told.map { ": \($0.prefix(300))" } ?? ""),
                "Give the URL of a Prometheus, or of what speaks its API")
        }
        warnings = (json["warnings"]?.array ?? []).compactMap(\.string)
        for one in series {
            guard let subnet = one["metric"]?["subnet"]?.string else {
                throw PrometheusFailure("\(place) has \(metric) without the label subnet", "Keep the labels of berthd when it is scraped")
            }
            for pair in one["values"]?.array ?? [] {
                guard let sample = try Self.sample(pair, of: metric, subnet, place) else { continue }
                days[subnet, default: []].append(sample)
            }
        }
    }

    /// A pair of seconds and a number as text; nil for NaN, which stands for a gap.
    private static func sample(
        _ pair: JSONValue, of metric: String, _ subnet: String, _ place: String
    ) throws(PrometheusFailure) -> Forecast.Sample? {
        guard let parts = pair.array, parts.count == 2, case .number(let time) = parts[0], let seconds = Double("\(time)"),
            let text = parts[1].string, (0..<1e11).contains(seconds)
        else {
            throw PrometheusFailure("\(place) has a sample of \(metric) that is no pair of time and text", "See what answers there")
        }
        // A moment at midnight tells of the day that ends with it.
        let day = Day(number: (Int(seconds) - 1) / PrometheusHistory.secondsPerDay)
        guard text != "NaN" else { return nil }
        guard let value = Double(text), (0...most).contains(value) else {
            throw PrometheusFailure(
                "\(place) has \(text.prefix(40)) for \(metric) of \(subnet) on \(day)",
                "Look at what is scraped: a subnet has from 0 to 65536")
        }
        return Forecast.Sample(day: day, free: Int(value))
    }
}
