public import AWSClient

extension AWSCredentials {
    /// Reads the one key of a file in the form of AWS's shared credentials file: `aws_access_key_id`, `aws_secret_access_key` and, if need
    /// be, `aws_session_token`, one a line, of whatever profile.
    ///
    /// - Throws: When the id or the secret is missing.
    public init(endpointKeyIn text: String, of path: String) throws(CredentialsFailure) {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let halves = line.split(separator: "=", maxSplits: 1).map { String($0.filter { !$0.isWhitespace }) }
            if halves.count == 2 { values[halves[0]] = halves[1] }
        }
        guard let id = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] else {
            throw CredentialsFailure(
                problem: "\(path) names no key", remedy: "Give it the lines aws_access_key_id = … and aws_secret_access_key = …")
        }
        self.init(accessKeyID: id, secretAccessKey: secret, sessionToken: values["aws_session_token"], source: path)
    }
}
