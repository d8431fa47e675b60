import Glibc
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A small Kubernetes API server on a port of its own of this machine, for one test.
///
/// It keeps objects with versions and a history, and answers get, list with pages, watch, create, update, patch and delete as the real one
/// does; and it can be told to be old, forgetful, slow or broken. It has no admission, no defaults and no discovery.
public final class FakeAPIServer: Sendable {
    /// What becomes of `allowWatchBookmarks`.
    public enum Bookmarks: Hashable, Sendable {
        /// Sent when ``FakeAPIServer/sendBookmarks()`` says so, and before a watch ends.
        case sent
        /// Refused with 500, as by a server above an etcd that reports no progress.
        case refused
        /// Refused with 500 in an event of the watch.
        case refusedInEvent
        case ignored
    }

    /// How a watch hears that its moment is forgotten.
    public enum Forgetting: Hashable, Sendable {
        /// 410 as the status of the answer.
        case inStatus
        /// An event in an answer with status 200.
        case inEvent
    }

    struct Page {
        var items: ArraySlice<JSONObject>
        var revision: Int
    }

    struct State {
        var store = ObjectStore()
        var kinds = ServedKind.usual
        var faults: [(fault: ServerFault, times: Int, matches: @Sendable (RecordedRequest) -> Bool)] = []
        var requests: [RecordedRequest] = []
        var tokens: Set<String>?
        var denied: Set<String> = []
        var allowed: Set<String>?
        var bookmarks = Bookmarks.sent
        var forgetting = Forgetting.inEvent
        var pages: [String: Page] = [:]
        var pageNumber = 0
        var feeds: [Int: WatchFeed] = [:]
        var feedNumber = 0
        var generated = 0
    }

    let state = Mutex(State())
    /// Where it listens on 127.0.0.1.
    public let port: Int
    private let isEncrypted: Bool

    /// The address for a kubeconfig file.
    public var url: String { "\(isEncrypted ? "https" : "http")://127.0.0.1:\(port)" }

    private init(port: Int, isEncrypted: Bool) {
        self.port = port
        self.isEncrypted = isEncrypted
    }

    /// Serves while `body` runs, and ends every connection after it.
    ///
    /// - Parameters:
    ///   - port: 0 for one that is free.
    ///   - socket: Listens already, as in another network namespace, and is closed at the end; nil to listen on a port of this one.
    ///   - certificates: For a server with TLS.
    ///   - asksForCertificate: Whether clients have to show one of the same authority.
    public static func run<Outcome: Sendable>(
        port: Int = 0, socket: CInt? = nil, certificates: TestCertificates? = nil, asksForCertificate: Bool = false,
        _ body: @escaping @Sendable (FakeAPIServer) async throws -> Outcome
    ) async throws -> Outcome {
        let tls = try certificates.map { try $0.serverContext(asksForCertificate: asksForCertificate) }
        let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        let prepare: @Sendable (any Channel) -> EventLoopFuture<Connection> = { channel in
            channel.eventLoop.makeCompletedFuture {
                if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(AnswerParts())
                return try Connection(wrappingChannelSynchronously: channel)
            }
        }
        let listener =
            if let socket {
                try await bootstrap.bind(socket, childChannelInitializer: prepare)
            } else {
                try await bootstrap.bind(host: "127.0.0.1", port: port, childChannelInitializer: prepare)
            }
        let server = FakeAPIServer(port: listener.channel.localAddress?.port ?? 0, isEncrypted: tls != nil)
        return try await listener.executeThenClose { connections in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.accept(connections) }
                defer { group.cancelAll() }
                return try await body(server)
            }
        }
    }

    private func accept(_ connections: NIOAsyncChannelInboundStream<Connection>) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for try await connection in connections {
                group.addTask { try? await self.serve(connection) }
            }
        }
    }
}
