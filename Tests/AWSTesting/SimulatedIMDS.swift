public import AWSClient
import Synchronization

/// The instance metadata service as EC2's is: version 2, tokens that end, 404 for what is empty.
public final class SimulatedIMDS: Sendable {
    private struct State {
        var values: [String: String]
        var tokens: [String: Int] = [:]
        var tokensGiven = 0
        var questions: [String] = []
        var isOff = false
        /// How many of the next questions fail with status 500.
        var failures = 0
    }

    private let state: Mutex<State>

    /// - Parameter values: By path below `/latest`.
    public init(_ values: [String: String] = SimulatedIMDS.node) {
        state = Mutex(State(values: values))
    }

    public var tokensGiven: Int { state.withLock(\.tokensGiven) }
    /// The paths that were asked for with a token that counts.
    public var questions: [String] { state.withLock(\.questions) }

    public func set(_ path: String, _ value: String?) { state.withLock { $0.values[path] = value } }
    public func endTokens() { state.withLock { $0.tokens = [:] } }
    public func turnOff() { state.withLock { $0.isOff = true } }
    public func fail(next count: Int) { state.withLock { $0.failures = count } }

    public func answer(_ request: HTTPRequest) -> HTTPAnswer {
        state.withLock { state in
            guard !state.isOff else { return HTTPAnswer(403, "Forbidden") }
            guard request.url.path.hasPrefix("/latest/") else { return HTTPAnswer(404, "") }
            let path = String(request.url.path.dropFirst("/latest/".count))
            if path == "api/token" { return token(request, &state) }
            guard let token = request["X-aws-ec2-metadata-token"], state.tokens[token] != nil, request.method == .get else {
                return HTTPAnswer(401, "Unauthorized")
            }
            if state.failures > 0 {
                state.failures -= 1
                return HTTPAnswer(500, "")
            }
            state.questions.append(path)
            return state.values[path].map { HTTPAnswer(200, $0) } ?? HTTPAnswer(404, "<html>Not Found</html>")
        }
    }

    private func token(_ request: HTTPRequest, _ state: inout State) -> HTTPAnswer {
        guard request.method == .put, request["X-Forwarded-For"] == nil else { return HTTPAnswer(403, "") }
        guard let life = request["X-aws-ec2-metadata-token-ttl-seconds"].flatMap({ Int($0) }), (1...21_600).contains(life) else {
            return HTTPAnswer(400, "Bad Request")
        }
        state.tokensGiven += 1
        state.tokens["token-\(state.tokensGiven)"] = life
        return HTTPAnswer(200, "token-\(state.tokensGiven)")
    }

    /// Serves on loopback while `body` runs.
    public func run<Outcome: Sendable>(
        _ body: @escaping @Sendable (HTTPURL, HTTPExchange) async throws -> Outcome
    ) async throws -> Outcome {
        try await LoopbackServer.run({ self.answer($0) }) { url in
            let connections = HTTPConnections()
            let outcome = await Result { try await body(url, connections.patientExchange) }
            await connections.shutdown()
            return try outcome.get()
        }
    }

    /// A node with two ENIs: the primary one with single addresses, and one with prefixes and IPv6 on another card.
    public static let node: [String: String] = [
        "meta-data/instance-id": "i-0a", "meta-data/instance-type": "p4d.24xlarge", "meta-data/mac": "02:00:00:00:00:0a",
        "meta-data/placement/availability-zone": "eu-central-1a", "meta-data/placement/region": "eu-central-1",
        "dynamic/instance-identity/document": #"{"accountId": "123456789012", "region": "eu-central-1"}"#,
        "meta-data/network/interfaces/macs/": "02:00:00:00:00:0a/\n02:00:00:00:00:0b/",
    ].merging(eni("02:00:00:00:00:0a", "eni-0a", index: 0)) { a, _ in a }
        .merging(eni("02:00:00:00:00:0b", "eni-0b", index: 1)) { a, _ in a }
        .merging([
            "meta-data/network/interfaces/macs/02:00:00:00:00:0a/local-ipv4s": "10.0.0.5\n10.0.0.6",
            "meta-data/network/interfaces/macs/02:00:00:00:00:0a/vpc-ipv4-cidr-block": "10.0.0.0/16",
            "meta-data/network/interfaces/macs/02:00:00:00:00:0a/vpc-ipv4-cidr-blocks": "10.0.0.0/16\n100.64.0.0/16",
            "meta-data/network/interfaces/macs/02:00:00:00:00:0b/network-card": "1",
            "meta-data/network/interfaces/macs/02:00:00:00:00:0b/local-ipv4s": "10.0.0.7",
            "meta-data/network/interfaces/macs/02:00:00:00:00:0b/ipv4-prefix": "10.0.0.16/28\n10.0.0.32/28",
            "meta-data/network/interfaces/macs/02:00:00:00:00:0b/ipv6s": "2001:db8::5",
            "meta-data/network/interfaces/macs/02:00:00:00:00:0b/ipv6-prefix": "2001:db8:0:0:1::/80",
            "meta-data/network/interfaces/macs/02:00:00:00:00:0b/subnet-ipv6-cidr-blocks": "2001:db8::/64",
        ]) { a, _ in a }

    private static func eni(_ mac: String, _ id: String, index: Int) -> [String: String] {
        let folder = "meta-data/network/interfaces/macs/\(mac)"
        return [
            "\(folder)/interface-id": id, "\(folder)/device-number": "\(index)", "\(folder)/subnet-id": "subnet-0a",
            "\(folder)/vpc-id": "vpc-0a", "\(folder)/subnet-ipv4-cidr-block": "10.0.0.0/24",
            "\(folder)/security-group-ids": "sg-0a\nsg-0b",
        ]
    }
}
