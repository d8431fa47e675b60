import AWSClient

/// An answer in parts that any server can send.
struct ServedAnswer: Sendable {
    var status: Int
    var fields: [(name: String, value: String)]
    var body: [UInt8]
}

extension SimulatedAWS {
    /// Answers a request that came in parts; nil for a method or a path that no request of AWS has.
    func answer(
        method: String, path: String, fields: [(name: String, value: String)], body: [UInt8]
    ) async -> ServedAnswer? {
        guard let method = HTTPRequest.Method(rawValue: method), let url = HTTPURL("http://localhost\(path)") else { return nil }
        let request = HTTPRequest(method, url, fields: fields.map { HTTPField($0.name, $0.value) }, body: body)
        let answer = await self.answer(request)
        return ServedAnswer(status: answer.status, fields: answer.fields.map { ($0.name, $0.value) }, body: answer.body)
    }
}
