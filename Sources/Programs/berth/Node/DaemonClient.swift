import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOFoundationEssentialsCompat
import NIOHTTP1

/// Asks a daemon for a report over its unix socket.
struct DaemonClient: Sendable {
    let socket: String

    /// The largest report that is read: 750 pods take about 250 KiB.
    private static let bytesMax = 16 << 20

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct Answer: Sendable {
        let body: Data

        var text: String { String(decoding: body, as: UTF8.self) }

        func decoded<Report: Decodable>() throws(Failure) -> Report {
            do {
                return try JSONDecoder().decode(Report.self, from: body)
            } catch {
                throw Failure(description: "the daemon's answer is of another version: \(error). Use the berth of the daemon's release")
            }
        }
    }

    func get(_ path: String) async throws(Failure) -> Answer { try await ask(path, .GET) }

    /// - Parameter limit: Five seconds are more than a daemon needs for what it knows itself.
    func ask(_ path: String, _ method: HTTPMethod, within limit: Duration = .seconds(5)) async throws(Failure) -> Answer {
        var request = HTTPClientRequest(url: "http+unix://\(percentEncoded(socket))\(path)")
        request.method = method
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration)
        let outcome = await exchange(request, path, client, .seconds(limit.components.seconds))
        try? await client.shutdown()
        return try outcome.get()
    }

    /// A socket nobody listens on is an answer at once: there is no daemon.
    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private func exchange(
        _ request: HTTPClientRequest, _ path: String, _ client: HTTPClient, _ limit: TimeAmount
    ) async -> Result<Answer, Failure> {
        do {
            let response = try await client.execute(request, timeout: limit)
            let body = try await response.body.collect(upTo: Self.bytesMax)
            guard response.status == .ok else {
                return .failure(Failure(description: "\(path) was answered with \(response.status.code): \(String(buffer: body))"))
            }
            return .success(Answer(body: Data(buffer: body)))
        } catch {
            return .failure(
                Failure(description: "no daemon answers on \(socket): \(error). Is berthd running, and may you open the socket?"))
        }
    }

    private func percentEncoded(_ path: String) -> String {
        path.utf8.map { byte in
            let isPlain =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._~".utf8.contains(byte)
            if isPlain { return String(UnicodeScalar(byte)) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
