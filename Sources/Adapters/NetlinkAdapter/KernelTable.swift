import CNetlink
import PodNetwork

/// A table of the kernel that can be listed whole.
///
/// libnl parses every message, but its caches are not used: they keep one object of several that they take for equal, such
/// as the routes that two links have to one subnet.
enum KernelTable {
    case links, addresses, routes, rules, neighbours

    /// How often a list is asked for again when the table changed while it was being read.
    static let attemptsMax = 10

    private var request: Int32 {
        switch self {
        case .links: Int32(RTM_GETLINK)
        case .addresses: Int32(RTM_GETADDR)
        case .routes: Int32(RTM_GETROUTE)
        case .rules: Int32(RTM_GETRULE)
        case .neighbours: Int32(RTM_GETNEIGH)
        }
    }

    /// Returns every object of the table that `read` understands, in the kernel's order.
    ///
    /// - Throws: EINTR when the table changed during each of the attempts.
    func dump<Object>(through socket: OpaquePointer, read: @escaping (OpaquePointer) -> Object?) throws(KernelErrno) -> [Object] {
        for _ in 0..<Self.attemptsMax {
            var objects: [Object] = []
            let receiver = ObjectReceiver { object in
                if let value = read(object) { objects.append(value) }
            }
            try KernelErrno.check(nl_rtgen_request(socket, request, AF_UNSPEC, NLM_F_DUMP))
            let code = try receiver.receive(from: socket)
            if code == -NLE_DUMP_INTR { continue }
            try KernelErrno.check(code)
            return objects
        }
        throw .interrupted
    }
}

/// Passes the objects of an answer on, one by one, as libnl parses them.
private final class ObjectReceiver {
    private let take: (OpaquePointer) -> Void

    init(take: @escaping (OpaquePointer) -> Void) {
        self.take = take
    }

    /// Reads an answer to its end and returns libnl's code for it.
    func receive(from socket: OpaquePointer) throws(KernelErrno) -> Int32 {
        let socketCallbacks = try LibnlHandle(nl_socket_get_cb(socket), release: { nl_cb_put($0) })
        let callbacks = try LibnlHandle(nl_cb_clone(socketCallbacks.pointer), release: { nl_cb_put($0) })
        let context = Unmanaged.passUnretained(self).toOpaque()
        let code = nl_cb_set(
            callbacks.pointer, NL_CB_VALID, NL_CB_CUSTOM,
            { message, context in
                // A message that libnl cannot parse is passed over: it describes what we did not make.
                _ = nl_msg_parse(message, ObjectReceiver.pass, context)
                return Int32(NL_OK.rawValue)
            }, context)
        try KernelErrno.check(code)
        return withExtendedLifetime(self) { nl_recvmsgs(socket, callbacks.pointer) }
    }

    private static let pass: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Void = { object, context in
        guard let object, let context else { return }
        Unmanaged<ObjectReceiver>.fromOpaque(context).takeUnretainedValue().take(object)
    }
}
