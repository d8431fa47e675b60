import CPluginSocket
import CPluginSystem

/// The exchange of a plugin with the daemon.
enum DaemonConnection {
    enum Outcome: ~Copyable {
        /// The reply; `asksAgain` when this daemon is ending and did nothing of what was asked.
        case answered(status: Int32, output: UnsafeRawBufferPointer, asksAgain: Bool)
        /// An IPAM plugin is to be run before there is an answer.
        case ordered(IPAMOrder)
        /// There is no reply and there will be none; the text says why. Whether the daemon did what was asked is not known,
        /// so the request is not sent a second time.
        case unanswered(Text)

        var asksAgain: Bool {
            switch self {
            case .answered(_, _, let asksAgain): asksAgain
            case .ordered: false
            case .unanswered: false
            }
        }
    }

    /// Sends the frame and waits for the reply, of the next daemon when one is ending.
    static func exchange(
        _ frame: borrowing RequestFrame, _ sandbox: berth_sandbox, _ path: borrowing SocketPath, _ command: Command
    ) -> Outcome {
        var patience = Patience(milliseconds: command.connectMilliseconds)
        while true {
            let outcome = exchange(frame, sandbox, path, command, &patience)
            guard outcome.asksAgain, patience.pause() else { return outcome }
        }
    }

    private static func exchange(
        _ frame: borrowing RequestFrame, _ sandbox: berth_sandbox, _ path: borrowing SocketPath, _ command: Command,
        _ patience: inout Patience
    ) -> Outcome {
        let socket = connect(path.text.cString, &patience)
        guard socket >= 0 else { return unanswered("connect to ", path, errno) }
        let frame = frame.bytes
        guard berth_send(socket, frame.baseAddress, frame.count, nil, 0, sandbox.netns, sandbox.netlink) == 0 else {
            return unanswered("send the request to ", path, errno)
        }
        guard wait(socket, within: command.replyMilliseconds) else { return unanswered("wait for a reply of ", path, errno) }
        guard let reply = receive(socket) else { return unanswered("receive the reply of ", path, errno) }
        return decode(reply) ?? unanswered("read the reply of ", path, EPROTO)
    }

    /// Connects, again and again while the daemon is away and the budget lasts. Returns -1 with `errno`.
    private static func connect(_ path: UnsafePointer<CChar>, _ patience: inout Patience) -> Int32 {
        while true {
            let socket = berth_connect(path)
            let error = errno
            // A restarting daemon has no socket yet, has one that nobody listens on, or has its queue full.
            let isAway = socket < 0 && (error == ENOENT || error == ECONNREFUSED || error == EAGAIN)
            guard isAway, patience.pause() else {
                errno = error
                return socket
            }
        }
    }

    /// Waits until there is something to receive; false with `errno`, `ETIMEDOUT` when the time is over.
    private static func wait(_ socket: Int32, within milliseconds: Int) -> Bool {
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        while true {
            let ready = poll(&waiting, 1, Int32(milliseconds))
            if ready < 0 && errno == EINTR { continue }
            if ready == 0 { errno = ETIMEDOUT }
            return ready > 0
        }
    }

    /// Receives the reply; nil with `errno`, `ECONNRESET` when the daemon closed the connection without one.
    private static func receive(_ socket: Int32) -> UnsafeRawBufferPointer? {
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: Int(BERTH_REPLY_BYTES_MAX), alignment: 16)
        let length = recv(socket, buffer, Int(BERTH_REPLY_BYTES_MAX), 0)
        if length == 0 { errno = ECONNRESET }
        return length > 0 ? UnsafeRawBufferPointer(start: buffer, count: length) : nil
    }

    private static func decode(_ reply: UnsafeRawBufferPointer) -> Outcome? {
        let headerBytes = MemoryLayout<berth_reply_header>.size
        guard reply.count >= headerBytes else { return nil }
        let header = reply.load(as: berth_reply_header.self)
        let output = UnsafeRawBufferPointer(rebasing: reply[headerBytes...])
        guard header.version == UInt8(BERTH_FRAME_VERSION), Int(header.output_bytes) == output.count else { return nil }
        if header.flags & UInt16(BERTH_FLAG_RUN_IPAM) != 0 {
            guard let order = IPAMOrder(output, status: Int32(header.status)) else { return nil }
            return .ordered(order)
        }
        let asksAgain = header.flags & UInt16(BERTH_FLAG_ASK_AGAIN) != 0
        return .answered(status: Int32(header.status), output: output, asksAgain: asksAgain)
    }

    private static func unanswered(_ action: StaticString, _ path: borrowing SocketPath, _ error: Int32) -> Outcome {
        var reason = Text(action)
        reason.append(path.text.bytes)
        reason.append(failure: error)
        return .unanswered(reason)
    }
}

/// The time that is left to wait for a daemon, spent in pauses that grow.
private struct Patience {
    private var left: Int
    private var next = 5
    private static let longest = 100

    init(milliseconds: Int) {
        left = milliseconds
    }

    /// Lets a moment pass; false when no time is left.
    mutating func pause() -> Bool {
        guard left > 0 else { return false }
        next = min(next, left)
        poll(nil, 0, Int32(next))
        left -= next
        next = min(2 * next, Self.longest)
        return true
    }
}
