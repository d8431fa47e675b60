import AWSClient
import NodePorts

/// STS, as far as credentials of a node need it: who one is, and a role for a cluster's token (AWS Security Token Service API Reference).
struct STSQuery: Sendable {
    let account: SimulatedAccount
    let signatures: SignatureCheck
    let role: MetadataRole

    static let version = "2011-06-15"

    /// Whether a form asks STS and not EC2; both are served at one address.
    static func isMeant(by form: QueryForm) -> Bool { form.pairs.contains { $0.name == "Version" && $0.value == version } }

    func answer(_ request: HTTPRequest, _ form: QueryForm, at now: UTCTime, requestID: String) -> HTTPAnswer {
        let values = Dictionary(form.pairs.map { ($0.name, $0.value) }) { first, _ in first }
        do throws(EC2Failure) {
            switch values["Action"] {
            case "GetCallerIdentity":
                try signatures.check(request, of: "sts", at: now)
                return success("GetCallerIdentity", identity, requestID)
            case "AssumeRoleWithWebIdentity":
                // The token is the proof; whose it is cannot be told here, so any will do.
                for name in ["RoleArn", "RoleSessionName", "WebIdentityToken"] where (values[name] ?? "").isEmpty {
                    throw EC2Failure(code: "MissingParameter", message: "The request must contain the parameter \(name)")
                }
                let role = assumed(values["RoleArn"] ?? "", values["RoleSessionName"] ?? "", now)
                return success("AssumeRoleWithWebIdentity", role, requestID)
            case let action:
                throw EC2Failure(code: "InvalidAction", message: "The action \(action ?? "") is not valid for this web service.")
            }
        } catch {
            return refusal(error, requestID)
        }
    }

    private var identity: [XMLElement] {
        [
            XMLElement("Arn", "arn:aws:sts::\(account.id):assumed-role/\(role.name)/simulated"),
            XMLElement("UserId", "AROASIMULATED:simulated"), XMLElement("Account", account.id),
        ]
    }

    private func assumed(_ arn: String, _ session: String, _ now: UTCTime) -> [XMLElement] {
        let name = arn.split(separator: "/").last.map(String.init) ?? arn
        let user = [
            XMLElement("AssumedRoleId", "AROASIMULATED:\(session)"),
            XMLElement("Arn", "arn:aws:sts::\(account.id):assumed-role/\(name)/\(session)"),
        ]
        let keys = [
            XMLElement("AccessKeyId", role.key.accessKeyID), XMLElement("SecretAccessKey", role.key.secretAccessKey),
            XMLElement("SessionToken", role.sessionToken), XMLElement("Expiration", "\(now + .seconds(3600))"),
        ]
        return [XMLElement("AssumedRoleUser", of: user), XMLElement("Credentials", of: keys)]
    }

    // MARK: - The form of its answers

    private static let namespace = "https://sts.amazonaws.com/doc/\(version)/"

    private func success(_ action: String, _ result: [XMLElement], _ requestID: String) -> HTTPAnswer {
        var text = "<\(action)Response xmlns=\"\(Self.namespace)\">"
        for element in [
            XMLElement("\(action)Result", of: result), XMLElement("ResponseMetadata", of: [XMLElement("RequestId", requestID)]),
        ] { element.write(to: &text) }
        return answer(200, text + "</\(action)Response>", requestID)
    }

    private func refusal(_ failure: EC2Failure, _ requestID: String) -> HTTPAnswer {
        var text = "<ErrorResponse xmlns=\"\(Self.namespace)\">"
        let error = [XMLElement("Type", "Sender"), XMLElement("Code", failure.code), XMLElement("Message", failure.message)]
        for element in [XMLElement("Error", of: error), XMLElement("RequestId", requestID)] { element.write(to: &text) }
        return answer(["InvalidAction", "MissingParameter"].contains(failure.code) ? 400 : 403, text + "</ErrorResponse>", requestID)
    }

    private func answer(_ status: Int, _ text: String, _ requestID: String) -> HTTPAnswer {
        HTTPAnswer(
            status: status, fields: [HTTPField("Content-Type", "text/xml"), HTTPField("x-amzn-RequestId", requestID)],
            body: Array(text.utf8))
    }
}
