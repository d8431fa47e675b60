import CNISpec
import CPluginSocket

/// An answer as it travels.
struct Reply {
    let status: UInt8
    let output: [UInt8]
    /// Whether the plugin shall ask the next daemon instead.
    let asksAgain: Bool
    /// What the plugin shall run before it answers.
    let delegation: Delegation?

    init(status: UInt8, output: [UInt8], asksAgain: Bool = false, delegation: Delegation? = nil) {
        self.status = status
        self.output = output
        self.asksAgain = asksAgain
        self.delegation = delegation
    }

    /// An answer, or an error when it is longer than a reply may be.
    static func fitting(status: UInt8, output: [UInt8], asksAgain: Bool, delegation: Delegation?) -> Reply {
        guard output.count > Int(BERTH_OUTPUT_BYTES_MAX) else {
            return Reply(status: status, output: output, asksAgain: asksAgain, delegation: delegation)
        }
        return Reply(
            errorCode: 5, "result too long",
            details: "the result has \(output.count) bytes, where a reply carries \(BERTH_OUTPUT_BYTES_MAX)")
    }

    /// A CNI error for a request that cannot be read, and so has no version of its own to answer in.
    init(errorCode: Int, _ message: StaticString, details: String) {
        status = 1
        asksAgain = false
        delegation = nil
        // The texts are our own and hold nothing that JSON would want escaped.
        output = Array(#"{"cniVersion":"1.1.0","code":\#(errorCode),"msg":"\#(message)","details":"\#(details)"}"#.utf8 + [0x0a])
    }

    /// Returns whether the answer is on its way.
    func send(to connection: Int32) -> Bool {
        let body = delegation.map { $0.bytes + output } ?? output
        var header = berth_reply_header(
            version: UInt8(BERTH_FRAME_VERSION), status: status, flags: flags, output_bytes: UInt32(body.count))
        return berth_send(connection, &header, MemoryLayout<berth_reply_header>.size, body, body.count, -1, -1) == 0
    }

    private var flags: UInt16 {
        UInt16((asksAgain ? BERTH_FLAG_ASK_AGAIN : 0) | (delegation == nil ? 0 : BERTH_FLAG_RUN_IPAM))
    }
}

extension Delegation {
    /// As `CPluginSocket.h` has it: the order, then the command and the plugin's name, each with a zero byte.
    fileprivate var bytes: [UInt8] {
        var order = berth_ipam_order()
        order.tell = UInt8(tell)
        order.milliseconds = UInt32(limit / .milliseconds(1))
        return withUnsafeBytes(of: order) { Array($0) } + Array(command.rawValue.utf8) + [0] + Array(plugin.utf8) + [0]
    }

    private var tell: Int {
        switch telling {
        case .always: BERTH_TELL_ALWAYS
        case .failure: BERTH_TELL_FAILURE
        case .never: BERTH_TELL_NEVER
        }
    }
}
