import AWSClient
import AWSTesting
import Addressing
import CapacityPlanner
import PrometheusHistory
import Synchronization
import Testing

@Suite struct PrometheusHistoryTests {
    private static let subnets = [SubnetID(unchecked: "subnet-0a"), SubnetID(unchecked: "subnet-0b")]
    private static let today = Day(number: 20_000)

    /// Reads from a server that answers each metric so.
    private func read(
        status: Int = 200, addresses: String, blocks: String = matrix(), token: String? = nil, days: Int = 3,
        seen: @escaping @Sendable (HTTPRequest) -> Void = { _ in }
    ) async throws -> PrometheusHistory.Answer {
        try await LoopbackServer.run { request in
            seen(request)
            let body = request.url.query?.contains("free_blocks") == true ? blocks : addresses
            return HTTPAnswer(status: status, fields: [], body: Array(body.utf8))
        } _: { url in
            let connections = HTTPConnections()
            let history = PrometheusHistory(server: url.appending("/prom/"), token: token, exchange: connections.exchange)
            let answer = await Result { try await history.read(Self.subnets, days: days, before: Self.today) }
            await connections.shutdown()
            return try answer.get()
        }
    }

    private static func matrix(_ series: (subnet: String, values: [(day: Int, value: String)])..., more: String = "") -> String {
        let results = series.map { series in
            let values = series.values.map { "[\(($0.day + 1) * 86_400),\"\($0.value)\"]" }.joined(separator: ",")
            return #"{"metric":{"subnet":"\#(series.subnet)"},"values":[\#(values)]}"#
        }
        return #"{"status":"success","data":{"resultType":"matrix","result":[\#(results.joined(separator: ","))]}\#(more)}"#
    }

    @Test func eachDayHasItsLeastAndOtherSubnetsAreLeftOut() async throws {
        let answer = try await read(
            addresses: Self.matrix(
                ("subnet-0a", [(19_997, "120"), (19_998, "NaN"), (19_999, "96")]), ("subnet-9z", [(19_999, "1")])),
            blocks: Self.matrix(("subnet-0a", [(19_999, "5")])))
        let history = SubnetHistory(
            addresses: [.init(day: Day(number: 19_997), free: 120), .init(day: Day(number: 19_999), free: 96)],
            blocks: [.init(day: Day(number: 19_999), free: 5)])
        #expect(answer.subnets == [Self.subnets[0]: history] && answer.warnings == [])
    }

    @Test func wholeDaysAreAskedForWithTheToken() async throws {
        let requests = Mutex<[HTTPRequest]>([])
        _ = try await read(addresses: Self.matrix(("subnet-0b", [(19_999, "1")])), token: "secret", days: 14) { request in
            requests.withLock { $0.append(request) }
        }
        let asked = requests.withLock { $0 }
        #expect(asked.map(\.url.path) == ["/prom/api/v1/query_range", "/prom/api/v1/query_range"])
        for (request, metric) in zip(asked, ["berth_subnet_free_ip_addresses", "berth_subnet_free_blocks"]) {
            let query = PercentEncoding.encoded("min_over_time((min by (subnet) (\(metric)))[1d:1h])")
            #expect(request.url.query == "query=\(query)&start=\((20_000 - 13) * 86_400)&end=\(20_000 * 86_400)&step=86400")
            #expect(request.fields.contains { $0.name.lowercased() == "authorization" && $0.value == "Bearer secret" })
        }
    }

    @Test func warningsAreHandedOn() async throws {
        let answer = try await read(addresses: Self.matrix(("subnet-0a", [(19_999, "1")]), more: #","warnings":["one store is away"]"#))
        #expect(answer.warnings == ["one store is away"])
    }

    /// What a server may say, and what is told of it.
    static let refusals: [(status: Int, body: String, words: [String])] = [
        (401, "Unauthorized", ["answers with 401", "--bearer-token-file"]), (403, "", ["answers with 403", "--bearer-token-file"]),
        (404, "not found", ["answers with 404", "/api/v1/query_range"]), (302, "", ["answers with 302", "/api/v1/query_range"]),
        (
            400, #"{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries."}"#,
            ["11,000 points", "fewer --days"]
        ),
        (422, #"{"status":"error","error":"query processing would load too many samples into memory"}"#, ["too many", "max-samples"]),
        (503, "", ["answers with 503", "later"]), (200, "<html>", ["no matrix"]), (200, "", ["no matrix"]),
        (200, #"{"status":"error","error":"a store is away"}"#, ["no matrix: a store is away"]),
        (200, #"{"status":"success","data":{"resultType":"vector","result":[]}}"#, ["no matrix"]),
        (200, matrix(), ["no sample of berth_subnet_free_ip_addresses in the 3 days before 2024-10-04", "scrapes /metrics"]),
        (200, matrix(("subnet-0a", [(19_999, "NaN")])), ["no sample"]),
        (200, matrix(("subnet-9z", [(19_999, "1")])), ["no subnet of the plan, but of subnet-9z"]),
        (200, matrix(("subnet-0a", [(19_999, "+Inf")])), ["+Inf", "subnet-0a on 2024-10-03"]),
        (200, matrix(("subnet-0a", [(19_999, "-1")])), ["-1"]),
        (200, matrix(("subnet-0a", [(19_999, "many")])), ["many"]),
        (200, #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[]}]}}"#, ["without the label subnet"]),
        (
            200, #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"subnet":"subnet-0a"},"values":[1]}]}}"#,
            ["no pair"]
        ),
    ]

    @Test(arguments: refusals) func whatIsNoHistoryIsToldWithWhatToDo(status: Int, body: String, words: [String]) async throws {
        let failure = await #expect(throws: PrometheusFailure.self) { try await read(status: status, addresses: body) }
        let text = "\(try #require(failure))"
        #expect(text.hasPrefix("Prometheus at http://127.0.0.1:") && words.allSatisfy { text.contains($0) }, "\(text)")
    }

    @Test func aServerThatIsNotThereIsTold() async throws {
        let connections = HTTPConnections()
        let url = try #require(HTTPURL("http://127.0.0.1:1"))
        let history = PrometheusHistory(server: url, exchange: connections.exchange)
        let failure = await #expect(throws: PrometheusFailure.self) {
            try await history.read(Self.subnets, days: 14, before: Self.today)
        }
        await connections.shutdown()
        #expect("\(try #require(failure))".contains("gives no answer") && failure?.remedy.contains("port-forward") == true)
    }
}
