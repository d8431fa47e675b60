import AWSClient
import AWSTesting
import CredentialSources
import IMDSAdapter
import Testing

/// Each source of credentials, against a real server on loopback where it asks one.
struct CredentialChainTests {
    private let time = VirtualClock()
    private static let secret = "hush-hush-hush"

    /// What container endpoints and instance metadata serve.
    private static let document = """
        {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "ASIA1", "SecretAccessKey": "\(secret)", "Token": "\(secret)", \
        "Expiration": "2026-01-02T09:04:05Z", "LastUpdated": "2026-01-02T03:00:00Z"}
        """

    /// What STS answers.
    private static let assumed = """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
        <SubjectFromWebIdentityToken>system:serviceaccount:kube-system:berth</SubjectFromWebIdentityToken><Credentials>
        <AccessKeyId>ASIA2</AccessKeyId><SecretAccessKey>\(secret)</SecretAccessKey><SessionToken>\(secret)</SessionToken>
        <Expiration>2026-01-02T04:04:05Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
        <ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>
        """

    /// Fetches with a server that answers every source; `URL` in a variable is where it listens.
    private func fetch(
        _ environment: [String: String], files: [String: String] = [:], hasRegion: Bool = true,
        _ handler: @escaping LoopbackServer.Handler = { _ in HTTPAnswer(404, "") }
    ) async throws -> AWSCredentials {
        let clock = time.clock
        return try await LoopbackServer.run(handler) { url in
            let connections = HTTPConnections()
            let chain = CredentialChain(
                environment: environment.mapValues { $0.replacing("URL", with: "http://\(url.authority)") },
                exchange: connections.patientExchange,
                metadata: InstanceMetadata(connections.patientExchange, at: IMDSEndpoint(url: url), clock: clock),
                sts: hasRegion ? ServiceEndpoint(.sts, region: "eu-central-1", url: url) : nil, clock: clock,
                files: FileReader { path in files[path].map { Array($0.utf8) } })
            let outcome = await Result { try await chain.fetch() }
            await connections.shutdown()
            return try outcome.get()
        }
    }

    private func fault(
        _ environment: [String: String], files: [String: String] = [:], hasRegion: Bool = true,
        _ handler: @escaping LoopbackServer.Handler = { _ in HTTPAnswer(404, "") }
    ) async throws -> CredentialsFailure {
        try #require(
            await #expect(throws: CredentialsFailure.self) {
                try await fetch(environment, files: files, hasRegion: hasRegion, handler)
            })
    }

    // MARK: - The environment and files

    @Test func keysOfTheEnvironmentComeFirst() async throws {
        let keys = try await fetch([
            "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": Self.secret, "AWS_SESSION_TOKEN": "token",
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/c",
        ])
        #expect(keys.accessKeyID == "AKID" && keys.secretAccessKey == Self.secret && keys.sessionToken == "token")
        #expect(keys.expiration == nil)
    }

    @Test(arguments: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) func oneHalfOfAKeyIsAFault(_ name: String) async throws {
        let failure = try await fault([name: Self.secret])
        #expect(failure.problem.contains("only one"))
        #expect(!failure.description.contains(Self.secret))
    }

    @Test func theDefaultProfileIsReadFromBothFiles() async throws {
        let files = [
            "/h/.aws/config": "[default]\nregion = eu-central-1\naws_access_key_id = OLD\naws_secret_access_key = OLD\n",
            "/h/.aws/credentials":
                "# mine\n[ default ]\naws_access_key_id=AKID ; the one\n aws_secret_access_key = indented\naws_secret_access_key = \(Self.secret)\n",
        ]
        let keys = try await fetch(["HOME": "/h"], files: files)
        #expect(keys.accessKeyID == "AKID" && keys.secretAccessKey == Self.secret && keys.source == "profile default")
    }

    @Test func aProfileIsFoundByItsNameInFilesThatWereNamed() async throws {
        let files = [
            "/c": "[profile cni]\naws_session_token = token\n[cni]\naws_session_token = wrong\n",
            "/k":
                "[default]\naws_access_key_id = NO\naws_secret_access_key = NO\n[cni]\naws_access_key_id = AKID\naws_secret_access_key = k=e#y\n",
        ]
        let keys = try await fetch(
            ["AWS_CONFIG_FILE": "/c", "AWS_SHARED_CREDENTIALS_FILE": "/k", "AWS_PROFILE": "cni"], files: files)
        #expect(keys.accessKeyID == "AKID" && keys.secretAccessKey == "k=e#y" && keys.sessionToken == "token")
    }

    @Test func aProfileThatIsNamedAndMissingIsAFault() async throws {
        let failure = try await fault(["AWS_PROFILE": "cni", "HOME": "/h"])
        #expect(failure.problem == "Neither shared file has a profile cni")
        let useless = try await fault(
            ["AWS_PROFILE": "cni", "HOME": "/h"], files: ["/h/.aws/config": "[profile cni]\nsource_profile = a"])
        #expect(useless.problem.contains("neither keys nor a role"))
    }

    @Test func aProfileMayHaveAWebIdentity() async throws {
        let config = "[profile cni]\nrole_arn = arn:aws:iam::1:role/cni\nweb_identity_token_file = /token\n"
        let keys = try await fetch(["AWS_PROFILE": "cni", "HOME": "/h"], files: ["/h/.aws/config": config, "/token": "jwt"]) { _ in
            HTTPAnswer(200, Self.assumed)
        }
        #expect(keys.accessKeyID == "ASIA2")
    }

    // MARK: - Web identity

    private static let webIdentity = [
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/cni", "AWS_ROLE_SESSION_NAME": "node 1",
    ]

    @Test func aTokenBecomesARoleWithoutASignature() async throws {
        let keys = try await fetch(Self.webIdentity, files: ["/token": "a.b-c"]) { request in
            let body = String(decoding: request.body, as: UTF8.self)
            let expected =
                "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fcni"
                + "&RoleSessionName=node+1&WebIdentityToken=a.b-c"
            guard request["authorization"] == nil, body == expected else { return HTTPAnswer(400, body) }
            return HTTPAnswer(200, Self.assumed)
        }
        #expect(keys.accessKeyID == "ASIA2" && keys.secretAccessKey == Self.secret && keys.sessionToken == Self.secret)
        #expect(keys.expiration == UTCTime(iso8601: "2026-01-02T04:04:05Z"))
    }

    @Test func aRefusalOfSTSIsTold() async throws {
        let refusal =
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform it.</Message></Error>"
            + "<RequestId>req-2</RequestId></ErrorResponse>"
        let failure = try await fault(Self.webIdentity, files: ["/token": Self.secret]) { _ in HTTPAnswer(403, refusal) }
        #expect(failure.problem.contains("AccessDenied: Not authorized to perform it. (request req-2)"))
        #expect(failure.problem.contains("arn:aws:iam::1:role/cni"))
        #expect(!failure.description.contains(Self.secret))
    }

    @Test func aFaultyAnswerOfSTSIsNotQuoted() async throws {
        let failure = try await fault(Self.webIdentity, files: ["/token": "jwt"]) { _ in
            HTTPAnswer(200, Self.assumed.replacing("2026-01-02T04:04:05Z", with: Self.secret))
        }
        #expect(!failure.description.contains(Self.secret))
    }

    @Test func aTokenThatCannotBeReadAndARoleThatIsMissingAreFaults() async throws {
        #expect(try await fault(Self.webIdentity).problem.contains("/token"))
        #expect(try await fault(["AWS_WEB_IDENTITY_TOKEN_FILE": "/token"]).problem.contains("AWS_ROLE_ARN"))
        #expect(try await fault(Self.webIdentity, files: ["/token": "jwt"], hasRegion: false).remedy.contains("AWS_REGION"))
    }

    // MARK: - The container

    @Test func podIdentityIsAskedWithTheTokenOfItsFile() async throws {
        let environment = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/v1/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/pod-token",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this one",
        ]
        let keys = try await fetch(environment, files: ["/pod-token": "pod.jwt"]) { request in
            guard request.url.path == "/v1/credentials", request["authorization"] == "pod.jwt" else { return HTTPAnswer(401, "no") }
            return HTTPAnswer(200, Self.document)
        }
        #expect(keys.accessKeyID == "ASIA1" && keys.secretAccessKey == Self.secret)
        #expect(keys.expiration == UTCTime(iso8601: "2026-01-02T09:04:05Z"))
    }

    @Test func anAgentThatIsStartingIsAskedAgain() async throws {
        let answers = ScriptedExchange([
            .success(HTTPAnswer(503, "")), .success(HTTPAnswer(500, "")), .success(HTTPAnswer(200, Self.document)),
        ])
        let keys = try await fetch(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/c"]) { request in
            try? await answers.exchange.perform(request, HTTPLimits(timeout: .seconds(1), bytesMax: 1))
        }
        #expect(keys.accessKeyID == "ASIA1")
    }

    @Test func aRefusalOfTheAgentIsFinal() async throws {
        let failure = try await fault(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/c"]) { _ in HTTPAnswer(403, "no association") }
        #expect(failure.problem.contains("status 403: no association"))
    }

    @Test(arguments: [
        "http://10.0.0.1/c", "http://example.com/c", "http://169.254.169.254/c", "http://127.0.0.1.example.com/c", "ftp://127.0.0.1/c",
        "http://[fd00:ec2::24]/c", "http://169.254.170.23@example.com/c",
    ])
    func aTokenIsSentToNobodyElse(_ url: String) async throws {
        let script = ScriptedExchange(otherwise: { _ in .success(HTTPAnswer(200, Self.document)) })
        let environment = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": Self.secret]
        let failure = await #expect(throws: CredentialsFailure.self) { try await chain(environment, script).fetch() }
        #expect(failure?.problem.contains(url) == true)
        #expect(failure?.description.contains(Self.secret) == false)
        #expect(script.requests.isEmpty)
    }

    @Test(arguments: [
        "http://127.0.0.1:1/c", "http://localhost:1/", "http://[::1]:1/c", "http://169.254.170.2/c", "http://169.254.170.23/v1/credentials",
        "http://[fd00:ec2::23]/v1/credentials", "https://agent.example.com/c",
    ])
    func theNodeItselfAndTheAgentsOfAWSMayBeAsked(_ url: String) async throws {
        let script = ScriptedExchange(otherwise: { _ in .success(HTTPAnswer(200, Self.document)) })
        let keys = try await chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url], script).fetch()
        #expect(keys.accessKeyID == "ASIA1")
        #expect(script.requests.first.map { "\($0.url)" } == url)
    }

    @Test func theRelativePathIsECSs() async throws {
        let script = ScriptedExchange(otherwise: { _ in .success(HTTPAnswer(200, Self.document)) })
        _ = try await chain(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x?y=z"], script).fetch()
        #expect(script.requests.first.map { "\($0.url)" } == "http://169.254.170.2/v2/credentials/x?y=z")
        await #expect(throws: CredentialsFailure.self) {
            try await chain(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "@example.com/"], script).fetch()
        }
    }

    @Test func aTokenWithALineBreakIsNotSent() async throws {
        let failure = try await fault([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/c", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nX-Evil: \(Self.secret)",
        ])
        #expect(failure.problem.contains("line break"))
        #expect(!failure.description.contains(Self.secret))
    }

    private func chain(_ environment: [String: String], _ script: ScriptedExchange) -> CredentialChain {
        CredentialChain(
            environment: environment, exchange: script.exchange,
            metadata: InstanceMetadata(script.exchange, at: .ipv4, clock: time.clock), sts: nil, clock: time.clock,
            files: FileReader { _ in nil })
    }

    @Test func theChainTellsNothingOfItsEnvironment() {
        let chain = chain(["AWS_SECRET_ACCESS_KEY": Self.secret], ScriptedExchange())
        var dumped = ""
        dump(chain, to: &dumped)
        #expect(!(dumped + "\(chain)" + String(reflecting: chain)).contains(Self.secret))
    }

    // MARK: - The instance

    private static let role = "meta-data/iam/security-credentials/"

    @Test func theRoleOfTheInstanceIsTheLastResort() async throws {
        let imds = SimulatedIMDS([Self.role: "node-role\n", Self.role + "node-role": Self.document])
        let keys = try await fetch([:]) { imds.answer($0) }
        #expect(keys.accessKeyID == "ASIA1" && keys.source == "instance role node-role")
    }

    @Test func anInstanceWithoutARoleIsTold() async throws {
        let imds = SimulatedIMDS([:])
        let failure = try await fault([:]) { imds.answer($0) }
        #expect(failure.problem.contains("the instance has no role"))
        #expect(failure.remedy.contains("AmazonEKS_CNI_Policy"))
    }

    @Test func aCodeOtherThanSuccessIsAFailure() async throws {
        let imds = SimulatedIMDS([
            Self.role: "r", Self.role + "r": #"{"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume it."}"#,
        ])
        let failure = try await fault([:]) { imds.answer($0) }
        #expect(failure.problem.contains("AssumeRoleUnauthorizedAccess: EC2 cannot assume it."))
    }

    @Test(arguments: ["", "{}", "[", #"{"AccessKeyId": "A", "SecretAccessKey": "hush-hush-hush", "Token": "t", "Expiration": "soon"}"#])
    func aDocumentOfAnotherFormIsAFailureThatQuotesNothing(_ document: String) async throws {
        let failure = try await fault(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/c"]) { _ in HTTPAnswer(200, document) }
        #expect(!failure.description.contains(Self.secret))
    }
}
