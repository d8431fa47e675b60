import JSON

/// What a credential plugin answered.
struct ExecCredential: Hashable, Sendable {
    struct Certificate: Hashable, Sendable {
        var chain: [UInt8]
        var key: [UInt8]
    }

    var token: String?
    var certificate: Certificate?
    /// Nil for one that lasts until the server refuses it.
    var expiration: Timestamp?

    /// Reads a plugin's standard output; the error is a sentence's end for a person.
    init(parsing output: [UInt8], apiVersion: String) throws(ExecFailure) {
        let answer: JSONValue
        do throws(JSONError) {
            answer = try JSONValue(parsing: output, bytesMax: ExecPlugin.outputBytesMax)
        } catch {
            throw ExecFailure("printed what is not JSON: \(error)")
        }
        guard answer["kind"]?.string == "ExecCredential" else { throw ExecFailure("printed no ExecCredential") }
        guard let version = answer["apiVersion"]?.string, version == apiVersion else {
            throw ExecFailure("answered as \(answer["apiVersion"]?.string ?? "no version"), not as \(apiVersion)")
        }
        guard let status = answer["status"]?.object else { throw ExecFailure("printed an ExecCredential without a status") }
        token = status["token"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        switch (status["clientCertificateData"]?.string, status["clientKeyData"]?.string) {
        case (let chain?, let key?): certificate = Certificate(chain: Array(chain.utf8), key: Array(key.utf8))
        case (nil, nil): certificate = nil
        default: throw ExecFailure("gave one of clientCertificateData and clientKeyData")
        }
        guard token != nil || certificate != nil else { throw ExecFailure("gave neither a token nor a certificate") }
        if let end = status["expirationTimestamp"]?.string {
            guard let moment = Timestamp(rfc3339: end) else {
                throw ExecFailure("gave the expirationTimestamp \"\(end.cut(toBytes: 64))\"")
            }
            expiration = moment
        }
    }
}

/// What a plugin did instead of answering.
struct ExecFailure: Error, Hashable, Sendable {
    var problem: String

    init(_ problem: String) { self.problem = problem }
}
