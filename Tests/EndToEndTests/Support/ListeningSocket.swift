import Foundation
import Glibc
import NetlinkAdapter

/// A socket that listens on a free port of a namespace's loopback, for a server in this process.
struct ListeningSocket {
    let descriptor: CInt
    let port: Int

    /// Made by a thread that enters the namespace and ends there: a socket stays in the namespace it was made in.
    init(in namespace: NetworkNamespace) throws {
        let made = try onThreads(1, [namespace.path]) { (path: String) in
            let netns = open(path, O_RDONLY | O_CLOEXEC)
            guard netns >= 0 else { throw Failure(step: "open \(path)", errno: errno) }
            defer { close(netns) }
            try Self.enter(netns)
            return try Self.listen()
        }
        (descriptor, port) = made[0]
    }

    struct Failure: Error {
        var step: String
        var errno: Int32
    }

    /// setns(2), which the C library's headers show to programs with GNU extensions alone.
    private static func enter(_ netns: CInt) throws {
        typealias Function = @convention(c) (CInt, CInt) -> CInt
        let newNetns: CInt = 0x4000_0000
        guard let symbol = dlsym(nil, "setns"), unsafeBitCast(symbol, to: Function.self)(netns, newNetns) == 0 else {
            throw Failure(step: "setns", errno: errno)
        }
    }

    private static func listen() throws -> (CInt, Int) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && Glibc.listen(socket, 128) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else {
            let failure = Failure(step: "listen", errno: errno)
            close(socket)
            throw failure
        }
        return (socket, Int(UInt16(bigEndian: address.sin_port)))
    }
}
