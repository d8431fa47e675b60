import Foundation

/// Asks a daemon for a report over its unix socket: HTTP without a client, since a test needs one GET.
struct DaemonReports {
    let socket: String

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    func get<Report: Decodable>(_ path: String) throws -> Report {
        try JSONDecoder().decode(Report.self, from: Data(text(path).utf8))
    }

    func text(_ path: String) throws -> String {
        let answer = try exchange("GET \(path) HTTP/1.1\r\nHost: berthd\r\nConnection: close\r\n\r\n")
        guard answer.hasPrefix("HTTP/1.1 200"), let end = answer.range(of: "\r\n\r\n") else {
            throw Failure(description: "\(path) was answered with \(answer.prefix(200))")
        }
        return String(answer[end.upperBound...])
    }

    private func exchange(_ request: String) throws -> String {
        let descriptor = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socket.utf8) }
        let isConnected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected, send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL)) > 0 else {
            throw Failure(description: "no daemon answers on \(socket): error \(errno)")
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { answer += buffer[..<count] }
        return String(decoding: answer, as: UTF8.self)
    }
}
