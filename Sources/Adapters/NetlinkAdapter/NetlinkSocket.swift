import CNetlink
import CNetlinkShims
import Glibc
import PodNetwork

/// A routing-netlink socket, owned by libnl, and through it the namespace in which it was opened.
struct NetlinkSocket: ~Copyable {
    /// An answer takes as long as the kernel's routing lock is held by others; a wait beyond this is a fault.
    static let waitSecondsMax: Int32 = 30

    /// No answer is longer: the kernel fills at most 32 KiB of a dump at a time (`NLMSG_GOODSIZE` and `max_recvmsg_len` of
    /// net/netlink/af_netlink.c).
    private static let answerBytesMax = 32 * 1024

    let handle: LibnlHandle
    private let descriptor: Int32
    /// Numbers of our own; libnl counts its queries' apart and so tells a late answer from theirs.
    private(set) var nextSequence = UInt32.random(in: 0x8000_0000...0xffff_ffff)

    /// Takes the descriptor over, and closes it even when this fails.
    init(adopting descriptor: Int32) throws(KernelErrno) {
        let socket = try Self.adopt(descriptor)
        handle = try LibnlHandle(socket, release: { nl_socket_free($0) })
        self.descriptor = descriptor
    }

    private static func adopt(_ descriptor: Int32) throws(KernelErrno) -> OpaquePointer? {
        let socket = nl_socket_alloc()
        do throws(KernelErrno) {
            _ = try KernelErrno.result(berth_netlink_configure(descriptor, waitSecondsMax))
            try KernelErrno.check(socket == nil ? -NLE_NOMEM : nl_socket_set_fd(socket, NETLINK_ROUTE, descriptor))
            // With a buffer of its own size libnl need not ask for the length of each message before it reads it.
            try KernelErrno.check(nl_socket_set_msg_buf_size(socket, answerBytesMax))
            return socket
        } catch {
            close(descriptor)
            nl_socket_free(socket)
            throw error
        }
    }

    /// Sends the batch in one write, reads every answer and empties it.
    ///
    /// - Returns: For each request, in order, the position of its change and its error number, 0 for none.
    mutating func exchange(_ batch: inout RequestBatch) throws(KernelErrno) -> [(position: Int, errno: Int32)] {
        var errors = [Int32](repeating: 0, count: batch.positions.count)
        let sent = batch.withBytes { nl_sendto(handle.pointer, $0, $1) }
        guard sent >= 0 else { throw KernelErrno(libnlCode: sent) }
        let count = Int32(errors.count)
        _ = try KernelErrno.result(
            berth_netlink_receive_acknowledgements(descriptor, batch.firstSequence, count, &errors))
        let answers = zip(batch.positions, errors).map { (position: $0, errno: $1) }
        batch.removeAll()
        nextSequence = batch.firstSequence
        return answers
    }

    /// - Throws: ENODEV when no link has the name.
    func index(of name: String) throws(KernelErrno) -> Int32 {
        try KernelErrno.result(berth_link_index(descriptor, name))
    }

    func hasLink(index: Int32) throws(KernelErrno) -> Bool {
        try KernelErrno.result(berth_link_index_is_taken(descriptor, index)) == 1
    }
}
