import Glibc
import Synchronization

/// Stands between a client and a server on this machine, and does to single requests what networks and services do on a bad day.
///
/// It forwards bytes and knows of HTTP only where a request and an answer end, so that what it breaks is broken on the wire.
public final class FaultProxy: Sendable {
    /// What becomes of one request.
    public enum Fault: Hashable, Sendable {
        case none
        /// The service turns the request away and does nothing.
        case refuse(status: Int, code: String, fields: [String] = [])
        /// The connection is reset before the service hears of the request.
        case resetBefore
        /// The service carries the request out; the connection is reset in the middle of its answer.
        case resetInAnswer
        /// The service carries the request out; its answer ends in the middle, and its length says that this is all.
        case truncateAnswer
        /// Nobody answers, and the connection stays open.
        case hang
        /// The request arrives with another signature than it was sent with.
        case breakSignature
        /// The request arrives with another session token than it was sent with.
        case breakToken
    }

    private struct State {
        var listener: Int32 = -1
        var connections: Set<Int32> = []
    }

    public let port: Int
    private let upstream: Int
    private let fault: @Sendable (_ request: String) -> Fault
    private let state = Mutex(State())

    /// Listens on a port of its own until ``stop()``.
    ///
    /// - Parameters:
    ///   - upstream: The server's port on 127.0.0.1.
    ///   - fault: Decides on each request, given its head and body as text, on the thread of its connection.
    public init(to upstream: Int, fault: @escaping @Sendable (_ request: String) -> Fault) throws {
        self.upstream = upstream
        self.fault = fault
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw ProxyFailure(errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
        state.withLock { $0.listener = listener }
        Thread { [self] in accept(on: listener) }.start()
    }

    /// Closes every connection and takes no more.
    public func stop() {
        state.withLock { state in
            shutdown(state.listener, Int32(SHUT_RDWR))
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    // MARK: - Connections

    private func accept(on listener: Int32) {
        while case let connection = Glibc.accept(listener, nil, nil), connection >= 0 {
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            state.withLock { _ = $0.connections.insert(connection) }
            Thread { [self] in
                while serve(connection) {}
                state.withLock { state in
                    state.connections.remove(connection)
                    close(connection)
                }
            }.start()
        }
        close(listener)
    }

    /// Passes one request on and its answer back; false when the connection has ended.
    private func serve(_ client: Int32) -> Bool {
        guard var request = readMessage(client) else { return false }
        switch fault(String(decoding: request, as: UTF8.self)) {
        case .none: return send(forward(request), to: client)
        case .refuse(let status, let code, let fields): return send(Self.refusal(status, code, fields), to: client)
        case .resetBefore: return reset(client)
        case .resetInAnswer:
            let answer = forward(request)
            _ = send(Array(answer.prefix(answer.count * 3 / 4)), to: client)
            return reset(client)
        case .truncateAnswer: return send(Self.truncated(forward(request)), to: client)
        case .hang:
            var byte: UInt8 = 0
            while recv(client, &byte, 1, 0) > 0 {}
            return false
        case .breakSignature:
            Self.damage(&request, after: "Signature=")
            return send(forward(request), to: client)
        case .breakToken:
            Self.damage(&request, after: "x-amz-security-token: ")
            return send(forward(request), to: client)
        }
    }

    /// An RST instead of a FIN: what was not read yet is lost.
    private func reset(_ client: Int32) -> Bool {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        return false
    }

    private func forward(_ request: [UInt8]) -> [UInt8] {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(server) }
        var address = Self.loopback(port: UInt16(upstream))
        let isConnected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected, send(request, to: server) else { return Self.refusal(502, "BadGateway", []) }
        return readMessage(server) ?? Self.refusal(502, "BadGateway", [])
    }

    private func send(_ bytes: [UInt8], to peer: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Reads a request or an answer to the end that its length gives.
    private func readMessage(_ peer: Int32) -> [UInt8]? {
        var message: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let whole = Self.length(of: message), message.count >= whole { return message }
            let count = recv(peer, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            message += buffer[..<count]
        }
    }

    // MARK: - Bytes

    /// The length of a message whose head is complete; nil before.
    private static func length(of message: [UInt8]) -> Int? {
        guard let end = headEnd(of: message) else { return nil }
        let head = String(decoding: message[..<end], as: UTF8.self).lowercased()
        let field = head.split(whereSeparator: \.isNewline).first { $0.hasPrefix("content-length:") }
        return end + (field?.split(separator: ":").last.flatMap { Int($0.filter { !$0.isWhitespace }) } ?? 0)
    }

    private static func headEnd(of message: [UInt8]) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        guard message.count >= end.count else { return nil }
        return (0...message.count - end.count).first { message[$0..<$0 + end.count].elementsEqual(end) }.map { $0 + end.count }
    }

    private static func truncated(_ answer: [UInt8]) -> [UInt8] {
        guard let end = headEnd(of: answer) else { return answer }
        let head = String(decoding: answer[..<end], as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        let body = answer[end...].prefix((answer.count - end) / 2)
        let lines = head.map { $0.lowercased().hasPrefix("content-length:") ? "Content-Length: \(body.count)" : String($0) }
        return Array(lines.joined(separator: "\r\n").utf8) + body
    }

    private static func refusal(_ status: Int, _ code: String, _ fields: [String]) -> [UInt8] {
        let body =
            "<Response><Errors><Error><Code>\(code)</Code><Message>for a test</Message></Error></Errors><RequestID>r</RequestID></Response>"
        let head = ["HTTP/1.1 \(status) Refused", "Content-Type: text/xml", "Content-Length: \(body.utf8.count)"] + fields
        return Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    /// Changes the character behind a text, whatever the text's case.
    private static func damage(_ message: inout [UInt8], after text: String) {
        let wanted = Array(text.lowercased().utf8)
        let lowered = message.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
        guard let start = (0..<max(0, lowered.count - wanted.count)).first(where: { lowered[$0..<$0 + wanted.count].elementsEqual(wanted) })
        else { return }
        let index = start + wanted.count
        message[index] = message[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}

/// Why a proxy cannot listen: the error number of the system.
public struct ProxyFailure: Error, Hashable, Sendable {
    public let number: Int32

    init(_ number: Int32) { self.number = number }
}

/// A thread that runs a closure and ends; what blocks must not be in the way of tasks.
private final class Thread: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let number = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Thread>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, context)
        precondition(number == 0, "no thread could be made: error \(number)")
        pthread_detach(thread)
    }
}
