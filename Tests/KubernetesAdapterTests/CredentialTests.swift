import KubernetesAdapter
import KubernetesTesting
import Testing

/// Tokens that change, and programs that tell them.
@Suite(.timeLimit(.minutes(2)))
struct CredentialTests {
    private let folder: TemporaryFolder
    private let clock = TestClock()

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func aTokenThatWasRotatedIsTakenWhenTheOldOneIsRefused() async throws {
        try folder.write("token", "first\n")
        try await FakeAPIServer.run { [folder, clock] server in
            server.set(tokens: ["first"])
            try await server.withClient(server.access(folder, user: "{tokenFile: token}"), clock: clock.clock) { client in
                _ = try await client.list(NodeResource.self)
                try folder.write("token", "second\n")
                server.set(tokens: ["second"])
                _ = try await client.list(NodeResource.self)
                #expect(server.requests.map { $0["Authorization"] } == ["Bearer first", "Bearer first", "Bearer second"])
            }
        }
    }

    @Test func aTokenIsReadAgainAfterAMinuteAndNotBefore() async throws {
        try folder.write("token", "first")
        try await FakeAPIServer.run { [folder, clock] server in
            try await server.withClient(server.access(folder, user: "{tokenFile: token}"), clock: clock.clock) { client in
                _ = try await client.list(NodeResource.self)
                try folder.write("token", "second")
                clock.advance(by: .seconds(59))
                _ = try await client.list(NodeResource.self)
                clock.advance(by: .seconds(1))
                _ = try await client.list(NodeResource.self)
                #expect(server.requests.map { $0["Authorization"] } == ["Bearer first", "Bearer first", "Bearer second"])
            }
        }
    }

    @Test func aTokenThatIsRefusedAndHasNotChangedIsNotTriedTwice() async throws {
        try folder.write("token", "first")
        try await FakeAPIServer.run { [folder, clock] server in
            server.set(tokens: [])
            try await server.withClient(server.access(folder, user: "{tokenFile: token}"), clock: clock.clock) { client in
                let failure = await #expect(throws: KubernetesFailure.self) { try await client.list(NodeResource.self) }
                #expect(failure?.kind == .unauthorized)
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test func aFollowerOutlastsTheRotationOfItsToken() async throws {
        try folder.write("token", "first")
        try await FakeAPIServer.run { [folder, clock] server in
            server.set(tokens: ["first"])
            try await server.withClient(server.access(folder, user: "{tokenFile: token}"), clock: clock.clock) { client in
                var events = client.follow(PodResource.self).makeAsyncIterator()
                #expect(await events.next()?.text == "listed")
                #expect(await server.until { $0.watchCount == 1 })
                try folder.write("token", "second")
                server.set(tokens: ["second"])
                server.endWatches()
                try server.putPod("a")
                var texts: [String] = []
                while texts.last != "changed a=a", let event = await events.next() { texts.append(event.text) }
                #expect(texts == ["changed a=a"])
            }
        }
    }

    @Test func aTokenFileThatIsGoneIsNamed() async throws {
        let file = try folder.write("token", "first")
        try await FakeAPIServer.run { [folder, clock] server in
            try await server.withClient(server.access(folder, user: "{tokenFile: token}"), clock: clock.clock) { client in
                try folder.write("token", " \n")
                let failure = await #expect(throws: KubernetesFailure.self) { try await client.list(NodeResource.self) }
                #expect(failure?.kind == .noCredential)
                #expect(failure?.message.contains("\(file): it is empty") == true)
            }
        }
    }

    // MARK: - Programs

    private func plugin(_ script: String, fields: String = "") throws -> String {
        try folder.write("plugin", "#!/bin/sh\n\(script)\n", isProgram: true)
        return "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin\(fields)}}"
    }

    private static func credential(_ status: String) -> String {
        #"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"# + status + "}}'"
    }

    @Test func aProgramIsAskedWithItsArgumentsAndVariablesAndItsTokenIsKept() async throws {
        let user = try plugin(
            """
            cd "${0%/*}"; echo run >>runs; echo "$1|$2|$EXTRA|$INHERITED|$KUBERNETES_EXEC_INFO" >asked
            \(Self.credential(#""token":"from-plugin""#))
            """, fields: ", args: [get, token], env: [{name: EXTRA, value: more}], provideClusterInfo: true")
        try await FakeAPIServer.run { [folder, clock] server in
            server.set(tokens: ["from-plugin"])
            let access = try server.access(
                folder, user: user, environment: ["INHERITED": "yes", "PATH": "/usr/bin:/bin"])
            try await server.withClient(access, clock: clock.clock) { client in
                for _ in 0..<5 { _ = try await client.list(NodeResource.self) }
                clock.advance(by: .seconds(86_400))
                _ = try await client.list(NodeResource.self)
            }
            #expect(try folder.read("runs") == "run\n")
            #expect(
                try folder.read("asked")
                    == #"get|token|more|yes|{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","#
                    + #""spec":{"interactive":false,"cluster":{"server":"\#(server.url)"}}}"# + "\n")
        }
    }

    @Test func aProgramIsAskedAgainBeforeItsAnswerEnds() async throws {
        // The clock of the test begins at 2026-01-02T03:04:05Z.
        let user = try plugin(
            """
            cd "${0%/*}"; echo run >>runs
            \(Self.credential(#""token":"t","expirationTimestamp":"2026-01-02T04:04:05Z""#))
            """)
        try await FakeAPIServer.run { [folder, clock] server in
            try await server.withClient(server.access(folder, user: user), clock: clock.clock) { client in
                _ = try await client.list(NodeResource.self)
                clock.advance(by: .seconds(3580))
                _ = try await client.list(NodeResource.self)
                #expect(try folder.read("runs") == "run\n")
                clock.advance(by: .seconds(10))
                _ = try await client.list(NodeResource.self)
                #expect(try folder.read("runs") == "run\nrun\n")
            }
        }
    }

    @Test func aProgramIsAskedAgainWhenTheServerRefusesItsAnswer() async throws {
        let user = try plugin(
            """
            cd "${0%/*}"; echo run >>runs; n=$(wc -l <runs)
            \(Self.credential(#""token":"token'$n'""#))
            """)
        try await FakeAPIServer.run { [folder, clock] server in
            server.set(tokens: ["token2"])
            try await server.withClient(server.access(folder, user: user, environment: ["PATH": "/usr/bin:/bin"]), clock: clock.clock) {
                client in
                _ = try await client.list(NodeResource.self)
                #expect(server.requests.map { $0["Authorization"] } == ["Bearer token1", "Bearer token2"])
            }
        }
    }

    @Test func manyWhoAskAtOnceRunAProgramOnce() async throws {
        let user = try plugin("cd \"${0%/*}\"; echo run >>runs; sleep 0.2\n" + Self.credential(#""token":"t""#))
        try await FakeAPIServer.run { [folder, clock] server in
            try await server.withClient(server.access(folder, user: user, environment: ["PATH": "/usr/bin:/bin"]), clock: clock.clock) {
                client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 { group.addTask { _ = try await client.list(NodeResource.self) } }
                    try await group.waitForAll()
                }
            }
            #expect(try folder.read("runs") == "run\n")
        }
    }

    @Test(arguments: [
        ("exit 3", "ended with status 3"), ("kill -9 $$", "was ended by signal 9"), ("echo nothing", "printed what is not JSON"),
        ("echo {}", "printed no ExecCredential"),
        (#"echo '{"kind":"ExecCredential","apiVersion":"v2"}'"#, "answered as v2, not as client.authentication.k8s.io/v1"),
        (credential(""), "gave neither a token nor a certificate"),
        (credential(#""clientKeyData":"x""#), "gave one of clientCertificateData and clientKeyData"),
        (credential(#""token":"t","expirationTimestamp":"soon""#), "gave the expirationTimestamp \"soon\""),
        ("head -c 2000000 /dev/zero", "printed more than 1048576 bytes"),
    ])
    func aProgramThatDoesNotAnswerIsNamedWithWhatItDid(script: String, problem: String) async throws {
        let user = try plugin(script, fields: ", installHint: Install it")
        try await FakeAPIServer.run { [folder, clock] server in
            try await server.withClient(server.access(folder, user: user, environment: ["PATH": "/usr/bin:/bin"]), clock: clock.clock) {
                client in
                let failure = await #expect(throws: KubernetesFailure.self) { try await client.list(NodeResource.self) }
                #expect(failure?.kind == .noCredential)
                #expect(failure?.message.contains(problem) == true, "\(failure?.message ?? "")")
                #expect(failure?.message.hasSuffix("Install it.") == true)
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test func aProgramThatDoesNotExistIsNamed() async throws {
        try await FakeAPIServer.run { [folder, clock] server in
            let user = "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: berth-no-such-program}}"
            try await server.withClient(server.access(folder, user: user), clock: clock.clock) { client in
                let failure = await #expect(throws: KubernetesFailure.self) { try await client.list(NodeResource.self) }
                #expect(failure?.message.contains("berth-no-such-program") == true)
                #expect(failure?.message.contains("could not be started: No such file or directory") == true)
            }
        }
    }
}
