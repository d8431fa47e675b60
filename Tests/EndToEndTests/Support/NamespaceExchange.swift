import AWSClient
import Foundation
import NetlinkAdapter

extension HTTPExchange {
    /// Requests that are sent from within a network namespace, whose loopback nobody else can reach.
    static func inside(_ namespace: NetworkNamespace) -> HTTPExchange {
        let name = URL(fileURLWithPath: namespace.path).lastPathComponent
        return HTTPExchange { (request, _) throws(HTTPFailure) in
            let fields = [HTTPField("Host", request.url.authority), HTTPField("Connection", "close")] + request.fields
            let head = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
            let text = """
                \(request.method.rawValue) \(request.url.path) HTTP/1.1\r\n\(head)Content-Length: \(request.body.count)\r\n\r\n\
                \(String(decoding: request.body, as: UTF8.self))
                """
            do {
                // The server ends the connection after its answer; until then the input's end is no reason to leave.
                let outcome = try ChildProcess.run(
                    ["ip", "netns", "exec", name, "socat", "-t", "10", "-", "TCP:\(request.url.authority)"], input: text)
                if let answer = HTTPAnswer(outcome.output) { return answer }
                throw HTTPFailure(.broken, "\(request): \(outcome)")
            } catch let failure as HTTPFailure {
                throw failure
            } catch {
                throw HTTPFailure(.notConnected, "\(request): \(error)")
            }
        }
    }
}

extension HTTPAnswer {
    /// Reads the text of an answer whose length is told.
    fileprivate init?(_ text: String) {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        let fields = lines.dropFirst().compactMap { line -> HTTPField? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return HTTPField(String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        self.init(status: status, fields: fields, body: Array(text[end.upperBound...].utf8))
    }
}
