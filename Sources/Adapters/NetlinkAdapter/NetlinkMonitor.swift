import CNetlink
import Dispatch
import Glibc
import NodePorts
import PodNetwork
import Synchronization

/// Tells what happens in a network namespace: a socket of its own that is joined to the kernel's multicast groups.
///
/// It costs nothing while nothing happens. What comes faster than it is read is lost, which the kernel says once; then
/// whoever listens has to look for himself.
final class NetlinkMonitor: KernelMonitor {
    private let source: Mutex<any DispatchSourceRead>

    /// Room for some two thousand notices; the kernel gives as much as `net.core.rmem_max` allows.
    private static let bufferBytes: Int32 = 1 << 20
    /// The most datagrams that are read before notices are handed on.
    private static let datagramsMax = 512

    private static let groups = [
        RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
        RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE,
    ]

    /// - Parameters:
    ///   - descriptor: A routing-netlink socket inside the namespace; taken over, and closed even when this fails.
    ///   - names: The links that are there; what happens to them from the socket's first notice on is followed.
    init(
        adopting descriptor: Int32, names: () throws(KernelError) -> [Int32: LinkName],
        receive: @escaping @Sendable ([KernelNotice]) -> Void
    ) throws(KernelError) {
        let reader = NoticeReader(socket: try Self.listeningSocket(adopting: descriptor), names: try names())
        source = Mutex(DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: DispatchQueue(label: "berth.monitor")))
        source.withLock { source in
            source.setEventHandler {
                let notices = reader.read(datagramsMax: Self.datagramsMax)
                if !notices.isEmpty { receive(notices) }
            }
            // The descriptor must outlive the source, so it is closed when the source has let go of it.
            source.setCancelHandler { reader.close() }
            source.activate()
        }
    }

    private static func listeningSocket(adopting descriptor: Int32) throws(KernelError) -> sending NetlinkSocket {
        do throws(KernelErrno) {
            let socket = try NetlinkSocket(adopting: descriptor)
            let pointer = socket.handle.pointer
            try bind(descriptor)
            // Notices bear no sequence number of ours.
            nl_socket_disable_seq_check(pointer)
            try KernelErrno.check(nl_socket_set_nonblocking(pointer))
            try KernelErrno.check(nl_socket_set_buffer_size(pointer, bufferBytes, 0))
            for group in groups { try KernelErrno.check(nl_socket_add_membership(pointer, Int32(group.rawValue))) }
            return socket
        } catch {
            throw KernelError("listen for the kernel's notices", error)
        }
    }

    /// Gives the socket a port: to one without, which has the kernel's own number 0, the kernel tells nothing.
    private static func bind(_ descriptor: Int32) throws(KernelErrno) {
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        let code = withUnsafeBytes(of: &address) { bytes in
            Glibc.bind(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard code == 0 else { throw KernelErrno(rawValue: errno) }
    }

    func stop() {
        source.withLock { $0.cancel() }
    }

    deinit {
        source.withLock { $0.cancel() }
    }
}
