import HTTPServing
import Hummingbird
import HummingbirdCore
import NIOCore
public import ServiceLifecycle

/// Serves ``SimulatedAWS`` over HTTP, and lets links follow, until its task is cancelled or its group shuts down.
public struct SimulatedAWSServer: Service {
    private let aws: SimulatedAWS
    private let address: LoopbackAddress
    private let isServing: @Sendable (String) async -> Void

    /// - Parameter isServing: Told the address of HTTP once requests are taken.
    public init(_ aws: SimulatedAWS, at address: LoopbackAddress, isServing: @escaping @Sendable (_ url: String) async -> Void) {
        self.aws = aws
        self.address = address
        self.isServing = isServing
    }

    public func run() async throws {
        let (aws, address, isServing) = (aws, address, isServing)
        let router = Router()
        for method in [HTTPRequest.Method.get, .put, .post] {
            for path: RouterPath in ["/", "/**"] { router.on(path, method: method) { request, _ in try await Self.answer(request, aws) } }
        }
        let service = HTTPService(router: router, address: .hostname(address.host, port: address.port)) { port in
            await isServing(address.url(port: port ?? address.port))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await cancelWhenGracefulShutdown { await aws.run() } }
            group.addTask { try await service.run() }
            defer { group.cancelAll() }
            try await group.waitForAll()
        }
    }

    private static func answer(_ request: Request, _ aws: SimulatedAWS) async throws -> Response {
        var request = request
        guard let body = try? await request.collectBody(upTo: SimulatedAWS.requestBytesMax) else {
            return Response(status: .contentTooLarge)
        }
        // The server takes Host out of the fields; signatures cover it.
        let fields = request.head.authority.map { [(name: "host", value: $0)] } ?? []
        let answer = await aws.answer(
            method: request.method.rawValue, path: request.uri.path,
            fields: fields + request.headers.map { (name: $0.name.rawName, value: $0.value) }, body: Array(body.readableBytesView))
        guard let answer else { return Response(status: .badRequest) }
        var response = Response(status: .init(code: answer.status), body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
        for field in answer.fields {
            if let name = HTTPFields.Element.Name(field.name) { response.headers[name] = field.value }
        }
        return response
    }
}
