import CPluginSocket
import CPluginSystem

/// The one exchange of a plugin with the daemon.
enum DaemonConnection {
    enum Outcome: ~Copyable {
        case answered(status: Int32, output: UnsafeRawBufferPointer)
        /// There is no reply and there will be none; the text says why. Whether the daemon did what was asked is not known,
        /// so the request is not sent a second time.
        case unanswered(Text)
    }

    /// Sends the frame and waits for the reply.
    static func exchange(
        _ frame: borrowing RequestFrame, _ sandbox: berth_sandbox, _ path: borrowing SocketPath, _ command: Command
    ) -> Outcome {
        let socket = connect(path.text.cString, within: command.connectMilliseconds)
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
    private static func connect(_ path: UnsafePointer<CChar>, within milliseconds: Int) -> Int32 {
        var waited = 0
        var pause = 5
        while true {
            let socket = berth_connect(path)
            // A restarting daemon has no socket yet, has one that nobody listens on, or has its queue full.
            let isAway = socket < 0 && (errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN)
            guard isAway, waited < milliseconds else { return socket }
            pause = min(pause, milliseconds - waited)
            poll(nil, 0, Int32(pause))
            waited += pause
            pause = min(2 * pause, 100)
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
        return .answered(status: Int32(header.status), output: output)
    }

    private static func unanswered(_ action: StaticString, _ path: borrowing SocketPath, _ error: Int32) -> Outcome {
        var reason = Text(action)
        reason.append(path.text.bytes)
        reason.append(failure: error)
        return .unanswered(reason)
    }
}
