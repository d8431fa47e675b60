import AWSClient
import Addressing
import JSON

/// Where a container's credentials are served, and what proves that it may have them.
struct ContainerEndpoint: Hashable, Sendable {
    var url: HTTPURL
    /// The value of `Authorization`.
    var authorization: String?
}

extension CredentialChain {
    private static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

    /// Reads the variables that ECS and EKS Pod Identity set (AWS SDKs and Tools Reference Guide, "Container credential provider").
    func containerEndpoint() throws(CredentialsFailure) -> ContainerEndpoint? {
        if let path = variable(Self.relative) {
            let url = HTTPURL("http://169.254.170.2\(path)")
            guard path.hasPrefix("/"), let url else { throw Self.fault(Self.relative, path, "no path such as /v2/credentials/…") }
            return ContainerEndpoint(url: url, authorization: try authorization())
        }
        guard let text = variable(Self.full) else { return nil }
        guard let url = HTTPURL(text) else { throw Self.fault(Self.full, text, "no address of HTTP") }
        guard url.scheme == .https || Self.isAllowed(url.host) else {
            throw Self.fault(Self.full, text, "an address without TLS of a host that is neither this node nor ECS's or EKS's own")
        }
        return ContainerEndpoint(url: url, authorization: try authorization())
    }

    /// Who may be asked without TLS: loopback, and the addresses of ECS and EKS Pod Identity.
    static func isAllowed(_ host: String) -> Bool {
        switch IPAddress(host) {
        case .v4(let address): address.bits >> 24 == 127 || ["169.254.170.2", "169.254.170.23"].contains(address.description)
        case .v6(let address): address.bits == 1 || address.description == "fd00:ec2::23"
        case nil: host == "localhost"
        }
    }

    /// The token in the file, read anew for every fetch, or else the one in the environment.
    private func authorization() throws(CredentialsFailure) -> String? {
        guard let path = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") else {
            return try checked(variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"), "AWS_CONTAINER_AUTHORIZATION_TOKEN")
        }
        guard let bytes = files.read(path), !bytes.isEmpty else {
            throw CredentialsFailure(
                problem: "The container's authorization token in \(path) cannot be read",
                remedy: "See that the pod has the volume of EKS Pod Identity mounted and that berthd may read it")
        }
        return try checked(String(decoding: bytes, as: UTF8.self), path)
    }

    /// A line break in a field would begin another.
    private func checked(_ token: String?, _ origin: String) throws(CredentialsFailure) -> String? {
        guard let token, token.contains(where: \.isNewline) else { return token }
        throw CredentialsFailure(problem: "The container's authorization token in \(origin) has a line break", remedy: "Remove it")
    }

    func credentials(from endpoint: ContainerEndpoint) async throws(CredentialsFailure) -> AWSCredentials {
        let fields = [HTTPField("Accept", "application/json")] + (endpoint.authorization.map { [HTTPField("Authorization", $0)] } ?? [])
        let place = "the container endpoint at \(endpoint.url.authority)"
        let answer = try await answer(to: HTTPRequest(.get, endpoint.url, fields: fields), from: place)
        guard answer.status == 200 else {
            throw CredentialsFailure(
                problem: "\(place) answered with status \(answer.status): \(answer.text.prefix(200))",
                remedy: "See that the pod's service account has a Pod Identity association, or the task a role")
        }
        return try AWSCredentials(json: answer.body, source: place)
    }

    /// Tries three times within seconds: the agent on the node may be starting.
    private func answer(to request: HTTPRequest, from place: String) async throws(CredentialsFailure) -> HTTPAnswer {
        let limits = HTTPLimits(timeout: .seconds(2), bytesMax: 64 << 10)
        var cause = ""
        for attempt in 0..<3 {
            do throws(HTTPFailure) {
                let answer = try await exchange.perform(request, limits)
                guard answer.status >= 500 || answer.status == 429 else { return answer }
                cause = "status \(answer.status)"
            } catch {
                cause = error.message
            }
            guard attempt < 2 else { break }
            do throws(CancellationError) { try await clock.sleep(.milliseconds(500) * (1 << attempt)) } catch { break }
        }
        throw CredentialsFailure(
            problem: "No answer from \(place): \(cause)", remedy: "See that the agent that serves credentials runs on the node")
    }

    private static func fault(_ variable: String, _ value: String, _ what: String) -> CredentialsFailure {
        CredentialsFailure(problem: "\(variable) is \"\(value)\", \(what)", remedy: "Correct it, or unset it")
    }
}

extension AWSCredentials {
    /// Reads the document that container endpoints and the instance metadata serve.
    init(json bytes: [UInt8], source: String) throws(CredentialsFailure) {
        let document = try? JSONValue(parsing: bytes, bytesMax: 64 << 10)
        if let code = document?["Code"]?.string, code != "Success" {
            throw CredentialsFailure(
                problem: "\(source) answered with the code \(code): \(document?["Message"]?.string ?? "no message")",
                remedy: "See that the role exists and may be assumed")
        }
        guard let id = document?["AccessKeyId"]?.string, let secret = document?["SecretAccessKey"]?.string,
            let token = document?["Token"]?.string, let end = document?["Expiration"]?.string.flatMap(UTCTime.init(iso8601:))
        else {
            throw CredentialsFailure(
                problem: "\(source) answered with \(bytes.count) bytes that have no credentials in the form expected",
                remedy: "See whether something answers in its place")
        }
        self.init(accessKeyID: id, secretAccessKey: secret, sessionToken: token, expiration: end, source: source)
    }
}
