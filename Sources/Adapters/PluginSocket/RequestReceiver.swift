import CPluginSocket
import Glibc
import NodePorts
import PodNetwork

/// Turns connections into requests, with a buffer of its own; each worker has one.
final class RequestReceiver {
    private let buffer: UnsafeMutableRawBufferPointer
    private let unanswered: UnansweredRequests

    init(_ unanswered: UnansweredRequests) {
        // Only the pages a request fills are ever backed by memory.
        buffer = .allocate(byteCount: Int(BERTH_REQUEST_BYTES_MAX), alignment: 16)
        self.unanswered = unanswered
    }

    deinit { buffer.deallocate() }

    /// Receives the request of a connection. Whoever sends something that cannot be served is told so.
    func receive(_ connection: consuming Descriptor) throws(PluginRefusal) -> PluginRequest {
        let peer = Self.peer(of: connection)
        var descriptors: [Int32] = [-1, -1]
        // Read even from a peer that is refused: what is left unread when a socket is closed takes the answer with it.
        let length = berth_receive(connection.number, buffer.baseAddress, buffer.count, &descriptors)
        guard length > 0 else { throw .silent(peer, length < 0 ? KernelErrno(rawValue: errno) : nil) }
        let sandbox = descriptors[1] >= 0 ? SandboxDescriptors(netns: descriptors[0], netlink: descriptors[1]) : nil
        do throws(PluginRefusal) {
            let frame = try decode(length, peer)
            return PluginRequest(frame, peer: peer, connection: connection.release(), sandbox: sandbox, unanswered)
        } catch {
            sandbox?.close()
            _ = error.reply.send(to: connection.number)
            throw error
        }
    }

    private func decode(_ length: Int, _ peer: PluginRequest.Peer) throws(PluginRefusal) -> RequestFrame {
        // The socket's mode keeps others out; this holds when somebody changed it.
        guard peer.uid == 0 || peer.uid == geteuid() else { throw .notPermitted(peer) }
        do throws(FrameFault) {
            guard length <= buffer.count else { throw .tooLong(bytes: length) }
            return try RequestFrame(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
        } catch {
            throw .malformed(peer, error)
        }
    }

    /// Nobody, when the kernel does not tell.
    private static func peer(of connection: borrowing Descriptor) -> PluginRequest.Peer {
        var uid = UInt32.max
        var pid: Int32 = 0
        _ = berth_peer(connection.number, &uid, &pid)
        return PluginRequest.Peer(uid: uid, pid: pid)
    }
}
