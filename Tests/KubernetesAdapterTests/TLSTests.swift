import Foundation
import KubernetesAdapter
import KubernetesTesting
import Testing

/// Certificates of an authority that the test makes with the `openssl` program.
@Suite(.timeLimit(.minutes(2)))
struct TLSTests {
    private let folder: TemporaryFolder
    private let certificates: TestCertificates

    init() throws {
        folder = try TemporaryFolder()
        certificates = try TestCertificates(in: folder.path)
    }

    private func outcome(
        _ certificates: TestCertificates, asksForCertificate: Bool = false, user: String = "{token: t}", cluster: String
    ) async throws -> String {
        try await FakeAPIServer.run(certificates: certificates, asksForCertificate: asksForCertificate) { [folder] server in
            try await server.withClient(server.access(folder, user: user, cluster: cluster)) { client in
                do {
                    _ = try await client.list(NodeResource.self)
                    return server.requests.first?["Host"] == "127.0.0.1:\(server.port)" ? "listed" : "listed at another host"
                } catch {
                    return "\((error as? KubernetesFailure)?.kind ?? .broken)"
                }
            }
        }
    }

    @Test func aServerIsBelievedWhoseAuthorityIsNamed() async throws {
        #expect(try await outcome(certificates, cluster: "certificate-authority: ca.crt") == "listed")
    }

    @Test func aServerIsNotBelievedWhoseAuthorityIsNotNamed() async throws {
        #expect(try await outcome(certificates, cluster: "") == "notConnected")
    }

    @Test func aServerOfAnotherAuthorityIsNotBelieved() async throws {
        let others = try TemporaryFolder()
        let other = try TestCertificates(in: others.path)
        #expect(try await outcome(certificates, cluster: "certificate-authority: \(other.authority)") == "notConnected")
    }

    @Test func anyServerIsBelievedWhenTheFileSaysSo() async throws {
        #expect(try await outcome(certificates, cluster: "insecure-skip-tls-verify: true") == "listed")
    }

    @Test func theNameInTheCertificateMayBeAnother() async throws {
        let others = try TemporaryFolder()
        let other = try TestCertificates(in: others.path, serverNames: "DNS:kubernetes.default")
        let cluster = "certificate-authority: \(other.authority)"
        #expect(try await outcome(other, cluster: cluster) == "notConnected")
        #expect(try await outcome(other, cluster: cluster + ", tls-server-name: kubernetes.default") == "listed")
        #expect(try await outcome(other, cluster: cluster + ", tls-server-name: another.default") == "notConnected")
    }

    @Test func aClientShowsItsCertificate() async throws {
        let cluster = "certificate-authority: ca.crt"
        let shown = try await outcome(
            certificates, asksForCertificate: true, user: "{client-certificate: client.crt, client-key: client.key}", cluster: cluster)
        #expect(shown == "listed")
        let hidden = try await outcome(certificates, asksForCertificate: true, cluster: cluster)
        #expect(hidden != "listed")
    }

    @Test func aProgramMayTellTheCertificate() async throws {
        try folder.write(
            "plugin",
            """
            #!/bin/sh
            cd "${0%/*}"
            pem() { sed ':a;N;$!ba;s/\\n/\\\\n/g' "$1"; }
            printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{'
            printf '"clientCertificateData":"%s","clientKeyData":"%s"}}' "$(pem client.crt)" "$(pem client.key)"
            """, isProgram: true)
        let user = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, env: [{name: PATH, value: '/usr/bin:/bin'}]}}"
        let shown = try await outcome(certificates, asksForCertificate: true, user: user, cluster: "certificate-authority: ca.crt")
        #expect(shown == "listed")
    }

    @Test func dataInTheFileCountsAsAFileDoes() async throws {
        let authority = try folder.read("ca.crt")
        let data = Data(authority.utf8).base64EncodedString()
        #expect(try await outcome(certificates, cluster: "certificate-authority-data: \(data)") == "listed")
    }

    @Test func whatIsNoCertificateIsRefusedBeforeAnythingIsSent() async throws {
        try folder.write("empty.crt", "no certificate")
        try await FakeAPIServer.run(certificates: certificates) { [folder] server in
            let access = try server.access(folder, user: "{token: t}", cluster: "certificate-authority: empty.crt")
            let failure = await #expect(throws: ClusterAccessFailure.self) { try await server.withClient(access) { _ in } }
            #expect(failure?.problem.contains("hold no certificate in PEM (14 bytes)") == true)
        }
    }
}
