import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

extension KubernetesFailure {
    /// What went wrong with a connection.
    init(_ error: any Error, request: String) {
        switch error {
        case let error as KubernetesFailure: self = error
        case is CancellationError: self.init(.cancelled, message: "the wait was cancelled", request: request)
        case is NIOTooManyBytesError: self.init(.unreadable, message: "the answer is larger than is taken", request: request)
        case is NIOConnectionError: self.init(.notConnected, message: "\(error)", request: request)
        case let error as NIOSSLExtraError: self.init(.notConnected, message: "TLS: \(error)", request: request)
        case let error as NIOSSLError: self.init(.notConnected, message: "TLS: \(error)", request: request)
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            self.init(.notConnected, message: "\(error)", request: request)
        default: self.init(Self.kind(of: error as? HTTPClientError), message: "\(error)", request: request)
        }
    }

    private static func kind(of error: HTTPClientError?) -> Kind {
        switch error {
        case .cancelled, .alreadyShutdown: .cancelled
        case .deadlineExceeded, .readTimeout, .writeTimeout: .timedOut
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .proxyAuthenticationRequired: .notConnected
        default: .broken
        }
    }
}
