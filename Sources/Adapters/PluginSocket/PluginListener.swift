import CPluginSocket
import Glibc

/// The socket on which plugins call, before anybody answers.
///
/// From the moment it is made plugins connect and wait in its queue, so the daemon makes it first, replays the
/// ``DeleteSpool`` next, and then starts a ``PluginServer``.
public struct PluginListener: ~Copyable, Sendable {
    public let path: String
    let socket: Descriptor

    /// Connections that wait to be accepted; more are turned away and the plugins try again.
    private static let queueMax: Int32 = 1024

    /// Binds the socket, mode 0600, in a folder that is made, mode 0700, if it is missing.
    ///
    /// It is bound under another name and renamed into place, so that the path never leads nowhere while one daemon
    /// follows another. Whoever listened there before keeps its connections and gets no further ones.
    ///
    /// - Throws: ``PluginSocketError``: ``PluginSocketError/Code/pathTooLong`` above 107 bytes, also of the temporary
    ///   name, else ``PluginSocketError/Code/system``.
    public init(path: String) throws(PluginSocketError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        // At most 9 bytes, so that it hardly ever is longer than the name it stands for.
        let temporary = "\(folder)/.\(getpid())"
        try Self.checkLength(of: path)
        try Self.checkLength(of: temporary)
        guard folder.isEmpty || mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw PluginSocketError(.system, "make the folder \(folder)", errno)
        }
        do throws(PluginSocketError) {
            socket = try Self.listen(on: temporary, renamedTo: path)
        } catch {
            unlink(temporary)
            throw error
        }
        self.path = path
    }

    private static func listen(on temporary: String, renamedTo path: String) throws(PluginSocketError) -> Descriptor {
        // Left over from a daemon that had the same process id and ended between bind and rename.
        unlink(temporary)
        let socket = try Descriptor(berth_bind(temporary), "bind a socket to \(temporary)")
        // Until it listens nobody can connect, so nobody does before the mode is set.
        guard chmod(temporary, 0o600) == 0, Glibc.listen(socket.number, queueMax) == 0, rename(temporary, path) == 0 else {
            throw PluginSocketError(.system, "listen on \(path)", errno)
        }
        return socket
    }

    private static func checkLength(of path: String) throws(PluginSocketError) {
        guard path.utf8.count > Int(BERTH_SOCKET_PATH_BYTES_MAX) else { return }
        throw PluginSocketError(
            .pathTooLong, "the socket path \(path) has \(path.utf8.count) bytes",
            remedy: "choose one of at most \(BERTH_SOCKET_PATH_BYTES_MAX) bytes")
    }

    /// Accepts a connection if one waits.
    ///
    /// - Throws: ``PluginSocketError``, with `EAGAIN` when none waits.
    func accept(receiveTimeout: Duration) throws(PluginSocketError) -> Descriptor {
        try Descriptor(berth_accept(socket.number, receiveTimeout.pollMilliseconds), "accept a connection on \(path)")
    }

    /// Turns further connections away. Those in the queue can still be accepted.
    func refuseFurther() {
        shutdown(socket.number, Int32(SHUT_RD))
    }
}
