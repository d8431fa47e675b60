import CPluginSocket

/// An answer as it travels.
struct Reply {
    let status: UInt8
    let output: [UInt8]
    /// Whether the plugin shall ask the next daemon instead.
    let asksAgain: Bool

    init(status: UInt8, output: [UInt8], asksAgain: Bool = false) {
        self.status = status
        self.output = output
        self.asksAgain = asksAgain
    }

    /// An answer, or an error when it is longer than a reply may be.
    static func fitting(status: UInt8, output: [UInt8], asksAgain: Bool) -> Reply {
        guard output.count > Int(BERTH_OUTPUT_BYTES_MAX) else {
            return Reply(status: status, output: output, asksAgain: asksAgain)
        }
        return Reply(
            errorCode: 5, "result too long",
            details: "the result has \(output.count) bytes, where a reply carries \(BERTH_OUTPUT_BYTES_MAX)")
    }

    /// A CNI error for a request that cannot be read, and so has no version of its own to answer in.
    init(errorCode: Int, _ message: StaticString, details: String) {
        status = 1
        asksAgain = false
        // The texts are our own and hold nothing that JSON would want escaped.
        output = Array(#"{"cniVersion":"1.1.0","code":\#(errorCode),"msg":"\#(message)","details":"\#(details)"}"#.utf8 + [0x0a])
    }

    /// Returns whether the answer is on its way.
    func send(to connection: Int32) -> Bool {
        var header = berth_reply_header(
            version: UInt8(BERTH_FRAME_VERSION), status: status, flags: asksAgain ? UInt16(BERTH_FLAG_ASK_AGAIN) : 0,
            output_bytes: UInt32(output.count))
        return berth_send(connection, &header, MemoryLayout<berth_reply_header>.size, output, output.count, -1, -1) == 0
    }
}
