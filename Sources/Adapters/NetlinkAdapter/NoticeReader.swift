import Addressing
import CNetlink
import NodePorts
import PodNetwork
import Synchronization

/// Reads the notices of a socket, and keeps the names of links, which other notices tell by index.
final class NoticeReader: Sendable {
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var socket: NetlinkSocket?
        var names: [Int32: LinkName]
    }

    init(socket: consuming sending NetlinkSocket, names: [Int32: LinkName]) {
        state = Mutex(State(socket: socket, names: names))
    }

    func close() {
        state.withLock { $0.socket = nil }
    }

    /// Reads what waits, at most so many datagrams.
    func read(datagramsMax: Int) -> [KernelNotice] {
        state.withLock { state in
            guard let socket = state.socket?.handle.pointer else { return [] }
            let collector = NoticeCollector(names: state.names)
            for _ in 0..<datagramsMax {
                let code = collector.receive(from: socket)
                if code == -NLE_AGAIN { break }
                // Lost notices are told as a lack of memory (ENOBUFS); after any other fault nothing is certain either.
                if code < 0 {
                    collector.notices.append(.overrun)
                    if code != -NLE_NOMEM { break }
                }
            }
            state.names = collector.names
            return collector.notices
        }
    }
}

/// Turns messages into notices, one by one, as libnl parses them.
private final class NoticeCollector {
    var names: [Int32: LinkName]
    var notices: [KernelNotice] = []
    /// The type of the message at hand.
    private var type: Int = 0

    init(names: [Int32: LinkName]) {
        self.names = names
    }

    /// Reads one datagram and returns libnl's code for it.
    func receive(from socket: OpaquePointer) -> Int32 {
        guard let base = nl_socket_get_cb(socket) else { return -NLE_NOMEM }
        defer { nl_cb_put(base) }
        guard let callbacks = nl_cb_clone(base) else { return -NLE_NOMEM }
        defer { nl_cb_put(callbacks) }
        nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, Self.take, Unmanaged.passUnretained(self).toOpaque())
        return withExtendedLifetime(self) { nl_recvmsgs(socket, callbacks) }
    }

    private static let take: nl_recvmsg_msg_cb_t = { message, context in
        guard let message, let context, let header = nlmsg_hdr(message) else { return Int32(NL_OK.rawValue) }
        let collector = Unmanaged<NoticeCollector>.fromOpaque(context).takeUnretainedValue()
        collector.type = Int(header.pointee.nlmsg_type)
        // Most of what happens is of no interest, and costs the most to understand.
        guard NoticeCollector.typesRead.contains(collector.type) else { return Int32(NL_OK.rawValue) }
        _ = nl_msg_parse(message, NoticeCollector.note, context)
        return Int32(NL_OK.rawValue)
    }

    private static let typesRead = [
        RTM_NEWLINK, RTM_DELLINK, RTM_NEWROUTE, RTM_DELROUTE, RTM_DELRULE, RTM_DELADDR, RTM_DELNEIGH,
    ].map { Int($0) }

    private static let note: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Void = { object, context in
        guard let object, let context else { return }
        Unmanaged<NoticeCollector>.fromOpaque(context).takeUnretainedValue().note(object)
    }

    private func note(_ object: OpaquePointer) {
        switch type {
        case Int(RTM_NEWLINK), Int(RTM_DELLINK): noteLink(object)
        case Int(RTM_NEWROUTE):
            if let route = Route(libnl: object, linkNames: names) { notices.append(.routeMade(route)) }
        case Int(RTM_DELROUTE):
            if let route = Route(libnl: object, linkNames: names) { notices.append(.routeGone(route)) }
        case Int(RTM_DELRULE):
            if let rule = Rule(libnl: object) { notices.append(.ruleGone(rule)) }
        case Int(RTM_DELADDR):
            if let address = InterfaceAddress(libnl: object, linkNames: names) { notices.append(.addressGone(address)) }
        case Int(RTM_DELNEIGH):
            guard let device = names[rtnl_neigh_get_ifindex(object)] else { return }
            guard let address = IPAddress(libnl: rtnl_neigh_get_dst(object)) else { return }
            notices.append(.neighbourGone(device, address))
        default: break
        }
    }

    private func noteLink(_ object: OpaquePointer) {
        // A bridge tells of its ports in messages of the same type.
        guard rtnl_link_get_family(object) == AF_UNSPEC, let link = LinkState(link: object) else { return }
        names[link.index] = type == Int(RTM_DELLINK) ? nil : link.name
        notices.append(type == Int(RTM_DELLINK) ? .linkGone(link.name) : .linkChanged(link))
    }
}
