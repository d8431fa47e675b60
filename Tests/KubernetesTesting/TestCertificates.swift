import Glibc
import NIOSSL

/// An authority with a certificate for a server and one for a client, made by the `openssl` program in a folder of its own.
public struct TestCertificates: Sendable {
    /// Holds `ca.crt`, `server.crt`, `server.key`, `client.crt` and `client.key`, all in PEM.
    public let folder: String

    public var authority: String { "\(folder)/ca.crt" }
    public var clientCertificate: String { "\(folder)/client.crt" }
    public var clientKey: String { "\(folder)/client.key" }

    /// - Parameters:
    ///   - folder: Exists; what is made stays in it.
    ///   - serverNames: As `subjectAltName` takes them.
    public init(in folder: String, serverNames: String = "IP:127.0.0.1,DNS:localhost") throws {
        self.folder = folder
        try Self.openssl(
            folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=test authority",
            "-keyout", "ca.key", "-out", "ca.crt")
        try sign("server", subject: "/CN=apiserver", extensions: ["-addext", "subjectAltName=\(serverNames)"])
        try sign("client", subject: "/O=system:nodes/CN=system:node:test", extensions: [])
    }

    private func sign(_ name: String, subject: String, extensions: [String]) throws {
        try Self.openssl(
            folder,
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout", "\(name).key", "-out",
                "\(name).csr",
            ] + extensions)
        try Self.openssl(
            folder, "x509", "-req", "-in", "\(name).csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-copy_extensions", "copyall", "-out", "\(name).crt")
    }

    func serverContext(asksForCertificate: Bool) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile("\(folder)/server.crt").map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: "\(folder)/server.key", format: .pem)))
        if asksForCertificate {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .file(authority)
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private static func openssl(_ folder: String, _ arguments: String...) throws { try openssl(folder, arguments) }

    private static func openssl(_ folder: String, _ arguments: [String]) throws {
        let words = ["sh", "-c", "cd \"$1\" && shift && exec openssl \"$@\" >openssl.log 2>&1", "sh", folder] + arguments
        var strings = words.map { strdup($0) } + [nil]
        defer { for string in strings { free(string) } }
        var pid = pid_t()
        let number = posix_spawnp(&pid, "sh", nil, nil, &strings, environ)
        guard number == 0 else { throw CertificateFailure(problem: "sh was not started: \(number)") }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else {
            throw CertificateFailure(problem: "openssl \(arguments.joined(separator: " ")) ended with \(status); see \(folder)/openssl.log")
        }
    }
}

/// Why there are no certificates.
public struct CertificateFailure: Error, Hashable, Sendable {
    public var problem: String
}
