import NIOSSL

/// What one connection and request prove with, as it was read last.
struct Login: Sendable {
    /// What was read; two of the same are the same login.
    struct Proof: Hashable, Sendable {
        var token: String?
        var chain: [UInt8]?
        var key: [UInt8]?
        var authorities: [UInt8]?
    }

    let proof: Proof
    /// Nil for a server without encryption.
    let tls: TLSConfiguration?

    /// - Throws: When a certificate or key is none.
    init(_ proof: Proof, for access: ClusterAccess) throws(ClusterAccessFailure) {
        self.proof = proof
        tls = access.address.isEncrypted ? try Self.tls(proof, access) : nil
    }

    private static func tls(_ proof: Proof, _ access: ClusterAccess) throws(ClusterAccessFailure) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if access.isUnverified { configuration.certificateVerification = .none }
        if let authorities = proof.authorities {
            configuration.trustRoots = .certificates(try certificates(authorities, "authorities", access))
        }
        if let chain = proof.chain, let key = proof.key {
            configuration.certificateChain = try certificates(chain, "client certificate", access).map { .certificate($0) }
            do {
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
            } catch {
                throw ClusterAccessFailure(
                    problem: "The client key of \(access.source) is no private key in PEM without a passphrase", remedy: "Give one")
            }
        }
        return configuration
    }

    private static func certificates(
        _ pem: [UInt8], _ what: String, _ access: ClusterAccess
    ) throws(ClusterAccessFailure) -> [NIOSSLCertificate] {
        if let certificates = try? NIOSSLCertificate.fromPEMBytes(pem), !certificates.isEmpty { return certificates }
        throw ClusterAccessFailure(
            problem: "The \(what) of \(access.source) hold no certificate in PEM (\(pem.count) bytes)", remedy: "Give one at least")
    }
}
